"""Draws the first column's tree signs and job marks, and tags as chips."""

from __future__ import annotations

from qtpy.QtCore import QPointF, QRect, QRectF, Qt
from qtpy.QtGui import QColor, QPainter, QPolygonF
from qtpy.QtWidgets import (
    QApplication,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from napari_nora.parts.icons import role_color, state_color
from napari_nora.parts.spacing import CHIP_RADIUS, GAP, INDENT, SMALL_GAP
from napari_nora.widgets.browser.rows import Node, NodeKind
from napari_nora.widgets.browser.table_model import (
    CASE_ROLE,
    NODE_ROLE,
    OPEN_ROLE,
    TAGS_ROLE,
    Index,
)
from nora_core.wire.archive import CaseRow


class NameDelegate(QStyledItemDelegate):
    """The first column: a triangle where a row can be opened, then the name."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index
    ) -> None:
        node: Node | None = index.data(NODE_ROLE)
        is_open = index.data(OPEN_ROLE)
        depth = 0 if node is None else node.depth
        _draw_background(painter, option, index)
        rect = option.rect.adjusted(SMALL_GAP + depth * INDENT, 0, 0, 0)
        if is_open is not None:
            _draw_triangle(painter, rect, is_open, role_color("icon"))
        text = rect.adjusted(INDENT, 0, -SMALL_GAP, 0)
        if node is None:
            text = _draw_marks(painter, text, index.data(CASE_ROLE))
        is_note = node is not None and node.kind is NodeKind.NOTE
        painter.setPen(role_color("highlight" if is_note else "text"))
        elided = option.fontMetrics.elidedText(
            str(index.data() or ""), Qt.TextElideMode.ElideMiddle, text.width()
        )
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, elided)


class TagsDelegate(QStyledItemDelegate):
    """Tags as chips; those that find no room end in "…"."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index
    ) -> None:
        _draw_background(painter, option, index)
        tags = index.data(TAGS_ROLE) or []
        left, right = option.rect.left() + SMALL_GAP, option.rect.right() - SMALL_GAP
        metrics = option.fontMetrics
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for tag in tags:
            width = metrics.horizontalAdvance(tag) + 2 * GAP
            if left + width > right and tag is not tags[0]:
                painter.setPen(role_color("text"))
                painter.drawText(QPointF(left, option.rect.center().y() + 4), "…")
                break
            box = QRectF(left, option.rect.top() + 3, width, option.rect.height() - 6)
            box.setRight(min(box.right(), right))
            _draw_chip(
                painter,
                box,
                metrics.elidedText(
                    tag, Qt.TextElideMode.ElideRight, int(box.width() - GAP)
                ),
            )
            left += width + SMALL_GAP
        painter.restore()


def _draw_background(
    painter: QPainter, option: QStyleOptionViewItem, index: Index
) -> None:
    widget = option.widget
    if not isinstance(widget, QWidget):
        return
    style = widget.style() or QApplication.style()
    panel = QStyleOptionViewItem(option)
    panel.index = index.model().index(index.row(), index.column())
    style.drawPrimitive(
        QStyle.PrimitiveElement.PE_PanelItemViewItem, panel, painter, widget
    )


def _draw_triangle(
    painter: QPainter, rect: QRect, is_open: bool, color: QColor
) -> None:
    x, y = rect.left() + 4.0, rect.center().y() + 0.5
    points = (
        [QPointF(x - 3, y - 2), QPointF(x + 5, y - 2), QPointF(x + 1, y + 3)]
        if is_open
        else [QPointF(x - 1, y - 4), QPointF(x + 4, y), QPointF(x - 1, y + 4)]
    )
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawPolygon(QPolygonF(points))
    painter.restore()


def _draw_marks(painter: QPainter, rect: QRect, case: CaseRow | None) -> QRect:
    """Draw a sign per kind of job at the right end; return the rest of ``rect``."""
    if case is None:
        return rect
    marks = (
        (case.jobs.failed, "failed", "!"),
        (case.jobs.running, "running", "▶"),
        (case.jobs.queued, "queued", "…"),
    )
    for count, state, sign in marks:
        if count:
            painter.setPen(state_color(state))
            painter.drawText(
                rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, sign
            )
            rect = rect.adjusted(0, 0, -INDENT, 0)
    return rect


def _draw_chip(painter: QPainter, box: QRectF, text: str) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(role_color("secondary"))
    painter.drawRoundedRect(box, CHIP_RADIUS, CHIP_RADIUS)
    painter.setPen(role_color("text"))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
