"""Viewports on a viewer without a window, driven by events of Qt."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from napari._qt.qt_viewer import QtViewer
from qtpy.QtCore import QEvent
from qtpy.QtWidgets import QApplication

from tests.gui.viewports.board import Board


@pytest.fixture(autouse=True)
def _widgets_are_gone() -> Iterator[None]:
    """Delete what a test has closed; tests of napari's window look for leftovers."""
    yield
    if QApplication.instance() is None:
        return
    for _ in range(2):
        QApplication.processEvents()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    if QtViewer._instances:
        gc.collect()


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
