"""Viewports on a viewer without a window, driven by events of Qt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.gui.viewports.board import Board


@pytest.fixture
def board(viewer: Any) -> Iterator[Board]:
    """Three planes and a mosaic, 900 x 400 pixels, nothing open yet."""
    board = Board(viewer)
    yield board
    board.close()


@pytest.fixture
def settled(board: Board) -> Callable[[], Board]:
    """Return the board once all its pictures are there."""

    def wait() -> Board:
        board.settle()
        return board

    return wait
