"""Shows a scene exactly as it was collected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from napari_nora.opening.placed import placed_of
from napari_nora.opening.plan import LayerPlan
from napari_nora.opening.show import show_plan
from napari_nora.opening.volumes import is_4d, volume_of_plan
from napari_nora.scenes.looks import apply_look
from napari_nora.scenes.viewports import apply_layout, apply_viewports
from napari_nora.viewports.state import Desk
from nora_core.wire.scene import Scene


@dataclass(frozen=True)
class FetchedScene:
    """A scene with the voxels of its layers.

    Parameters
    ----------
    plans : tuple of LayerPlan or None
        Parallel to the scene's layers; ``None`` for one that is not there.
    problems : tuple of str
        Parallel: why a layer is not there, or not as it was; else empty.
    """

    scene: Scene
    plans: tuple[LayerPlan | None, ...]
    problems: tuple[str, ...]


def show_scene(
    viewer: Any,
    desk: Desk,
    fetched: FetchedScene,
    is_unsaved: Callable[[Any], bool] = lambda layer: False,
) -> list[Any | None]:
    """Show a scene in place of what studies gave before; return its layers.

    Unsaved masks and what came from elsewhere (local files, other programs) stay
    open, outside of the viewports. What is not there any more is said in the viewports
    that showed it.
    """
    scene = fetched.scene
    for layer in list(viewer.layers):
        placed = placed_of(layer)
        if placed is not None and placed.source is not None and not is_unsaved(layer):
            viewer.layers.remove(layer)
    apply_layout(desk, scene.layout)
    layers = [_add(viewer, desk, plan) for plan in _at_their_times(fetched)]
    for layer, described in zip(layers, scene.layers, strict=True):
        if layer is not None:
            if described.name is not None:
                layer.name = described.name
            apply_look(layer, described.look)
    apply_viewports(desk, scene.viewports, layers)
    _show_times(viewer, fetched, layers)
    desk.set_convention(scene.convention)
    if scene.crosshair_mm is not None:
        desk.move_crosshair(scene.crosshair_mm)
    _say_problems(desk, fetched)
    return layers


def _at_their_times(fetched: FetchedScene) -> list[LayerPlan | None]:
    """Return plans; where 4D images stand at different times, their volumes."""
    looks = [layer.look for layer in fetched.scene.layers]
    times = {
        look.time
        for look, plan in zip(looks, fetched.plans, strict=True)
        if plan is not None and is_4d(plan)
    }
    if len(times) <= 1:
        return list(fetched.plans)
    return [
        volume_of_plan(plan, look.time) if plan is not None else None
        for look, plan in zip(looks, fetched.plans, strict=True)
    ]


def _add(viewer: Any, desk: Desk, plan: LayerPlan | None) -> Any | None:
    if plan is None:
        return None
    with desk.placing(()):
        return show_plan(viewer, plan)


def _show_times(
    viewer: Any, fetched: FetchedScene, layers: Sequence[Any | None]
) -> None:
    for layer, described in zip(layers, fetched.scene.layers, strict=True):
        time = described.look.time
        if layer is None or time is None or layer.ndim != 4:
            continue
        point = layer.data_to_world((time, 0, 0, 0))
        viewer.dims.set_point(viewer.dims.ndim - 4, point[0])


def _say_problems(desk: Desk, fetched: FetchedScene) -> None:
    for viewport in fetched.scene.viewports:
        if viewport.number not in desk.layout.keys:
            continue
        said = [
            fetched.problems[number]
            for number in viewport.items
            if fetched.problems[number]
        ]
        desk.change(viewport.number, note=" · ".join(said))
