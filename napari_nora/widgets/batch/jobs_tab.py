"""Where orders are followed: the orders, one's cases, a case's log and results."""

from __future__ import annotations

from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QFontDatabase, QTextCursor
from qtpy.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from napari_nora.parts.empty_state import EmptyState
from napari_nora.parts.error_line import ErrorLine
from napari_nora.parts.icons import state_color
from napari_nora.parts.spacing import MARGIN, tidy
from napari_nora.widgets.batch.order_list import OrderList
from napari_nora.widgets.batch.state import RETRYABLE, case_name
from nora_core.wire.jobs import JobState, OrderCaseRow, OrderInfo

_CASE_ROLE = int(Qt.ItemDataRole.UserRole)
_SIGNS = {
    JobState.DONE: "✓",
    JobState.RUNNING: "▶",
    JobState.FAILED: "✕",
    JobState.INTERRUPTED: "⚡",
    JobState.CANCELLED: "–",
}
_MAX_LOG_LINES = 5_000


class JobsTab(QWidget):
    """Shows what a follower has seen; says what the user wants done."""

    order_chosen = Signal(object)
    case_chosen = Signal(object)
    cancel_requested = Signal()
    retry_requested = Signal()
    open_requested = Signal(object)
    """An OrderCaseRow."""
    new_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.orders = OrderList()
        self.cases = QTreeWidget()
        self.log = QPlainTextEdit()
        self.error = ErrorLine()
        self.cancel = QPushButton("Cancel order")
        self.retry = QPushButton("Retry failed")
        self.open = QPushButton("Open results")
        self.empty = EmptyState(
            "No jobs yet. Choose rows in the browser and a tool to run on them.",
            "Choose a tool",
            self.new_requested.emit,
        )
        self._splitter = QSplitter(Qt.Orientation.Vertical)
        self._set_looks()
        self._build()
        self.orders.chosen.connect(self.order_chosen)
        self.cases.currentItemChanged.connect(self._on_case_changed)
        self.cases.itemDoubleClicked.connect(lambda *_: self._on_open_clicked())
        self.cancel.clicked.connect(self.cancel_requested)
        self.retry.clicked.connect(self.retry_requested)
        self.open.clicked.connect(self._on_open_clicked)

    @property
    def case(self) -> OrderCaseRow | None:
        """The chosen case."""
        item = self.cases.currentItem()
        return None if item is None else item.data(0, _CASE_ROLE)

    def show_orders(self, orders: list[OrderInfo]) -> None:
        """List the project's orders."""
        self.empty.setVisible(not orders)
        self._splitter.setVisible(bool(orders))
        self.orders.show_orders(orders)
        self._show_actions(orders)

    def show_cases(self, cases: list[OrderCaseRow]) -> None:
        """List the cases of the chosen order; keeps the chosen one."""
        before = self.case.id if self.case is not None else None
        self.cases.blockSignals(True)
        self.cases.clear()
        for case in cases:
            item = QTreeWidgetItem([case_name(case), _state_in_words(case)])
            item.setData(0, _CASE_ROLE, case)
            item.setForeground(1, state_color(case.state.value))
            item.setToolTip(0, case.message or case_name(case))
            item.setToolTip(1, case.message)
            self.cases.addTopLevelItem(item)
            if case.id == before:
                self.cases.setCurrentItem(item)
        first = self.cases.topLevelItem(0)
        if self.cases.currentItem() is None and first is not None:
            self.cases.setCurrentItem(first)
        self.cases.blockSignals(False)
        if (self.case.id if self.case is not None else None) != before:
            self._on_case_changed()
        self._show_reason()
        self._show_open()

    def choose_case(self, case_id: int) -> None:
        """Choose a case of the chosen order."""
        for row in range(self.cases.topLevelItemCount()):
            item = self.cases.topLevelItem(row)
            if item is not None and item.data(0, _CASE_ROLE).id == case_id:
                self.cases.setCurrentItem(item)

    def start_log(self) -> None:
        """Empty the log, for another case."""
        self.log.clear()

    def add_log(self, text: str) -> None:
        """Put text at the end; the view follows unless the user scrolled up."""
        bar = self.log.verticalScrollBar()
        follows = bar.value() >= bar.maximum() - 2
        cursor = self.log.textCursor()
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(text)
        if follows:
            bar.setValue(bar.maximum())

    def show_texts(self, texts: dict[str, str]) -> None:
        """Show results that are text below the log."""
        for name, text in texts.items():
            self.add_log(f"\n── {name} ──\n{text}\n")

    def _show_actions(self, orders: list[OrderInfo]) -> None:
        order = next((o for o in orders if o.id == self.orders.order_id), None)
        counts = order.counts if order is not None else {}
        self.cancel.setEnabled(order is not None and not order.state.is_final)
        self.retry.setEnabled(any(counts.get(state) for state in RETRYABLE))

    def _show_open(self) -> None:
        self.open.setEnabled(bool(self.case and self.case.result_file_ids))

    def _on_case_changed(self) -> None:
        self.case_chosen.emit(self.case.id if self.case is not None else None)
        self._show_reason()
        self._show_open()

    def _show_reason(self) -> None:
        """Where the log is empty, say why the case is as it is."""
        message = self.case.message if self.case is not None else ""
        self.log.setPlaceholderText(message or "The log of the chosen case is empty")
        self.log.viewport().update()  # Qt repaints the first line only

    def _on_open_clicked(self) -> None:
        if self.case is not None:
            self.open_requested.emit(self.case)

    def _set_looks(self) -> None:
        self.cases.setHeaderLabels(["Case", "State"])
        self.cases.setRootIsDecorated(False)
        self.cases.setUniformRowHeights(True)
        header = self.cases.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.log.setReadOnly(True)
        self.log.setMaximumBlockCount(_MAX_LOG_LINES)
        fixed = QFontDatabase.SystemFont.FixedFont
        self.log.setFont(QFontDatabase.systemFont(fixed))
        self.log.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.open.setToolTip("Show the results of the chosen case over its image")
        self.retry.setToolTip("Try failed, interrupted and cancelled cases again")

    def _build(self) -> None:
        for widget in (self.orders, self.cases, self.log):
            self._splitter.addWidget(widget)
        self._splitter.setSizes([150, 170, 170])
        self._splitter.setChildrenCollapsible(False)
        buttons = QHBoxLayout()
        tidy(buttons)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.retry)
        buttons.addStretch()
        buttons.addWidget(self.open)
        layout = QVBoxLayout(self)
        tidy(layout, margin=MARGIN)
        layout.addWidget(self.empty, 1)
        layout.addWidget(self._splitter, 1)
        layout.addWidget(self.error)
        layout.addLayout(buttons)
        self._splitter.hide()


def _state_in_words(case: OrderCaseRow) -> str:
    sign = _SIGNS.get(case.state, "…")
    again = f" (try {case.attempt})" if case.attempt > 1 else ""
    return f"{sign} {case.state.value}{again}"
