"""The table of cases; tells what is visible, chosen and wanted."""

from __future__ import annotations

from qtpy.QtCore import QItemSelectionModel, QModelIndex, QPoint, Qt, QTimer, Signal
from qtpy.QtGui import QKeyEvent, QMouseEvent, QResizeEvent
from qtpy.QtWidgets import QAbstractItemView, QTableView, QWidget

from napari_nora.parts.spacing import INDENT, ROW_HEIGHT, SMALL_GAP
from napari_nora.widgets.browser import columns
from napari_nora.widgets.browser.delegate import (
    CellDelegate,
    NameDelegate,
    TagsDelegate,
)
from napari_nora.widgets.browser.filter_header import FilterHeader
from napari_nora.widgets.browser.table_model import NODE_ROLE, OPEN_ROLE, TableModel
from nora_core.wire.archive import SortKey
from nora_core.wire.case import Level

_SETTLE_MS = 25


class CaseTable(QTableView):
    """Rows of cases with files below the open ones."""

    visible_changed = Signal(int, int)
    toggle_requested = Signal(int)
    show_requested = Signal(int)
    menu_requested = Signal(QPoint)
    choice_changed = Signal()
    sort_requested = Signal(object, bool)

    def __init__(self, model: TableModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.header = FilterHeader(self)
        self.setHorizontalHeader(self.header)
        self.setModel(model)
        # a header looks at every row to learn whether its column is selected
        self.header.setSelectionModel(QItemSelectionModel(model, self.header))
        self._model = model
        self._set_looks()
        self._cell_delegate = CellDelegate(model)
        self._name_delegate = NameDelegate(model)
        self._tags_delegate = TagsDelegate(model)
        self.setItemDelegate(self._cell_delegate)
        self.setItemDelegateForColumn(columns.NAME, self._name_delegate)
        self.setItemDelegateForColumn(columns.TAGS, self._tags_delegate)
        for number, column in enumerate(columns.COLUMNS):
            self.setColumnWidth(number, column.width)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE_MS)
        self._settle.timeout.connect(self._tell_visible)
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        self.doubleClicked.connect(self._on_double_clicked)
        self.customContextMenuRequested.connect(self.menu_requested)
        self.header.sectionClicked.connect(self._on_title_clicked)
        model.modelReset.connect(self._on_reset)
        model.rowsInserted.connect(self._on_rows_inserted)
        model.rowsRemoved.connect(self._on_rows_changed)
        self.selectionModel().selectionChanged.connect(
            lambda *_: self.choice_changed.emit()
        )

    @property
    def visible_rows(self) -> tuple[int, int]:
        """First and last visible row."""
        first = max(self.rowAt(0), 0)
        last = self.rowAt(self.viewport().height() - 1)
        return first, last if last >= 0 else self._model.rowCount() - 1

    @property
    def chosen_ranges(self) -> list[tuple[int, int]]:
        """First and last row of each chosen block, in order."""
        ranges = [
            (r.top(), r.bottom()) for r in self.selectionModel().selection().toList()
        ]
        return sorted(set(ranges))

    def chosen_rows(self, limit: int = 10_000) -> list[int]:
        """Return the chosen rows, at most ``limit`` of them."""
        rows: list[int] = []
        for first, last in self.chosen_ranges:
            rows.extend(range(first, min(last, first + limit - len(rows) - 1) + 1))
        return sorted(set(rows))

    def show_level(self, level: Level) -> None:
        """Hide the columns that subjects do not have."""
        for column in columns.STUDY_ONLY:
            self.setColumnHidden(column, level is Level.SUBJECT)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and self._is_on_sign(
            index, event.position().x()
        ):
            self.toggle_requested.emit(index.row())
            return
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        is_open = index.data(OPEN_ROLE) if index.isValid() else None
        key = event.key()
        if (key == Qt.Key.Key_Right and is_open is False) or (
            key == Qt.Key.Key_Left and is_open
        ):
            self.toggle_requested.emit(index.row())
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and index.isValid():
            self._on_double_clicked(index)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._settle.start()

    def _set_looks(self) -> None:
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self.verticalHeader().setMinimumSectionSize(ROW_HEIGHT)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)

    def _is_on_sign(self, index: QModelIndex, x: float) -> bool:
        if index.column() != columns.NAME or index.data(OPEN_ROLE) is None:
            return False
        node = index.data(NODE_ROLE)
        left = self.columnViewportPosition(columns.NAME) + SMALL_GAP
        left += INDENT * (node.depth if node is not None else 0)
        return left - SMALL_GAP <= x <= left + INDENT

    def _on_double_clicked(self, index: QModelIndex) -> None:
        if index.data(OPEN_ROLE) is not None:
            self.toggle_requested.emit(index.row())
        elif index.data(NODE_ROLE) is not None:
            self.show_requested.emit(index.row())

    def _on_title_clicked(self, section: int) -> None:
        sort = columns.COLUMNS[section].sort
        if not isinstance(sort, SortKey):
            return
        ascending = Qt.SortOrder.AscendingOrder
        descending = self.header.sortIndicatorSection() == section and (
            self.header.sortIndicatorOrder() != ascending
        )
        self.sort_requested.emit(sort, descending)

    def _on_scrolled(self) -> None:
        if not self._settle.isActive():
            self._settle.start()

    def _on_reset(self) -> None:
        self.clearSpans()
        self._settle.start()

    def _on_rows_changed(self) -> None:
        self._settle.start()

    def _on_rows_inserted(self, _parent: QModelIndex, first: int, last: int) -> None:
        for row in range(first, min(last, first + 2000) + 1):
            node = self._model.rows.node_at(row)
            if node is None:
                break
            if columns.spans_columns(node):
                self.setSpan(row, columns.NAME, 1, columns.DATE)
        self._settle.start()

    def _tell_visible(self) -> None:
        if self._model.rowCount():
            self.visible_changed.emit(*self.visible_rows)
