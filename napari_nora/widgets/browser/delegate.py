"""Draws the cells: plain texts, tree signs and job marks, tags as chips.

Rows of a search that is no longer asked for are pale.

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

from napari_nora.parts.icons import role_color
from napari_nora.parts.spacing import CHIP_RADIUS, GAP, INDENT, SMALL_GAP
from napari_nora.widgets.browser.chips import fitting
from napari_nora.widgets.browser.marks import draw_marks
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
            painter.setPen(self._color())
            _draw_text(painter, option, rect, text, Qt.TextElideMode.ElideRight)

    def _color(self, role: str = "text") -> QColor:
        color = role_color(role)
        if self._model.is_stale:
            color.setAlpha(_PALE)
        return color


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
            _draw_triangle(painter, rect, is_open, self._color("icon"))
        text = rect.adjusted(INDENT, 0, -SMALL_GAP, 0)
        case: CaseRow | None = model.data(index, CASE_ROLE)
        if node is None and case is not None:
            text = draw_marks(painter, text, case.jobs)
        is_note = node is not None and node.kind is NodeKind.NOTE
        painter.setPen(self._color("highlight" if is_note else "text"))
        shown = model.data(index) or ""
        _draw_text(painter, option, text, shown, Qt.TextElideMode.ElideMiddle)


class TagsDelegate(CellDelegate):
    """Tags as chips; those that find no room are counted, such as "+2"."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index
    ) -> None:
        _draw_background(painter, option, index)
        tags = self._model.data(index, TAGS_ROLE)
        if not tags:
            return
        metrics = option.fontMetrics
        room = option.rect.adjusted(SMALL_GAP, 3, -SMALL_GAP, -3)
        shown, rest = fitting(
            tags, room.width(), lambda text: metrics.horizontalAdvance(text)
        )
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        chip = self._color("background" if is_chosen else "secondary")
        left = float(room.left())
        for text, width in shown:
            box = QRectF(left, room.top(), width, room.height())
            elide = Qt.TextElideMode.ElideRight
            shown_text = metrics.elidedText(text, elide, int(width - GAP))
            self._draw_chip(painter, box, shown_text, chip)
            left += width + SMALL_GAP
        if rest:
            painter.setPen(self._color())
            box = QRectF(left, room.top(), room.right() - left + 1, room.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, rest)
        painter.restore()

    def _draw_chip(
        self, painter: QPainter, box: QRectF, text: str, color: QColor
    ) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawRoundedRect(box, CHIP_RADIUS, CHIP_RADIUS)
        painter.setPen(self._color())
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


_PALE = 90
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
