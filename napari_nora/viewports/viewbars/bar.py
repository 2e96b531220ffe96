"""One bar: a layer's name with its eye, its menu and its cross."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import QPoint, QSize, Qt, Signal
from qtpy.QtGui import QDrag, QFontMetrics, QMouseEvent
from qtpy.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLabel,
    QSlider,
    QToolButton,
    QWidget,
)

from napari_nora.parts.icons import icon
from napari_nora.viewports.viewbars.dragging import mime_of_layer
from napari_nora.viewports.viewbars.rows import Row

NAME_PIXELS = 150
_ICON = QSize(14, 14)
_HEIGHT = 22


class Viewbar(QWidget):
    """Shows one layer of a viewport; the name can be dragged to another viewport."""

    eye_clicked = Signal(str)
    closed = Signal(str)
    menu_wanted = Signal(str, QPoint)
    name_clicked = Signal(str)
    time_chosen = Signal(str, int)

    def __init__(self, row: Row, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.layer = row.layer
        self._press: QPoint | None = None
        self._text = ""
        self._room = NAME_PIXELS
        self.setFixedHeight(_HEIGHT)
        self._layout = layout = QHBoxLayout(self)
        layout.setContentsMargins(6, 0, 2, 0)
        layout.setSpacing(2)
        self.slider = self._make_slider()
        self.name = QLabel()
        self.name.setCursor(Qt.CursorShape.OpenHandCursor)
        self.eye = self._button("Hide or show")
        self.menu = self._button("Colors, window, opacity … (Shift: only here)")
        self.menu.setArrowType(Qt.ArrowType.DownArrow)
        self.cross = self._button("Close everywhere; with Shift only here")
        self.cross.setText("✕")
        for widget in (self.slider, self.name, self.eye, self.menu, self.cross):
            layout.addWidget(widget)
        self.eye.clicked.connect(lambda: self.eye_clicked.emit(self.layer))
        self.cross.clicked.connect(lambda: self.closed.emit(self.layer))
        self.menu.clicked.connect(self._ask_menu)
        self.set_row(row)

    def set_row(self, row: Row) -> None:
        """Show the present state of the layer."""
        self.layer = row.layer
        mark = " •" if row.is_own else ""
        text = row.name + mark
        if row.times > 1:
            text = f"{row.time + 1}/{row.times}  {text}"
        self._text = text
        font = self.name.font()
        font.setBold(row.is_chosen)
        self.name.setFont(font)
        self.fit(self._room)
        own = "\nLooks different in this viewport." if row.is_own else ""
        self.name.setToolTip(f"{row.name}\nDrag it into another viewport.{own}")
        self.eye.setIcon(icon("visibility" if row.is_visible else "visibility_off"))
        self.slider.setVisible(row.times > 1)
        self.slider.blockSignals(True)
        self.slider.setMaximum(row.times - 1)
        self.slider.setValue(row.time)
        self.slider.blockSignals(False)

    def fit(self, room: int) -> None:
        """Let the name take at most so many pixels."""
        self._room = room
        metrics = QFontMetrics(self.name.font())
        middle = Qt.TextElideMode.ElideMiddle
        self.name.setText(metrics.elidedText(self._text, middle, room))
        self._layout.activate()  # else the stack knows the width from before
        self.updateGeometry()

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        if event is not None and event.button() == Qt.MouseButton.LeftButton:
            self._press = event.position().toPoint()
            self.name_clicked.emit(self.layer)
        elif event is not None:
            self.menu_wanted.emit(self.layer, event.globalPosition().toPoint())

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        if event is None or self._press is None:
            return
        moved = event.position().toPoint() - self._press
        if moved.manhattanLength() >= QApplication.startDragDistance():
            self._press = None
            drag = QDrag(self)
            drag.setMimeData(mime_of_layer(self.layer))
            drag.setPixmap(self.name.grab())
            drag.exec(Qt.DropAction.CopyAction | Qt.DropAction.MoveAction)

    def mouseReleaseEvent(self, _: QMouseEvent | None) -> None:
        self._press = None

    def _ask_menu(self) -> None:
        below = self.menu.mapToGlobal(QPoint(0, self.menu.height()))
        self.menu_wanted.emit(self.layer, below)

    def _make_slider(self) -> QSlider:
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setFixedWidth(70)
        slider.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        slider.setToolTip("Frame")
        slider.valueChanged.connect(
            lambda value: self.time_chosen.emit(self.layer, value)
        )
        return slider

    def _button(self, tip: str) -> Any:
        button = QToolButton(self)
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setIconSize(_ICON)
        button.setFixedSize(20, 20)
        button.setToolTip(tip)
        return button
