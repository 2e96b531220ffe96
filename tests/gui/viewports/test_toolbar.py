"""The toolbar of the viewports, and the picker of their layout."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from qtpy.QtCore import QPointF, Qt
from qtpy.QtGui import QMouseEvent
from qtpy.QtWidgets import QApplication, QMainWindow

from napari_nora.desktop.layout_picker import LayoutPicker
from napari_nora.desktop.toolbar import DesktopToolbar
from napari_nora.viewports.state import Convention, Layout
from tests.gui.viewports.board import Board


@pytest.fixture
def toolbar(board: Board) -> Iterator[DesktopToolbar]:
    main = QMainWindow()
    shown: list[bool] = []
    center: Any = SimpleNamespace(
        session=board.session, grid=board.grid, show_viewports=shown.append
    )
    toolbar = DesktopToolbar(center, main)
    yield toolbar
    for signal in (board.desk.convention_changed, board.desk.drawing_changed):
        signal.disconnect(toolbar.refresh)
    main.deleteLater()


def send(widget: Any, kind: Any, place: QPointF) -> None:
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    event = QMouseEvent(kind, place, widget.mapToGlobal(place), left, left, none)
    QApplication.sendEvent(widget, event)


def test_pointing_at_a_cell_chooses_the_layout(board: Board) -> None:
    picker = LayoutPicker(board.desk, board.grid)
    closed: list[bool] = []
    picker.picked.connect(lambda: closed.append(True))
    place = QPointF(picker.cells.cell(1, 2).center())
    send(picker.cells, QMouseEvent.Type.MouseMove, place)
    assert board.desk.layout == Layout(1, 3, 1)
    send(picker.cells, QMouseEvent.Type.MouseButtonRelease, place)
    assert board.desk.layout == Layout(2, 3, 1)
    assert closed == [True]
    picker.bars.setValue(0)
    assert board.desk.layout == Layout(2, 3, 0)
    board.desk.change("3", kind="plane")


def test_the_picker_shows_the_present_layout(board: Board) -> None:
    picker = LayoutPicker(board.desk, board.grid)
    board.desk.set_layout(Layout(1, 2, 2))
    picker.refresh()
    assert picker.bars.value() == 2
    assert board.desk.layout == Layout(1, 2, 2)


def test_buttons_follow_what_keys_do(board: Board, toolbar: DesktopToolbar) -> None:
    board.viewer.add_labels(np.ones((9, 9, 9), int))
    board.settle()
    board.type("0", "Space")
    assert toolbar.drawing.isChecked()
    board.type("0", "H")
    assert not toolbar.cross.isChecked()
    board.type("0", "L")
    assert toolbar.sides.text() == "L | R"


def test_keys_follow_what_buttons_do(board: Board, toolbar: DesktopToolbar) -> None:
    board.viewer.add_labels(np.ones((9, 9, 9), int))
    toolbar.drawing.trigger()
    assert board.desk.is_drawing
    toolbar.cross.trigger()
    assert not board.desk.shows_crosshair
    stored = next(
        action
        for action in toolbar.sides.menu().actions()
        if action.text().startswith("As stored")
    )
    stored.trigger()
    assert board.desk.convention is Convention.MEMORY
    cases: list[int] = []
    toolbar.case_wanted.connect(cases.append)
    for name in ("Previous case", "Next case"):
        next(own for own in toolbar.actions() if own.text() == name).trigger()
    assert cases == [-1, 1]


def test_tooltips_name_the_keys(toolbar: DesktopToolbar) -> None:
    assert toolbar.drawing.toolTip() == "Draw on the mask (Space)"
    assert toolbar.cross.toolTip() == "Crosshair (H)"
