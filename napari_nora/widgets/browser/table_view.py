"""The table of cases; tells what is visible, chosen and wanted."""

from __future__ import annotations

from qtpy.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    Qt,
    QTimer,
    Signal,
)
from qtpy.QtGui import QKeyEvent, QKeySequence, QMouseEvent, QResizeEvent
from qtpy.QtWidgets import QAbstractItemView, QTableView, QWidget

from napari_nora.parts.spacing import INDENT, ROW_HEIGHT, SMALL_GAP
from napari_nora.widgets.browser import columns
from napari_nora.widgets.browser.delegate import (
    CellDelegate,
    NameDelegate,
    TagsDelegate,
)
from napari_nora.widgets.browser.filter_header import FilterHeader
from napari_nora.widgets.browser.marks import width_of_marks
from napari_nora.widgets.browser.memory import default_columns
from napari_nora.widgets.browser.table_model import (
    CASE_ROLE,
    NODE_ROLE,
    OPEN_ROLE,
    TableModel,
)

_SETTLE_MS = 25
MAX_SPANNED = 2000
"""So many rows at most are looked at for names that run over other columns."""


class CaseTable(QTableView):
    """Rows of cases with files below the open ones."""

    visible_changed = Signal(int, int)
    toggle_requested = Signal(int)
    show_requested = Signal(int)
    menu_requested = Signal(QPoint)
    choice_changed = Signal()
    jobs_requested = Signal(int)
    """The marks of a row were clicked."""
    digit_pressed = Signal(str)
    undo_requested = Signal()

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
        self.header.show_columns(default_columns())
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE_MS)
        self._settle.timeout.connect(self._tell_visible)
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        self.doubleClicked.connect(self._on_double_clicked)
        self.customContextMenuRequested.connect(self.menu_requested)
        self.header.sectionMoved.connect(self._on_columns_moved)
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

    def choose_row(self, row: int) -> None:
        """Choose one row and bring it into view."""
        self.selectRow(row)
        self.scrollTo(self._model.index(row, columns.NAME))

    def choose_rows(self, rows: list[int]) -> None:
        """Choose these rows, or none, where the view is."""
        chosen = QItemSelection()
        last = self._model.columnCount() - 1
        for row in rows:
            chosen.select(self._model.index(row, 0), self._model.index(row, last))
        flags = QItemSelectionModel.SelectionFlag
        model = self.selectionModel()
        if rows:
            place = self._model.index(rows[0], columns.NAME)
            model.setCurrentIndex(place, flags.NoUpdate)
        model.select(chosen, flags.ClearAndSelect)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index, x = self.indexAt(event.position().toPoint()), event.position().x()
        is_left = event.button() == Qt.MouseButton.LeftButton
        if is_left and self._is_on_sign(index, x):
            self.toggle_requested.emit(index.row())
            return
        super().mousePressEvent(event)
        if is_left and self._is_on_marks(index, x):
            self.jobs_requested.emit(index.row())

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
        elif event.matches(QKeySequence.StandardKey.Undo):
            self.undo_requested.emit()
        elif (digit := _digit_of(event)) is not None:
            self.digit_pressed.emit(digit)
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

    def _is_on_marks(self, index: QModelIndex, x: float) -> bool:
        case = index.data(CASE_ROLE)
        if index.column() != columns.NAME or case is None:
            return False
        right = self.visualRect(index).right() - SMALL_GAP
        return right - width_of_marks(case.jobs) <= x <= right

    def _on_columns_moved(self) -> None:
        self.clearSpans()
        self._span_names(0, min(self._model.rowCount(), MAX_SPANNED) - 1)

    def _on_scrolled(self) -> None:
        if not self._settle.isActive():
            self._settle.start()

    def _on_reset(self) -> None:
        self.clearSpans()
        self._settle.start()

    def _on_rows_changed(self) -> None:
        self._settle.start()

    def _on_rows_inserted(self, _parent: QModelIndex, first: int, last: int) -> None:
        for row in range(first, min(last, first + MAX_SPANNED) + 1):
            if self._model.rows.node_at(row) is None:
                break
            self._span_name(row)
        self._settle.start()

    def _span_names(self, first: int, last: int) -> None:
        for row in range(first, last + 1):
            self._span_name(row)

    def _span_name(self, row: int) -> None:
        """Let the name of a file run over the ID columns, where these follow it."""
        node = self._model.rows.node_at(row)
        order = [self.header.logicalIndex(place) for place in range(columns.DATE)]
        if columns.spans_columns(node) and order == list(range(columns.DATE)):
            self.setSpan(row, columns.NAME, 1, columns.DATE)

    def _tell_visible(self) -> None:
        if self._model.rowCount():
            self.visible_changed.emit(*self.visible_rows)


def _digit_of(event: QKeyEvent) -> str | None:
    """Return the digit that was pressed alone; a number pad's counts too."""
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    text = event.text()
    is_digit = len(text) == 1 and text in "0123456789"
    return text if is_digit and not modifiers else None
