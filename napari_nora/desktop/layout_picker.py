"""Chooses rows and columns of viewports by pointing, and the bars below."""

from __future__ import annotations

from qtpy.QtCore import QObject, QRect, QSize, Qt, Signal
from qtpy.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from qtpy.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QSpinBox,
    QVBoxLayout,
    QWidget,
    QWidgetAction,
)

from napari_nora.parts.icons import role_color
from napari_nora.parts.spacing import MARGIN, tidy
from napari_nora.viewports.state import MAX_BARS, Desk, Layout

MOST = 4
"""Rows and columns to choose from."""
_CELL = 26
_GAP = 4


class LayoutPicker(QWidgetAction):
    """An entry of a menu: a grid of cells, and a number."""

    picked = Signal()

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        widget = QWidget()
        layout = QVBoxLayout(widget)
        tidy(layout, MARGIN)
        self.cells = _Cells()
        self.cells.picked.connect(self._pick)
        layout.addWidget(self.cells)
        self._title = QLabel()
        layout.addWidget(self._title)
        row = QHBoxLayout()
        row.addWidget(QLabel("Bars below"))
        self.bars = QSpinBox()
        self.bars.setRange(0, MAX_BARS)
        self.bars.valueChanged.connect(self._set_bars)
        row.addWidget(self.bars)
        layout.addLayout(row)
        self.cells.pointed.connect(self._name)
        self.setDefaultWidget(widget)
        self.refresh()

    def refresh(self) -> None:
        """Show the present layout."""
        present = self._desk.layout
        self.cells.show_size(present.rows, present.columns)
        self.bars.blockSignals(True)
        self.bars.setValue(present.bars)
        self.bars.blockSignals(False)
        self._name(present.rows, present.columns)

    def _name(self, rows: int, columns: int) -> None:
        self._title.setText(f"{rows} × {columns} viewports")

    def _pick(self, rows: int, columns: int) -> None:
        self._desk.set_layout(Layout(rows, columns, self._desk.layout.bars))
        self.picked.emit()

    def _set_bars(self, bars: int) -> None:
        present = self._desk.layout
        self._desk.set_layout(Layout(present.rows, present.columns, bars))


class _Cells(QWidget):
    picked = Signal(int, int)
    pointed = Signal(int, int)

    def __init__(self) -> None:
        super().__init__()
        self._size = (2, 2)
        self.setMouseTracking(True)

    def show_size(self, rows: int, columns: int) -> None:
        self._size = (rows, columns)
        self.update()

    def sizeHint(self) -> QSize:
        side = MOST * (_CELL + _GAP) + _GAP
        return QSize(side, side)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def cell(self, row: int, column: int) -> QRect:
        """Return where a cell is, counted from 0."""
        step = _CELL + _GAP
        return QRect(_GAP + column * step, _GAP + row * step, _CELL, _CELL)

    def paintEvent(self, _: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setPen(Qt.PenStyle.NoPen)
        for row in range(MOST):
            for column in range(MOST):
                inside = row < self._size[0] and column < self._size[1]
                role = "current" if inside else "primary"
                painter.setBrush(QColor(role_color(role)))
                painter.drawRoundedRect(self.cell(row, column), 3, 3)
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        if event is not None:
            self._size = self._at(event)
            self.pointed.emit(*self._size)
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        if event is not None:
            self.picked.emit(*self._at(event))

    def _at(self, event: QMouseEvent) -> tuple[int, int]:
        step = _CELL + _GAP
        point = event.position().toPoint()
        row = min(max(point.y() // step, 0), MOST - 1)
        column = min(max(point.x() // step, 0), MOST - 1)
        return int(row) + 1, int(column) + 1
