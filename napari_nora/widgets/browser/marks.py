"""Signs for the jobs of a row: told apart by shape and by color."""

from __future__ import annotations

from qtpy.QtCore import QPointF, QRect, QRectF, Qt
from qtpy.QtGui import QPainter, QPen, QPolygonF

from napari_nora.parts.icons import state_color
from nora_core.wire.archive import JobMarks

MARK_WIDTH = 15
_RADIUS = 4.5
_PLAY = QPolygonF([QPointF(-3.5, -5), QPointF(5, 0), QPointF(-3.5, 5)])


def marks_of(jobs: JobMarks) -> list[str]:
    """Return the states to show, from right to left."""
    counts = {"failed": jobs.failed, "running": jobs.running, "queued": jobs.queued}
    return [state for state, count in counts.items() if count]


def width_of_marks(jobs: JobMarks) -> int:
    """Return how many pixels at the right end of a cell its marks take."""
    return MARK_WIDTH * len(marks_of(jobs))


def draw_marks(painter: QPainter, rect: QRect, jobs: JobMarks) -> QRect:
    """Draw a sign per state at the right end; return the rest of ``rect``.

    A cross failed, a triangle runs, a ring waits.
    """
    states = marks_of(jobs)
    if not states:
        return rect
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for number, state in enumerate(states):
        x = rect.right() - (number + 0.5) * MARK_WIDTH
        _draw_mark(painter, state, QPointF(x, rect.center().y() + 0.5))
    painter.restore()
    return rect.adjusted(0, 0, -width_of_marks(jobs), 0)


def _draw_mark(painter: QPainter, state: str, center: QPointF) -> None:
    color = state_color(state)
    pen = QPen(color, 2)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if state == "failed":
        arm = QPointF(_RADIUS - 0.5, _RADIUS - 0.5)
        other = QPointF(arm.x(), -arm.y())
        painter.drawLine(center - arm, center + arm)
        painter.drawLine(center - other, center + other)
    elif state == "running":
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawPolygon(_PLAY.translated(center))
    else:
        side = 2 * (_RADIUS - 0.5)
        ring = QRectF(center.x() - side / 2, center.y() - side / 2, side, side)
        painter.drawEllipse(ring)
