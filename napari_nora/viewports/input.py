"""Mouse and keys of one viewport: from Qt's events to actions."""

from __future__ import annotations

from typing import Any

from napari_nora.viewports import gestures
from napari_nora.viewports.actions import Means
from napari_nora.viewports.bindings import Bindings
from napari_nora.viewports.brush import MAX_RADIUS_MM, MIN_RADIUS_MM
from napari_nora.viewports.controller import ViewportController
from napari_nora.viewports.drags import DRAGS, Drag, Pointer
from napari_nora.viewports.keys import KEYS

_BRUSH_STEP = 1.15


class ViewportInput:
    """Does what mouse and keys ask for in one viewport.

    Parameters
    ----------
    pixel_ratio : callable
        Pixels of the screen per pixel of Qt.
    """

    def __init__(
        self, controller: ViewportController, bindings: Bindings, pixel_ratio: Any
    ) -> None:
        self.controller = controller
        self.bindings = bindings
        self._ratio = pixel_ratio
        self._drag: Drag | None = None
        self._pointer = Pointer(0.0, 0.0)
        self._turned = 0.0

    def mouse(self, event: Any) -> None:
        """Handle a press, a move, a release or a double click."""
        position = event.position()
        self._pointer.x = position.x() * self._ratio()
        self._pointer.y = position.y() * self._ratio()
        if gestures.is_press(event):
            self._press(event)
        elif gestures.is_release(event):
            self._end_drag()
        elif gestures.is_double_click(event):
            self._double_click(event)
        elif self._drag is not None:
            next(self._drag, None)

    def wheel(self, event: Any) -> None:
        """Handle a turn of the wheel; touch pads add up to whole slices."""
        action = self.bindings.action(gestures.wheel_gesture(event), Means.WHEEL)
        if action is None:
            return
        steps = gestures.wheel_steps(event)
        if action.name == "zoom":
            position, ratio = event.position(), self._ratio()
            self.controller.zoom(steps, position.x() * ratio, position.y() * ratio)
        elif action.name == "brush_size":
            desk = self.controller.desk
            wanted = desk.brush_radius_mm * _BRUSH_STEP**steps
            radius_mm = min(max(wanted, MIN_RADIUS_MM), MAX_RADIUS_MM)
            desk.draw(desk.is_drawing, radius_mm)
        else:
            self._turned += steps
            whole = int(self._turned)
            self._turned -= whole
            if whole:
                self.controller.step(whole)

    def key(self, event: Any) -> bool:
        """Handle a key; say whether it meant something."""
        gesture = gestures.key_gesture(event)
        action = self.bindings.action(gesture, Means.KEY) if gesture else None
        if action is None:
            return False
        KEYS[action.name](self.controller)
        return True

    def _press(self, event: Any) -> None:
        self._end_drag()
        self.controller.desk.choose(self.controller.key)
        action = self.bindings.action(
            gestures.drag_gesture(event),
            Means.DRAG,
            is_drawing=self.controller.desk.is_drawing,
        )
        if action is not None:
            self._drag = DRAGS[action.name](self.controller, self._pointer)
            next(self._drag, None)

    def _double_click(self, event: Any) -> None:
        gesture = gestures.click_gesture(event)
        action = self.bindings.action(gesture, Means.CLICK)
        if action is not None and not self.controller.desk.is_drawing:
            desk = self.controller.desk
            desk.maximize(None if desk.maximized else self.controller.key)

    def _end_drag(self) -> None:
        if self._drag is not None:
            self._drag.close()
            self._drag = None
