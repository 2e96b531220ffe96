"""What the user wants to see, without a window."""

from __future__ import annotations

from typing import Any

import numpy as np

from napari_nora.viewports.state import Desk


def test_a_desk_without_a_window_tells_each_change_once() -> None:
    desk = Desk()
    told: list[Any] = []
    desk.viewport_changed.connect(told.append)
    desk.show("layer", ["0", "1"])
    desk.show("layer", ["0"])
    desk.change("0", slab_mm=0.0)
    assert told == ["0", "1"]
    desk.forget("layer")
    assert told == ["0", "1", "0", "1"]
    moves: list[Any] = []
    desk.crosshair_moved.connect(lambda: moves.append(1))
    desk.move_crosshair((1, 2, 3))
    desk.move_crosshair(np.array([1, 2, 3]))
    assert len(moves) == 1
