"""Viewports of the desk as data, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from napari_nora.scenes.looks import look_of_properties, properties_of_look
from napari_nora.viewports import state
from napari_nora.viewports.state import Desk, ViewportState
from nora_core.wire import scene as wire
from nora_core.wire.scene import Look, SceneViewport


def viewports_of(desk: Desk, layers: Mapping[str, int]) -> tuple[SceneViewport, ...]:
    """Return the viewports on the screen; ``layers`` are numbers by layers' ids."""
    return tuple(_viewport_of(desk[key], layers) for key in desk.layout.keys)


def _viewport_of(viewport: ViewportState, layers: Mapping[str, int]) -> SceneViewport:
    mosaic = viewport.mosaic
    overrides = {
        layers[item]: look_of_properties(own)
        for item, own in viewport.overrides.items()
        if item in layers and item in viewport.items and own
    }
    return SceneViewport(
        number=viewport.key,
        kind=viewport.kind,
        orientation=viewport.orientation,
        rotation=viewport.turn,
        focus_mm=viewport.focus_mm,
        mm_per_pixel=viewport.mm_per_pixel,
        slab_mm=viewport.slab_mm,
        slab_mode=viewport.slab_mode,
        mosaic=None
        if mosaic == state.Mosaic()
        else wire.Mosaic(rows=mosaic.rows, cols=mosaic.columns, step_mm=mosaic.step_mm),
        items=tuple(layers[item] for item in viewport.items if item in layers),
        overrides={
            number: look for number, look in overrides.items() if look != Look()
        },
    )


def apply_viewports(
    desk: Desk, viewports: Sequence[SceneViewport], layers: Sequence[Any | None] = ()
) -> None:
    """Let viewports look where a scene does; the layout stands already.

    ``layers`` are those of the scene, ``None`` where one is not there any more.
    """
    for viewport in viewports:
        if viewport.number in desk.layout.keys:
            desk.change(viewport.number, **_fields(viewport, layers))


def aims_only(viewports: Sequence[SceneViewport]) -> tuple[SceneViewport, ...]:
    """Return viewports without images, as a preset keeps them for every case.

    Zoom and place are of one case and left out.
    """
    update: dict[str, Any] = {
        "items": (),
        "overrides": {},
        "focus_mm": None,
        "mm_per_pixel": None,
    }
    return tuple(viewport.model_copy(update=update) for viewport in viewports)


def layout_of(desk: Desk) -> wire.Layout:
    """Return the grid of viewports."""
    layout = desk.layout
    return wire.Layout(rows=layout.rows, cols=layout.columns, bars=layout.bars)


def apply_layout(desk: Desk, layout: wire.Layout) -> None:
    """Show a grid of viewports."""
    desk.set_layout(state.Layout(layout.rows, layout.cols, layout.bars))


def apply_aims(desk: Desk, viewports: Sequence[SceneViewport]) -> None:
    """Let viewports look as in a preset; what they show stays."""
    for viewport in viewports:
        if viewport.number in desk.layout.keys:
            fields = _fields(viewport, ())
            for name in ("items", "overrides", "focus_mm", "mm_per_pixel"):
                del fields[name]
            desk.change(viewport.number, **fields)


def _fields(viewport: SceneViewport, layers: Sequence[Any | None]) -> dict[str, Any]:
    some = {number: layers[number] for number in viewport.items if number < len(layers)}
    shown = {number: layer for number, layer in some.items() if layer is not None}
    mosaic = viewport.mosaic or wire.Mosaic()
    return {
        "kind": viewport.kind,
        "orientation": viewport.orientation,
        "turn": viewport.rotation,
        "focus_mm": viewport.focus_mm,
        "mm_per_pixel": viewport.mm_per_pixel,
        "slab_mm": viewport.slab_mm,
        "slab_mode": viewport.slab_mode,
        "mosaic": state.Mosaic(mosaic.rows, mosaic.cols, mosaic.step_mm),
        "items": tuple(str(layer.unique_id) for layer in shown.values()),
        "overrides": {
            str(shown[number].unique_id): properties_of_look(look, shown[number])
            for number, look in viewport.overrides.items()
            if number in shown
        },
    }
