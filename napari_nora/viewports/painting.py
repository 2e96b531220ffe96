"""Paints the picture of a viewport and what is written over it with Qt."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import QLineF, QPointF, QRectF, Qt
from qtpy.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from napari_nora.viewports.annotations import Letters, Line, ScaleBar, clip_to
from napari_nora.viewports.marks_painting import paint_marks
from napari_nora.viewports.overlay import Overlay, TileOverlay

_TEXT = QColor("#f2f2f2")
_HINT = QColor("#8f939c")
_SHADOW = QColor(0, 0, 0, 220)
_LETTER = QColor("#ffd75e")
_GAP_PX = 12.0
"""Lines leave out so much around the crosshair."""
_EDGE = 8.0
_LINES_BELOW_SCALE = 3
_LEFT_WIDTH, _RIGHT_WIDTH, _TEXT_HEIGHT = 0.42, 0.49, 0.36
"""Texts of a corner take at most this part of the viewport."""
_ASIDE = 0.72
"""Where a note begins that stands over an image, from the top."""
_OUTLINE = ((-1, 0), (1, 0), (0, -1), (0, 1))


def paint_overlay(painter: QPainter, overlay: Overlay, area: QRectF) -> None:
    """Paint over the picture; one unit of the painter is one pixel of the picture.

    ``area`` is the viewport in those pixels.
    """
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for tile in overlay.tiles:
        _paint_tile(painter, tile)
    if overlay.letters is not None:
        _paint_letters(painter, overlay.letters, area.width(), area.height())
    _paint_block(painter, overlay.top_left, area, at_top=True, at_left=True)
    _paint_block(painter, overlay.bottom_left, area, at_top=False, at_left=True)
    texts = texts_that_fit(overlay, QFontMetricsF(painter.font()), area)
    _paint_block(painter, texts, area, at_top=False, at_left=False)
    if overlay.note:
        _paint_note(painter, overlay, area)


def paint_text(painter: QPainter, at: QPointF, text: str, color: QColor) -> None:
    """Paint a text with an outline, so that it can be read on any image."""
    painter.setPen(_SHADOW)
    for dx, dy in _OUTLINE:
        painter.drawText(at + QPointF(dx, dy), text)
    painter.setPen(color)
    painter.drawText(at, text)


def paint_brush(painter: QPainter, center: QPointF, radius_px: float) -> None:
    """Paint how large the brush is."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for pen in (QPen(_SHADOW, 3.0), QPen(_LETTER, 1.0)):
        painter.setPen(pen)
        painter.drawEllipse(center, radius_px, radius_px)


def _paint_tile(painter: QPainter, overlay: TileOverlay) -> None:
    tile = overlay.tile
    rows, columns = tile.plane.shape
    painter.save()
    painter.translate(tile.column, tile.row)
    painter.setClipRect(QRectF(0, 0, columns, rows))
    for marks in overlay.marks:
        paint_marks(painter, marks)
    for line in overlay.lines:
        _paint_line(painter, line, columns, rows)
    if overlay.scale is not None:
        _paint_scale(painter, overlay.scale, rows)
    if overlay.label:
        metrics = QFontMetricsF(painter.font())
        paint_text(painter, QPointF(4, metrics.ascent() + 2), overlay.label, _TEXT)
    painter.restore()


def _paint_line(painter: QPainter, line: Line, width: float, height: float) -> None:
    ends = clip_to(line, width, height)
    if ends is None:
        return
    x1, y1, x2, y2 = ends
    color = QColor(line.color)
    color.setAlpha(200)
    painter.setPen(QPen(color, 1.0))
    center = QPointF(line.x + 0.5, line.y + 0.5)
    away = QPointF(line.dx, line.dy) * _GAP_PX
    for x, y, near in ((x1, y1, center - away), (x2, y2, center + away)):
        end = QPointF(x + 0.5, y + 0.5)
        outward = end - center
        sign = 1 if near == center + away else -1
        if (outward.x() * line.dx + outward.y() * line.dy) * sign > _GAP_PX:
            painter.drawLine(QLineF(near, end))


def _paint_letters(
    painter: QPainter, letters: Letters, width: float, height: float
) -> None:
    font = QFont(painter.font())
    painter.save()
    font.setBold(True)
    font.setPointSizeF(font.pointSizeF() * 1.15)
    painter.setFont(font)
    metrics = QFontMetricsF(font)
    middle = height / 2 + metrics.ascent() / 2 - metrics.descent() / 2
    far_right = width - _EDGE - metrics.horizontalAdvance(letters.right)
    places = (
        (letters.top, _centered(metrics, letters.top, width), metrics.ascent() + 3),
        (letters.bottom, _centered(metrics, letters.bottom, width), height - 5),
        (letters.left, _EDGE, middle),
        (letters.right, far_right, middle),
    )
    for text, x, y in places:
        paint_text(painter, QPointF(x, y), text, _LETTER)
    painter.restore()


def _centered(metrics: QFontMetricsF, text: str, width: float) -> float:
    return float((width - metrics.horizontalAdvance(text)) / 2)


def _paint_scale(painter: QPainter, scale: ScaleBar, height: float) -> None:
    """Paint the scale bar above the texts at the bottom left."""
    metrics = QFontMetricsF(painter.font())
    x, y = _EDGE + 1, height - _EDGE - metrics.height() * _LINES_BELOW_SCALE - 6
    for pen in (QPen(_SHADOW, 4.0), QPen(_TEXT, 2.0)):
        painter.setPen(pen)
        painter.drawLine(QLineF(x, y, x + scale.length_px, y))
    paint_text(painter, QPointF(x, y - 5), scale.text, _TEXT)


def texts_that_fit(
    overlay: Overlay, metrics: QFontMetricsF, area: QRectF
) -> tuple[str, ...]:
    """Return the texts of the bottom right; half a position would mislead."""
    *values, position = overlay.bottom_right or ("",)
    for text in (position, overlay.short_position):
        if metrics.horizontalAdvance(text) <= area.width() * _RIGHT_WIDTH:
            return (*values, text)
    return tuple(values)


def _paint_block(
    painter: QPainter,
    texts: Sequence[str],
    area: QRectF,
    *,
    at_top: bool,
    at_left: bool,
) -> None:
    """Paint lines of text in a corner, as many as there is room for."""
    if not texts:
        return
    metrics = QFontMetricsF(painter.font())
    room = area.width() * (_LEFT_WIDTH if at_left else _RIGHT_WIDTH)
    height = metrics.height()
    texts = texts[: int(area.height() * _TEXT_HEIGHT / height)]
    top = _EDGE if at_top else area.height() - _EDGE - height * len(texts)
    for number, text in enumerate(texts):
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, room)
        x = _EDGE
        if not at_left:
            x = area.width() - _EDGE - metrics.horizontalAdvance(shown)
        y = top + height * number + metrics.ascent()
        paint_text(painter, QPointF(x, y), shown, _TEXT)


def _paint_note(painter: QPainter, overlay: Overlay, area: QRectF) -> None:
    room = area.adjusted(20, 20, -20, -20)
    flags = int(Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap)
    if overlay.is_empty:
        painter.setPen(_HINT)
        painter.drawText(room, flags | int(Qt.AlignmentFlag.AlignVCenter), overlay.note)
        return
    room.setTop(area.height() * _ASIDE)  # the middle is for the image
    painter.setPen(_SHADOW)
    for dx, dy in _OUTLINE:
        painter.drawText(room.translated(dx, dy), flags, overlay.note)
    painter.setPen(_TEXT)
    painter.drawText(room, flags, overlay.note)
