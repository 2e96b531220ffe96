"""Paints marks on a viewport with Qt."""

from __future__ import annotations

import numpy as np
from qtpy.QtCore import QLineF, QPointF, Qt
from qtpy.QtGui import QColor, QPainter, QPen

from napari_nora.viewports.marks_sources import Dots, Lines, Marks, Note

MAX_PENS = 64
"""Colors of one layer on one plane are rounded until there are about so many."""


def paint_marks(painter: QPainter, marks: Marks) -> None:
    """Paint the marks of one layer; the painter's units are the plane's pixels.

    The center of the first pixel is at (0.5, 0.5) for Qt.
    """
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(0.5, 0.5)
    for lines in marks.lines:
        _paint_lines(painter, lines)
    for dots in marks.dots:
        _paint_dots(painter, dots)
    for note in marks.notes:
        _paint_note(painter, note)
    painter.restore()


def _paint_lines(painter: QPainter, lines: Lines) -> None:
    """Paint all lines of one color by one call; that is what takes the time."""
    colors = np.atleast_2d(lines.colors)
    steps = 16 if len(colors) > MAX_PENS else 255
    rounded = np.rint(colors * steps) / steps
    unique, owner = np.unique(rounded, axis=0, return_inverse=True)
    owner = np.broadcast_to(owner.ravel(), len(lines.pixels))
    for number, color in enumerate(unique):
        pen = QPen(_color(color), lines.width_px)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        ends = lines.pixels[owner == number].reshape(-1, 4).tolist()
        painter.drawLines([QLineF(*four) for four in ends])


def _paint_dots(painter: QPainter, dots: Dots) -> None:
    painter.setPen(QPen(QColor(0, 0, 0, 160), 1.0))
    for (col, row), radius, color in zip(
        dots.pixels.tolist(), dots.radii_px.tolist(), dots.colors, strict=True
    ):
        painter.setBrush(_color(color))
        painter.drawEllipse(QPointF(col, row), radius, radius)


def _paint_note(painter: QPainter, note: Note) -> None:
    """Paint a word with a dark shadow, so that it can be read on any image."""
    place = QPointF(note.col + 2, note.row)
    painter.setPen(QColor(0, 0, 0, 200))
    painter.drawText(place + QPointF(1, 1), note.text)
    painter.setPen(_color(np.array(note.color)))
    painter.drawText(place, note.text)


def _color(parts: np.ndarray[tuple[int], np.dtype[np.floating]]) -> QColor:
    red, green, blue, alpha = (min(max(float(part), 0.0), 1.0) for part in parts)
    return QColor.fromRgbF(red, green, blue, alpha)
