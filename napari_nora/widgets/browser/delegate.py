"""Draws the cells: plain texts, tree signs and job marks, tags as chips.

Qt's own delegate asks the model nine questions per cell, each a way into Python
and back. These ask it themselves, so a table full of rows is drawn in a few ms.
"""

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
    TableModel,
)
from nora_core.wire.archive import CaseRow


class CellDelegate(QStyledItemDelegate):
    """A text, shortened at its end.

    Parameters
    ----------
    model : TableModel
        What the view shows.
    """

    def __init__(self, model: TableModel) -> None:
        super().__init__()
        self._model = model

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index
    ) -> None:
        _draw_background(painter, option, index)
        text = self._model.data(index)
        if text:
            rect = option.rect.adjusted(SMALL_GAP, 0, -SMALL_GAP, 0)
            painter.setPen(role_color("text"))
            _draw_text(painter, option, rect, text, Qt.TextElideMode.ElideRight)


class NameDelegate(CellDelegate):
    """The first column: a triangle where a row can be opened, then the name."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index
    ) -> None:
        model = self._model
        node: Node | None = model.data(index, NODE_ROLE)
        is_open = model.data(index, OPEN_ROLE)
        depth = 0 if node is None else node.depth
        _draw_background(painter, option, index)
        rect = option.rect.adjusted(SMALL_GAP + depth * INDENT, 0, 0, 0)
        if is_open is not None:
            _draw_triangle(painter, rect, is_open, role_color("icon"))
        text = rect.adjusted(INDENT, 0, -SMALL_GAP, 0)
        if node is None:
            text = _draw_marks(painter, text, model.data(index, CASE_ROLE))
        is_note = node is not None and node.kind is NodeKind.NOTE
        painter.setPen(role_color("highlight" if is_note else "text"))
        shown = model.data(index) or ""
        _draw_text(painter, option, text, shown, Qt.TextElideMode.ElideMiddle)


class TagsDelegate(CellDelegate):
    """Tags as chips; those that find no room end in "…"."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index
    ) -> None:
        _draw_background(painter, option, index)
        tags = self._model.data(index, TAGS_ROLE)
        if not tags:
            return
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


_OPEN_SIGN = QPolygonF([QPointF(-3, -2), QPointF(5, -2), QPointF(1, 3)])
_CLOSED_SIGN = QPolygonF([QPointF(-1, -4), QPointF(4, 0), QPointF(-1, 4)])
_MARKED = QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver


def _draw_text(
    painter: QPainter,
    option: QStyleOptionViewItem,
    rect: QRect,
    text: str,
    elide: Qt.TextElideMode,
) -> None:
    shown = option.fontMetrics.elidedText(text, elide, rect.width())
    painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, shown)


def _draw_background(
    painter: QPainter, option: QStyleOptionViewItem, index: Index
) -> None:
    widget = option.widget
    if not option.state & _MARKED or not isinstance(widget, QWidget):
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
    shape = _OPEN_SIGN if is_open else _CLOSED_SIGN
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawPolygon(shape.translated(rect.left() + 4.0, rect.center().y() + 0.5))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


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
