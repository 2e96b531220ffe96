"""Everything that is painted over the picture of a viewport, planned without Qt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from napari_nora.viewports.annotations import (
    PLANE_COLORS,
    Letters,
    Line,
    ScaleBar,
    cut_line,
    letters_at,
    number_text,
    position_text,
    scale_bar,
    window_text,
)
from napari_nora.viewports.controller import ViewportController
from napari_nora.viewports.marks_sources import Marks
from napari_nora.viewports.planning import Tile
from napari_nora.viewports.probe import probe
from napari_nora.viewports.scene import planner_of
from napari_nora.viewports.state import Desk, Kind

EMPTY = "Double-click or drag a file from the table,\nor drop one here"
Captions = Callable[[Sequence[Any]], Sequence[str]]
"""Says whose images some layers are: patient, study."""


@dataclass(frozen=True)
class TileOverlay:
    """What is painted over one plane, in its pixels."""

    tile: Tile
    lines: tuple[Line, ...] = ()
    scale: ScaleBar | None = None
    label: str = ""
    marks: tuple[Marks, ...] = ()


@dataclass(frozen=True)
class Overlay:
    """What is painted over a viewport."""

    tiles: tuple[TileOverlay, ...] = ()
    letters: Letters | None = None
    top_left: tuple[str, ...] = ()
    bottom_left: tuple[str, ...] = ()
    bottom_right: tuple[str, ...] = ()
    """What the layers hold at the crosshair; last, where that is."""
    short_position: str = ""
    """Stands instead of the last line where that finds no room."""
    note: str = ""
    is_empty: bool = False
    """No layer is in the viewport, so the note stands in its middle."""


def overlay_of(
    controller: ViewportController,
    tiles: Sequence[Tile],
    marks: Mapping[int, tuple[Marks, ...]],
    time: Callable[[Any], int],
    captions: Captions,
) -> Overlay:
    """Plan what is painted over the tiles of a viewport.

    ``marks`` holds what layers without voxels leave on each tile, by its number.
    """
    desk, viewport = controller.desk, controller.state
    layers = controller.shown_layers()
    if not layers:
        return Overlay(note=viewport.note or EMPTY, is_empty=True)
    overlays = tuple(
        _tile_overlay(controller, tile, marks.get(number, ()))
        for number, tile in enumerate(tiles)
    )
    if not desk.shows_text:
        return Overlay(overlays, note=viewport.note)
    if viewport.kind is Kind.MOSAIC:
        sides = replace(letters_at(tiles[0].plane), top="", bottom="")
        return Overlay(overlays, letters=sides, note=viewport.note)
    return Overlay(
        overlays,
        letters=letters_at(tiles[0].plane),
        top_left=(*captions(layers), *(layer.name for layer in layers[:1])),
        bottom_left=_bottom_left(controller, tiles[0]),
        bottom_right=_values(desk, controller.seen_layers(), time),
        short_position=position_text(desk.crosshair_mm, decimals=0),
        note=viewport.note,
    )


def _tile_overlay(
    controller: ViewportController, tile: Tile, marks: tuple[Marks, ...]
) -> TileOverlay:
    desk, plane = controller.desk, tile.plane
    if controller.state.kind is Kind.MOSAIC:
        number = tile.slice_number
        label = str(number + 1) if number is not None and desk.shows_text else ""
        away_mm = abs(float(plane.to_pixels(desk.crosshair_mm)[2]))
        has_cross = away_mm <= controller.planner().step_mm() / 2
        lines = _plain_cross(desk, tile) if has_cross and desk.shows_crosshair else ()
        return TileOverlay(tile, lines=lines, label=label, marks=marks)
    lines = _lines(desk, controller, tile) if desk.shows_crosshair else ()
    scale = scale_bar(plane, plane.shape[1]) if desk.shows_text else None
    return TileOverlay(tile, lines=lines, scale=scale, marks=marks)


def _lines(desk: Desk, controller: ViewportController, tile: Tile) -> tuple[Line, ...]:
    """Return where the planes of other viewports cut, else a plain cross."""
    lines: list[Line] = []
    for key in desk.visible_keys:
        other = desk[key]
        if key == controller.key or other.kind is not Kind.PLANE:
            continue
        axes = planner_of(desk, key, controller.layers, (1, 1)).axes()
        normal = np.cross(*axes)
        color = PLANE_COLORS[other.orientation]
        line = cut_line(tile.plane, desk.crosshair_mm, normal, color)
        if line is not None and not any(_is_same(line, known) for known in lines):
            lines.append(line)
    return tuple(lines) or _plain_cross(desk, tile)


def _plain_cross(desk: Desk, tile: Tile) -> tuple[Line, ...]:
    x, y = (float(place) for place in tile.plane.to_pixels(desk.crosshair_mm)[:2])
    color = "#8fb8e8"
    return Line(x, y, 1.0, 0.0, color), Line(x, y, 0.0, 1.0, color)


def _is_same(line: Line, other: Line) -> bool:
    return abs(line.dx * other.dy - line.dy * other.dx) < 1e-3


def _bottom_left(controller: ViewportController, tile: Tile) -> tuple[str, ...]:
    viewport, desk = controller.state, controller.desk
    number = tile.slice_number
    is_oblique = viewport.is_turned and number is None
    orientation = "oblique" if is_oblique else viewport.orientation.value
    slice_text = orientation if number is None else f"{orientation} {number + 1}"
    if number is not None:
        axis = controller.planner().fitted.slice_axis(tile.plane.right, tile.plane.down)
        if axis is not None:
            slice_text += f"/{controller.planner().fitted.shape[axis]}"
    if desk.scroll_steps > 1:
        slice_text += f"  wheel ×{desk.scroll_steps}"
    texts = [slice_text]
    if viewport.slab_mm > 0:
        texts.append(f"slab {viewport.slab_mm:g} mm, {viewport.slab_mode.value}")
    layer = controller.windowed_layer()
    if layer is not None:
        texts.append(window_text(*controller.look_of(layer, "contrast_limits")))
    mask = controller.labels_layer() if desk.is_drawing else None
    if mask is not None:
        texts.append(f"draws on {mask.name}, {number_text(desk.brush_radius_mm)} mm")
    return tuple(texts)


def _values(
    desk: Desk, layers: Sequence[Any], time: Callable[[Any], int]
) -> tuple[str, ...]:
    found = (probe(layer, desk.crosshair_mm, time(layer)) for layer in layers)
    values = tuple(f"{value.name}  {value.text}" for value in found if value)
    return (*values, position_text(desk.crosshair_mm))
