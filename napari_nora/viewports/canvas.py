"""The widget that shows the picture of planes and hands over mouse and keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qtpy.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from qtpy.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from qtpy.QtWidgets import QWidget

from napari_nora.viewports.overlay import Overlay
from napari_nora.viewports.painting import paint_brush, paint_overlay
from napari_nora.viewports.scene import Pixels

_BORDER = QColor("#5aa9e6")


class PlaneCanvas(QWidget):
    """Shows an image of as many pixels as the screen has here.

    Mouse positions are in those pixels, counted from the top left.
    """

    resized = Signal()
    mouse_event = Signal(object)
    wheel_event = Signal(object)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(40, 40)
        self.overlay = Overlay()
        self.is_chosen = False
        self.brush_px: float | None = None
        """Radius of the circle around the pointer while the user draws."""
        self._pointer: QPointF | None = None
        self.painted: Callable[[], None] | None = None
        """Called after each paint; for measuring."""
        self._image: QImage | None = None
        self._pixels: Pixels | None = None

    @property
    def pixel_size(self) -> tuple[int, int]:
        """Rows and columns of the screen's pixels."""
        ratio = self.devicePixelRatioF()
        return max(1, round(self.height() * ratio)), max(1, round(self.width() * ratio))

    @property
    def pixels(self) -> Pixels | None:
        """The picture that is shown."""
        return self._pixels

    def set_pixels(self, pixels: Pixels | None) -> None:
        """Show another picture, (rows, columns, 4) uint8."""
        self._pixels = pixels  # Qt reads from this memory
        self._image = None
        if pixels is not None:
            rows, columns = pixels.shape[:2]
            stride = columns * 4
            format_ = QImage.Format.Format_RGBX8888
            self._image = QImage(pixels.data, columns, rows, stride, format_)
        self.update()

    def set_overlay(self, overlay: Overlay) -> None:
        """Write something else over the picture."""
        if overlay != self.overlay:
            self.overlay = overlay
            self.update()

    def set_chosen(self, is_chosen: bool) -> None:
        """Frame the viewport that keys act on."""
        if is_chosen != self.is_chosen:
            self.is_chosen = is_chosen
            self.update()

    def set_brush(self, radius_px: float | None) -> None:
        """Show how large the brush is, in pixels of the screen; ``None`` hides it."""
        if radius_px != self.brush_px:
            self.brush_px = radius_px
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(320, 240)

    def paintEvent(self, _: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), Qt.GlobalColor.black)
        ratio = self.devicePixelRatioF()
        painter.save()
        painter.scale(1 / ratio, 1 / ratio)
        font = painter.font()
        font.setPointSizeF(font.pointSizeF() * ratio * 0.95)
        painter.setFont(font)
        if self._image is not None:
            painter.drawImage(0, 0, self._image)
        rows, columns = self.pixel_size
        paint_overlay(painter, self.overlay, QRectF(0, 0, columns, rows))
        if self.brush_px is not None and self._pointer is not None:
            paint_brush(painter, self._pointer * ratio, self.brush_px)
        painter.restore()
        if self.is_chosen:
            painter.setPen(_BORDER)
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()
        if self.painted is not None:
            self.painted()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.mouse_event.emit(event)

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        if event is not None:
            self._pointer = event.position()
        if self.brush_px is not None:
            self.update()
        self.mouse_event.emit(event)

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        self.mouse_event.emit(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        self.mouse_event.emit(event)

    def wheelEvent(self, event: Any) -> None:
        self.wheel_event.emit(event)
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._pointer = None
        if self.brush_px is not None:
            self.update()
        self.left.emit()
