"""Every action of mouse and keys, done with events of Qt on the real viewports."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from napari_nora.viewports import keys
from napari_nora.viewports.actions import ACTIONS, Means
from napari_nora.viewports.drags import DRAGS
from tests.gui.viewports.action_checks import AFFINE, CHECKS, SHAPE, Act, ct
from tests.gui.viewports.board import Board

WHOLE = [(name, gesture) for name, own in ACTIONS.items() for gesture in own.gestures]


@pytest.fixture
def filled(board: Board) -> Board:
    board.viewer.add_image(ct(), affine=AFFINE, name="ct", contrast_limits=(-900, 900))
    mask = np.zeros(SHAPE, np.uint8)
    mask[10:14, 10:14, 8:12] = 1
    board.viewer.add_labels(mask, affine=AFFINE, name="mask", opacity=0.8)
    board.viewer.layers.selection.clear()
    board.settle()
    return board


def act_of(board: Board, action: Any, gesture: str) -> Act:
    """Return what does the gesture on viewport 0, or on the one that is named."""

    def act(*args: Any, key: str = "0") -> None:
        if action.means is Means.DRAG:
            board.drag(key, *args, gesture)
        elif action.means is Means.WHEEL:
            board.wheel(key, *args[:1], gesture, *args[1:])
        elif action.means is Means.CLICK:
            board.double_click(key, *args, gesture)
        else:
            board.type(key, gesture)
        board.settle()

    return act


def test_every_action_has_a_check() -> None:
    assert set(CHECKS) == set(ACTIONS)


def test_every_action_is_done_by_something() -> None:
    drags = {name for name, own in ACTIONS.items() if own.means is Means.DRAG}
    typed = {name for name, own in ACTIONS.items() if own.means is Means.KEY}
    assert drags == set(DRAGS)
    assert typed == set(keys.KEYS)


@pytest.mark.parametrize(("name", "gesture"), WHOLE, ids=[" ".join(w) for w in WHOLE])
def test_effect_of(filled: Board, name: str, gesture: str) -> None:
    CHECKS[name](filled, act_of(filled, ACTIONS[name], gesture))


def test_other_gestures_do_nothing(filled: Board) -> None:
    before = filled.picture("0")
    filled.drag("0", (40, 40), (90, 90), "Alt+Left drag")
    filled.double_click("0", (40, 40), "Right")
    filled.wheel("0", 1, "Alt+Wheel")
    filled.type("0", "Q")
    np.testing.assert_array_equal(filled.picture("0"), before)


def test_keys_of_other_alphabets_do_nothing(filled: Board) -> None:
    from qtpy.QtCore import Qt
    from qtpy.QtGui import QKeyEvent
    from qtpy.QtWidgets import QApplication

    none = Qt.KeyboardModifier.NoModifier
    for code in (0x424, 0x1FFFFFF, 0x3B1):  # Cyrillic, unknown, Greek
        event = QKeyEvent(QKeyEvent.Type.KeyPress, code, none, chr(0x424))
        QApplication.sendEvent(filled.canvas("0"), event)
    assert filled.grid.isVisible()
