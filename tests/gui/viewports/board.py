"""A grid of viewports to test with, its mouse and its keyboard."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QPoint, QPointF, Qt
from qtpy.QtGui import QKeyEvent, QKeySequence, QMouseEvent, QWheelEvent
from qtpy.QtWidgets import QApplication

from napari_nora.session import session_of
from napari_nora.viewports.canvas import PlaneCanvas
from napari_nora.viewports.controller import ViewportController
from napari_nora.viewports.grid import ViewportGrid
from napari_nora.viewports.state import Layout
from napari_nora.viewports.view import Viewport

BUTTONS = {
    "Left": Qt.MouseButton.LeftButton,
    "Right": Qt.MouseButton.RightButton,
    "Middle": Qt.MouseButton.MiddleButton,
}
MODIFIERS = {
    "Ctrl": Qt.KeyboardModifier.ControlModifier,
    "Alt": Qt.KeyboardModifier.AltModifier,
    "Shift": Qt.KeyboardModifier.ShiftModifier,
}
SECONDS = 20.0


class Board:
    """Viewports, and events sent to their real widgets."""

    def __init__(self, viewer: Any, layout: Layout | None = None) -> None:
        self.viewer = viewer
        self.session = session_of(viewer)
        self.desk = self.session.desk
        self.desk.set_layout(layout or Layout(1, 3, 1))
        tasks, key = self.session.tasks, self.session.key
        self.grid = ViewportGrid(viewer, self.desk, tasks, session_key=key)
        self.grid.resize(900, 400)
        self.grid.show()

    def close(self) -> None:
        self.grid.close_down()
        self.grid.close()
        self.grid.deleteLater()
        QApplication.processEvents()

    def settle(self) -> None:
        """Wait until everything wanted is on the screen."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            QApplication.processEvents()
            if self.grid.is_idle:
                return
            time.sleep(0.002)
        raise AssertionError(f"viewports not painted after {SECONDS} s")

    def viewport(self, key: str) -> Viewport:
        return self.grid.viewport(key)

    def canvas(self, key: str) -> PlaneCanvas:
        return self.grid.viewport(key).canvas

    def controller(self, key: str) -> ViewportController:
        return self.grid.viewport(key).controller

    def picture(self, key: str) -> NDArray[np.uint8]:
        """Return red, green and blue of what a viewport shows, (rows, columns, 3)."""
        self.settle()
        pixels = self.canvas(key).pixels
        assert pixels is not None, self.canvas(key).overlay.note
        return pixels[..., :3].copy()

    def screen(self, key: str) -> NDArray[np.uint8]:
        """Return what is painted, all that is written over it included."""
        self.settle()
        image = self.canvas(key).grab().toImage()
        image = image.convertToFormat(image.Format.Format_RGB888)
        lines = np.frombuffer(image.constBits(), np.uint8)
        lines = lines.reshape(image.height(), image.bytesPerLine())
        return lines[:, : image.width() * 3].reshape(image.height(), -1, 3).copy()

    def middle(self, key: str) -> tuple[float, float]:
        canvas = self.canvas(key)
        return canvas.width() / 2, canvas.height() / 2

    def pixel_of(self, key: str, point_mm: Any) -> tuple[float, float]:
        """Return where a point is on the canvas; pixel centers are at 0.5."""
        column, row, _ = self.controller(key).planner().plane().to_pixels(point_mm)
        return float(column) + 0.5, float(row) + 0.5

    def press(self, key: str, at: Any, gesture: str) -> None:
        *held, last = gesture.split("+")
        button = BUTTONS[last.split()[0]]
        self._mouse(key, QMouseEvent.Type.MouseButtonPress, at, button, button, held)

    def move(self, key: str, at: Any, gesture: str) -> None:
        *held, last = gesture.split("+")
        button = BUTTONS[last.split()[0]]
        none = Qt.MouseButton.NoButton
        self._mouse(key, QMouseEvent.Type.MouseMove, at, none, button, held)

    def release(self, key: str, at: Any, gesture: str) -> None:
        *held, last = gesture.split("+")
        button, none = BUTTONS[last.split()[0]], Qt.MouseButton.NoButton
        self._mouse(key, QMouseEvent.Type.MouseButtonRelease, at, button, none, held)

    def drag(self, key: str, start: Any, end: Any, gesture: str) -> None:
        """Press, move in four steps, release: ``Ctrl+Left drag``."""
        self.press(key, start, gesture)
        for share in (0.25, 0.5, 0.75, 1.0):
            between = np.add(np.multiply(start, 1 - share), np.multiply(end, share))
            self.move(key, between, gesture)
        self.release(key, end, gesture)

    def double_click(self, key: str, at: Any, gesture: str = "Left") -> None:
        """Press, release, press again, release, as Qt tells a double click."""
        self.press(key, at, gesture)
        self.release(key, at, gesture)
        *held, last = gesture.split("+")
        button = BUTTONS[last.split()[0]]
        kind = QMouseEvent.Type.MouseButtonDblClick
        self._mouse(key, kind, at, button, button, held)
        self.release(key, at, gesture)

    def wheel(self, key: str, notches: float, gesture: str, at: Any = None) -> None:
        canvas = self.canvas(key)
        place = QPointF(*(at if at is not None else self.middle(key)))
        modifiers = _held(gesture.split("+")[:-1])
        event = QWheelEvent(
            place,
            canvas.mapToGlobal(place),
            QPoint(),
            QPoint(0, round(120 * notches)),
            Qt.MouseButton.NoButton,
            modifiers,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(canvas, event)

    def type(self, key: str, gesture: str) -> None:
        """Press a key, such as ``Ctrl+Shift+Z``, where the viewport has the focus."""
        *held, last = gesture.split("+")
        name = {"Page Up": "PgUp", "Page Down": "PgDown"}.get(last, last)
        code = QKeySequence(name)[0].key()
        modifiers = _held(held)
        text = last if len(last) == 1 else ""
        if last == "?":
            modifiers |= Qt.KeyboardModifier.ShiftModifier
        self.canvas(key).setFocus()
        for kind in (QKeyEvent.Type.KeyPress, QKeyEvent.Type.KeyRelease):
            event = QKeyEvent(kind, int(code), modifiers, text)
            QApplication.sendEvent(self.canvas(key), event)

    def _mouse(
        self, key: str, kind: Any, at: Any, button: Any, buttons: Any, held: list[str]
    ) -> None:
        canvas, place = self.canvas(key), QPointF(float(at[0]), float(at[1]))
        event = QMouseEvent(
            kind, place, canvas.mapToGlobal(place), button, buttons, _held(held)
        )
        QApplication.sendEvent(canvas, event)


def _held(names: list[str]) -> Qt.KeyboardModifier:
    held = Qt.KeyboardModifier.NoModifier
    for name in names:
        held |= MODIFIERS[name]
    return held
