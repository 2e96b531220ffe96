"""From Qt's mouse and key events to the gestures of :mod:`.actions`."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import QEvent, Qt
from qtpy.QtGui import QKeySequence

_BUTTONS = {
    Qt.MouseButton.LeftButton: "Left",
    Qt.MouseButton.RightButton: "Right",
    Qt.MouseButton.MiddleButton: "Middle",
}
_MODIFIERS = (
    (Qt.KeyboardModifier.ControlModifier, "Ctrl"),
    (Qt.KeyboardModifier.AltModifier, "Alt"),
    (Qt.KeyboardModifier.ShiftModifier, "Shift"),
)
_KEY_NAMES = {
    Qt.Key.Key_PageUp: "Page Up",
    Qt.Key.Key_PageDown: "Page Down",
    Qt.Key.Key_Escape: "Esc",
}
_LONE = {Qt.Key.Key_Control, Qt.Key.Key_Shift, Qt.Key.Key_Alt, Qt.Key.Key_Meta}


def drag_gesture(event: Any) -> str:
    """Return the name of a press, such as ``Ctrl+Left drag``."""
    button = _BUTTONS.get(event.button(), "Other")
    return _with_modifiers(event, f"{button} drag")


def click_gesture(event: Any) -> str:
    """Return the name of a double click."""
    button = _BUTTONS.get(event.button(), "Other")
    return _with_modifiers(event, f"{button} double-click")


def wheel_gesture(event: Any) -> str:
    """Return the name of a turn of the wheel."""
    return _with_modifiers(event, "Wheel")


def wheel_steps(event: Any) -> float:
    """Return how many notches the wheel turned; fractions for touch pads."""
    delta = event.angleDelta()
    return float(delta.y() or delta.x()) / 120.0


def key_gesture(event: Any) -> str | None:
    """Return the name of a key, such as ``Shift+X``; ``None`` for modifiers alone."""
    key = Qt.Key(event.key())
    if key in _LONE:
        return None
    name = _KEY_NAMES.get(key) or QKeySequence(key).toString()
    if event.text() == "?":
        return "?"
    return _with_modifiers(event, name)


def is_press(event: Any) -> bool:
    """Whether a mouse button goes down."""
    return bool(event.type() == QEvent.Type.MouseButtonPress)


def is_release(event: Any) -> bool:
    """Whether a mouse button comes up."""
    return bool(event.type() == QEvent.Type.MouseButtonRelease)


def is_double_click(event: Any) -> bool:
    """Whether a button went down for the second time."""
    return bool(event.type() == QEvent.Type.MouseButtonDblClick)


def _with_modifiers(event: Any, name: str) -> str:
    held = event.modifiers()
    parts = [text for modifier, text in _MODIFIERS if held & modifier]
    return "+".join((*parts, name))
