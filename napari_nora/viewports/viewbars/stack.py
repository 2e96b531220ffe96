"""All bars of a viewport, at its top right."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import QEvent, QPoint, Qt, Signal
from qtpy.QtGui import QColor, QEnterEvent, QPainter, QPaintEvent
from qtpy.QtWidgets import QApplication, QVBoxLayout, QWidget

from napari_nora.parts.icons import role_color
from napari_nora.viewports.controller import ViewportController
from napari_nora.viewports.open_layers import OpenLayers
from napari_nora.viewports.viewbars.bar import NAME_PIXELS, Viewbar
from napari_nora.viewports.viewbars.head import ViewportHead
from napari_nora.viewports.viewbars.menu import layer_menu
from napari_nora.viewports.viewbars.rows import Row, rows_of

_EDGE = 4
_ALPHA = 190
_LEAST_WIDTH = 150
_NARROW = 300
"""Pixels; narrower viewports show their bars only while they are pointed at."""
_NAME_PART = 0.28
"""A name takes at most this part of the viewport's width."""
_MOST_HEIGHT = 0.45
"""Bars that would be higher, beside the viewport, wait to be pointed at."""


def shift_is_held() -> bool:
    """Whether a change is meant for one viewport only."""
    held = QApplication.keyboardModifiers()
    return bool(held & Qt.KeyboardModifier.ShiftModifier)


class ViewbarStack(QWidget):
    """Keeps one bar per layer of a viewport, background first."""

    extra_wanted = Signal(str, str)
    """A layer's id and what its menu asked for outside the viewports."""

    def __init__(
        self, controller: ViewportController, layers: OpenLayers, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setObjectName("viewbars")
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self._controller = controller
        self._layers = layers
        self._rows: tuple[Row, ...] = ()
        self.bars: dict[str, Viewbar] = {}
        self._is_pointed = False
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(1)
        self.head = ViewportHead(controller, self)
        self._layout.addWidget(self.head, 0, Qt.AlignmentFlag.AlignRight)

    def refresh(self) -> None:
        """Show the layers that the viewport shows now."""
        self.head.refresh()
        rows = rows_of(self._controller, self._layers)
        if rows != self._rows:
            self._rows = rows
            self._show_rows(rows)
        self.place()

    def place(self) -> None:
        """Stay at the top right of the viewport."""
        parent = self.parentWidget()
        if parent is None:
            return
        self._fold()
        room = round(min(NAME_PIXELS, parent.width() * _NAME_PART))
        for bar in self.bars.values():
            bar.fit(room)
        self.head.adjustSize()
        self._layout.activate()  # a longer text of the head counts at once
        self.adjustSize()
        room = parent.height() - 2 * _EDGE
        self.setFixedHeight(min(self.sizeHint().height(), max(room, 0)))
        self.move(parent.width() - self.width() - _EDGE, _EDGE)
        self.setVisible(parent.width() > _LEAST_WIDTH)
        self.raise_()

    @property
    def is_folded(self) -> bool:
        """Whether only the head is shown, for the bars would cover too much."""
        parent = self.parentWidget()
        if parent is None or not self.bars or self._is_pointed:
            return False
        height = self.head.sizeHint().height()
        height += sum(bar.height() + 1 for bar in self.bars.values())
        is_narrow = parent.width() < _NARROW
        return is_narrow or height > parent.height() * _MOST_HEIGHT

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self._is_pointed = True
        self.place()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._is_pointed = False
        self.place()

    def _fold(self) -> None:
        is_folded = self.is_folded
        for bar in self.bars.values():
            bar.setVisible(not is_folded)

    def paintEvent(self, _: QPaintEvent | None) -> None:
        painter = QPainter(self)
        color = QColor(role_color("background"))
        color.setAlpha(_ALPHA)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        for widget in (self.head, *self.bars.values()):
            if widget.isHidden():
                continue
            painter.drawRoundedRect(widget.geometry(), 4, 4)
        painter.end()

    def _show_rows(self, rows: tuple[Row, ...]) -> None:
        wanted = [row.layer for row in rows]
        if wanted != list(self.bars):
            for bar in self.bars.values():
                self._layout.removeWidget(bar)
                bar.hide()
                bar.deleteLater()
            self.bars = {row.layer: self._make(row) for row in rows}
        for row in rows:
            self.bars[row.layer].set_row(row)

    def _make(self, row: Row) -> Viewbar:
        bar = Viewbar(row, self)
        self._layout.addWidget(bar, 0, Qt.AlignmentFlag.AlignRight)
        bar.eye_clicked.connect(self._toggle_visible)
        bar.closed.connect(self._close)
        bar.menu_wanted.connect(self._open_menu)
        bar.name_clicked.connect(self._choose)
        bar.time_chosen.connect(self._set_time)
        bar.show()
        return bar

    def _toggle_visible(self, key: str) -> None:
        layer = self._layers[key]
        is_visible = next(row.is_visible for row in self._rows if row.layer == key)
        self._controller.set_look(
            layer, "visible", not is_visible, only_here=shift_is_held()
        )

    def _close(self, key: str) -> None:
        desk = self._controller.desk
        if shift_is_held():
            desk.hide(key, self._controller.key)
        else:
            self._controller.viewer.layers.remove(self._layers[key])

    def _choose(self, key: str) -> None:
        self._controller.viewer.layers.selection.active = self._layers[key]
        self._controller.desk.choose(self._controller.key)
        self.refresh()

    def _set_time(self, key: str, index: int) -> None:
        layer = self._layers[key]
        dims = self._controller.viewer.dims
        axis = dims.ndim - layer.ndim
        start: Any = layer.data_to_world((index, *(0,) * (layer.ndim - 1)))
        dims.set_point(axis, float(start[0]))

    def _open_menu(self, key: str, at: QPoint) -> None:
        self._choose(key)
        menu = layer_menu(self._controller, self._layers[key], self)
        menu.extra_wanted.connect(lambda what: self.extra_wanted.emit(key, what))
        menu.exec(at)
        menu.deleteLater()  # it would keep the layer's memory
