"""All that one viewport needs for its picture, read in the main thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nora.viewports.background import Background
from napari_nora.viewports.looks import ImageLook, Look, RgbLook, look_of
from napari_nora.viewports.planning import Planner, Tile
from napari_nora.viewports.sources import background_of, is_sampled, source_of
from napari_nora.viewports.state import Desk, ViewportState
from nora_core.errors import BadInput
from nora_core.geometry.planes import PlaneSource, Slab
from nora_core.geometry.planes import SlabMode as GeometrySlabMode

Pixels = NDArray[np.uint8]
"""(rows, columns, 4): red, green, blue, alpha."""


@dataclass(frozen=True, eq=False)
class SceneLayer:
    """A layer's voxels and how they look."""

    source: PlaneSource
    look: Look


@dataclass(frozen=True, eq=False)
class PlaneScene:
    """Tiles of planes, and the layers on them from the background up."""

    size: tuple[int, int]
    tiles: tuple[Tile, ...]
    layers: tuple[SceneLayer, ...]
    slab: Slab | None = None
    problems: tuple[str, ...] = ()
    """Why some layers of the viewport are left out."""


def background_in(
    viewport: ViewportState, layers: Mapping[str, Any]
) -> Background | None:
    """Return where the lowest image of a viewport lies, of those that lie anywhere."""
    for item in viewport.items:
        layer = layers.get(item)
        if layer is not None and is_sampled(layer):
            with suppress(BadInput):
                return background_of(layer)
    return None


def planner_of(
    desk: Desk, key: str, layers: Mapping[str, Any], size: tuple[int, int]
) -> Planner:
    """Return the plan of a viewport of ``size`` (rows, columns)."""
    viewport = desk[key]
    background = background_in(viewport, layers)
    return Planner(viewport, desk.convention, desk.crosshair_mm, size, background)


def scene_of(
    viewport: ViewportState,
    planner: Planner,
    layers: Mapping[str, Any],
    time: Callable[[Any], int],
) -> PlaneScene:
    """Return what the present state of a viewport looks like.

    ``time`` returns the index along a layer's time axis.
    """
    found, problems = _scene_layers(viewport, layers, time)
    return PlaneScene(
        planner.size,
        planner.tiles(),
        tuple(found),
        _slab_of(viewport),
        tuple(problems),
    )


def _scene_layers(
    viewport: ViewportState,
    layers: Mapping[str, Any],
    time: Callable[[Any], int],
) -> tuple[list[SceneLayer], list[str]]:
    """Return the layers that can be drawn, and why others cannot."""
    found: list[SceneLayer] = []
    problems: list[str] = []
    for item in viewport.items:
        layer = layers.get(item)
        if layer is None or not is_sampled(layer):
            continue
        look = look_of(layer, viewport.overrides.get(item, {}))
        if look is None or look.opacity == 0:
            continue
        is_nearest = isinstance(look, ImageLook | RgbLook) and look.is_nearest
        has_components = isinstance(look, RgbLook) and not layer.rgb
        try:
            source = source_of(
                layer, time(layer), is_nearest, has_components=has_components
            )
        except BadInput as problem:
            problems.append(f"{layer.name}: {problem}")
            continue
        found.append(SceneLayer(source, look))
    return found, problems


def _slab_of(viewport: ViewportState) -> Slab | None:
    if viewport.slab_mm <= 0:
        return None
    return Slab(viewport.slab_mm, GeometrySlabMode(viewport.slab_mode.value))
