"""What dragging the mouse does in a viewport, action by action."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nora.viewports import brush
from napari_nora.viewports.controller import ViewportController

_GRIP_PX = 24.0
"""Ctrl+drag that starts so near to the crosshair moves the plane."""


@dataclass
class Pointer:
    """Where the mouse is, in pixels of the viewport."""

    x: float
    y: float


Drag = Generator[None, None, None]
"""Runs to its next ``yield`` at each move, and is closed at the release."""
DragAction = Callable[[ViewportController, Pointer], Drag]


def move_crosshair(controller: ViewportController, pointer: Pointer) -> Drag:
    """Put the crosshair under the pointer."""
    while True:
        controller.move_crosshair(pointer.x, pointer.y)
        yield


def pan(controller: ViewportController, pointer: Pointer) -> Drag:
    """Move the image with the pointer."""
    for dx, dy in _steps(pointer):
        controller.pan(dx, dy)
        yield


def window(controller: ViewportController, pointer: Pointer) -> Drag:
    """Change the window of the image in all viewports."""
    for dx, dy in _steps(pointer):
        controller.window(dx, dy)
        yield


def window_here(controller: ViewportController, pointer: Pointer) -> Drag:
    """Change the window of the image in this viewport."""
    for dx, dy in _steps(pointer):
        controller.window(dx, dy, only_here=True)
        yield


def turn(controller: ViewportController, pointer: Pointer) -> Drag:
    """Turn the plane about the crosshair; move it by dragging at the crosshair."""
    plane = controller.planner().plane()
    x, y = plane.to_pixels(controller.desk.crosshair_mm)[:2] + 0.5
    moves = np.hypot(pointer.x - x, pointer.y - y) <= _GRIP_PX
    for dx, dy in _steps(pointer):
        if moves:
            controller.move_crosshair(pointer.x, pointer.y)
        else:
            controller.turn(dx, dy)
        yield


def roll(controller: ViewportController, pointer: Pointer) -> Drag:
    """Turn the image about the crosshair, in its plane."""
    plane = controller.planner().plane()
    x, y = plane.to_pixels(controller.desk.crosshair_mm)[:2] + 0.5

    def angle() -> float:
        return float(np.arctan2(pointer.y - y, pointer.x - x))

    before = angle()
    while True:
        now = angle()
        if now != before:
            controller.roll(now - before)
            plane = controller.planner().plane()
            x, y = plane.to_pixels(controller.desk.crosshair_mm)[:2] + 0.5
        before = angle()
        yield


def draw(controller: ViewportController, pointer: Pointer) -> Drag:
    """Paint the chosen label of the mask."""
    layer = controller.labels_layer()
    value = int(layer.selected_label) if layer is not None else 0
    yield from _stroke(controller, pointer, value)


def erase(controller: ViewportController, pointer: Pointer) -> Drag:
    """Take voxels out of the mask."""
    yield from _stroke(controller, pointer, 0)


def _stroke(controller: ViewportController, pointer: Pointer, value: int) -> Drag:
    """Paint along the way; one stroke is one step of the mask's history.

    It ends where another case comes meanwhile.
    """
    layer = controller.labels_layer()
    if layer is None or not controller.look_of(layer, "visible"):
        controller.desk.draw(False)
        controller.desk.noticed.emit(_why_not(layer))
        return
    mask: Any = layer
    voxels, key = mask.data, str(mask.unique_id)
    radius_mm, time = controller.desk.brush_radius_mm, controller.time_of(mask)
    before: tuple[int, int, NDArray[np.float64]] | None = None
    # napari keeps a stroke only where the block ends without an exception
    with mask.block_history(), suppress(GeneratorExit):
        while mask.data is voxels and controller.layers.get(key) is mask:
            tile = controller.tile_at(pointer.x, pointer.y)
            point = controller.world_at(pointer.x, pointer.y)
            is_same_tile = before is not None and before[:2] == (tile.row, tile.column)
            start = before[2] if before is not None and is_same_tile else point
            brush.paint(mask, tile.plane, (start, point), radius_mm, value, time)
            before = tile.row, tile.column, point
            yield


def _why_not(layer: Any) -> str:
    if layer is None:
        return "There is no mask here to draw on; Space makes one"
    return f"The mask {layer.name} is hidden here; show it to draw on it"


def _steps(pointer: Pointer) -> Generator[tuple[float, float], None, None]:
    """Give by how much the pointer moved since the last time; first by nothing."""
    x, y = pointer.x, pointer.y
    while True:
        step = pointer.x - x, pointer.y - y
        x, y = pointer.x, pointer.y
        yield step


DRAGS: dict[str, DragAction] = {
    "move_crosshair": move_crosshair,
    "pan": pan,
    "window": window,
    "window_here": window_here,
    "turn": turn,
    "roll": roll,
    "draw": draw,
    "erase": erase,
}
"""What the actions of :mod:`.actions` do, by name."""
