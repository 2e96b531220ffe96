"""The mouse in 3D: left turns, right or Shift+left moves, the wheel zooms."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from napari.components import ViewerModel

RIGHT_BUTTON = 2
CLICK_PX = 3.0
"""A press that moves less is a click."""
Clicked = Callable[[Any], None]


def bind_gestures(
    model: ViewerModel,
    on_double_click: Callable[[], None],
    on_right_click: Callable[[], None],
) -> None:
    """Give the 3D view the mouse of the other viewports.

    Turning by the left button and zooming by the wheel are napari's own.
    """

    def drag(viewer: Any, event: Any) -> Iterator[None]:
        if event.button != RIGHT_BUTTON:
            return
        event.handled = True  # vispy would zoom
        first = last = np.asarray(event.pos, dtype=float)
        is_click = True
        yield
        while event.type == "mouse_move":
            place = np.asarray(event.pos, dtype=float)
            is_click = is_click and bool(np.abs(place - first).max() <= CLICK_PX)
            move(viewer, *(place - last))
            last = place
            yield
        if is_click:
            on_right_click()

    def double_click(_: Any, event: Any) -> None:
        event.handled = True
        on_double_click()

    model.mouse_drag_callbacks.append(drag)
    model.mouse_double_click_callbacks.clear()  # napari's own zooms
    model.mouse_double_click_callbacks.append(double_click)


def move(viewer: Any, dx: float, dy: float) -> None:
    """Move what is seen by some pixels to the right and down."""
    camera = viewer.scene.camera
    up = np.array(camera.up_direction)
    right = np.cross(camera.view_direction, up)
    shift = (right * dx - up * dy) / camera.zoom
    camera.center = tuple(np.array(camera.center) - shift)
