"""The list of orders: each with its state in a word and a bar of its cases."""

from __future__ import annotations

from qtpy.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from qtpy.QtGui import QPainter
from qtpy.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from napari_nora.parts.icons import role_color, state_color
from napari_nora.parts.spacing import GAP, SMALL_GAP
from napari_nora.widgets.batch.state import case_total, progress_in_words
from nora_core.wire.jobs import JobState, OrderInfo

_ORDER_ROLE = int(Qt.ItemDataRole.UserRole)
_BAR_HEIGHT = 4


class OrderList(QListWidget):
    """Newest order first; keeps the chosen one while the list is renewed."""

    chosen = Signal(object)
    """The id of an order, or None."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._delegate = OrderDelegate(self)
        self.setItemDelegate(self._delegate)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.currentItemChanged.connect(lambda *_: self.chosen.emit(self.order_id))

    @property
    def order_id(self) -> int | None:
        """The id of the chosen order."""
        item = self.currentItem()
        if item is None:
            return None
        order: OrderInfo = item.data(_ORDER_ROLE)
        return order.id

    def show_orders(self, orders: list[OrderInfo]) -> None:
        """List ``orders``; the newest is chosen unless another one was."""
        before = self.order_id
        self.blockSignals(True)
        self.clear()
        for order in sorted(orders, key=lambda order: order.id, reverse=True):
            item = QListWidgetItem()
            item.setData(_ORDER_ROLE, order)
            item.setToolTip(_tooltip(order))
            self.addItem(item)
            if order.id == before:
                self.setCurrentItem(item)
        if self.currentItem() is None and self.count():
            self.setCurrentRow(0)
        self.blockSignals(False)
        if self.order_id != before:
            self.chosen.emit(self.order_id)

    def choose(self, order_id: int) -> None:
        """Choose an order."""
        for row in range(self.count()):
            if self.item(row).data(_ORDER_ROLE).id == order_id:
                self.setCurrentRow(row)


class OrderDelegate(QStyledItemDelegate):
    """Two lines and a bar: what, how far, in which state."""

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        lines = 2 * option.fontMetrics.height()
        return QSize(100, lines + _BAR_HEIGHT + 4 * SMALL_GAP)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        order: OrderInfo = index.data(_ORDER_ROLE)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, role_color("primary"))
        rect = option.rect.adjusted(GAP, SMALL_GAP, -GAP, -SMALL_GAP)
        metrics, height = option.fontMetrics, option.fontMetrics.height()
        first = QRect(rect.left(), rect.top(), rect.width(), height)
        painter.setPen(state_color(order.state.value))
        state = order.state.value
        painter.drawText(first, Qt.AlignmentFlag.AlignRight, state)
        room = rect.width() - metrics.horizontalAdvance(state) - GAP
        elide = Qt.TextElideMode.ElideRight
        painter.setPen(role_color("text"))
        title = metrics.elidedText(f"{order.tool_title}  #{order.id}", elide, room)
        painter.drawText(first, Qt.AlignmentFlag.AlignLeft, title)
        second = first.translated(0, height)
        painter.setPen(role_color("icon"))
        words = metrics.elidedText(progress_in_words(order), elide, rect.width())
        painter.drawText(second, Qt.AlignmentFlag.AlignLeft, words)
        bar = QRect(rect.left(), rect.bottom() - _BAR_HEIGHT, rect.width(), _BAR_HEIGHT)
        _draw_bar(painter, bar, order)


def _draw_bar(painter: QPainter, bar: QRect, order: OrderInfo) -> None:
    painter.fillRect(bar, role_color("foreground"))
    total, left = case_total(order), bar.left()
    shown = (JobState.DONE, JobState.FAILED, JobState.INTERRUPTED, JobState.RUNNING)
    for state in shown:
        width = round(bar.width() * order.counts.get(state, 0) / total) if total else 0
        color = state_color(state.value)
        painter.fillRect(QRect(left, bar.top(), width, bar.height()), color)
        left += width


def _tooltip(order: OrderInfo) -> str:
    lines = [f"{name}: {value}" for name, value in order.arguments.items()]
    lines.append(f"placed {order.created_at:%Y-%m-%d %H:%M} by {order.created_by}")
    if order.message:
        lines.append(order.message)
    return "\n".join(lines)
