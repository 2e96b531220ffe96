"""The table of autoloaders: on or off, pattern, viewports, what, in this case."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import QItemSelectionModel, QSize, Qt, Signal
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem

from napari_nora.parts.icons import state_color
from napari_nora.parts.spacing import ROW_HEIGHT
from napari_nora.widgets.autoloaders.state import Row

ON, PATTERN, FEEDBACK, VIEWPORTS, WHAT = range(5)
_TITLES = ("", "Files", "In this case", "Viewports", "Shown as")
_TIPS = (
    "Whether it loads anything",
    "Which file of each case; double-click to edit, rest the mouse on it for words",
    "What was found in the case that is chosen",
    "Numbers from 0, row by row; b0 is the bar below",
    "Choose a row to change it below",
)


class AutoloaderTable(QTreeWidget):
    """One row for each autoloader; pattern and viewports are edited in place."""

    edited = Signal(int, str, object)
    """Row, field of the autoloader, new value."""
    row_chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setHeaderLabels(_TITLES)
        for column, tip in enumerate(_TIPS):
            self.headerItem().setToolTip(column, tip)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setAllColumnsShowFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = self.header()
        header.setStretchLastSection(True)
        for column, width in (
            (ON, 28),
            (PATTERN, 104),
            (FEEDBACK, 84),
            (VIEWPORTS, 66),
        ):
            header.resizeSection(column, width)
        header.setSectionResizeMode(ON, QHeaderView.ResizeMode.Fixed)
        header.setMinimumSectionSize(24)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.itemChanged.connect(self._on_item_changed)
        self.itemDoubleClicked.connect(self._on_double_clicked)
        self.itemSelectionChanged.connect(lambda: self.row_chosen.emit(self.chosen_row))

    @property
    def chosen_row(self) -> int:
        """The row that is chosen; -1 for none."""
        items = self.selectedItems()
        return self.indexOfTopLevelItem(items[0]) if items else -1

    def choose(self, row: int) -> None:
        """Choose a row, or none with -1."""
        item = self.topLevelItem(row)
        if item is None:
            self.clearSelection()
            return
        self.setCurrentItem(
            item,
            PATTERN,
            QItemSelectionModel.SelectionFlag.ClearAndSelect
            | QItemSelectionModel.SelectionFlag.Rows,
        )

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show these rows; the chosen one stays chosen."""
        self.blockSignals(True)
        while self.topLevelItemCount() > len(rows):
            self.takeTopLevelItem(self.topLevelItemCount() - 1)
        for number, row in enumerate(rows):
            item = self.topLevelItem(number)
            if item is None:
                item = QTreeWidgetItem(self)
                item.setSizeHint(ON, QSize(0, ROW_HEIGHT))
                item.setFlags(
                    item.flags()
                    | Qt.ItemFlag.ItemIsEditable
                    | Qt.ItemFlag.ItemIsUserCheckable
                )
            _fill(item, row)
        self.blockSignals(False)

    def edit_pattern(self, row: int) -> None:
        """Let the user write the pattern of a row."""
        item = self.topLevelItem(row)
        if item is not None:
            self.editItem(item, PATTERN)

    def _on_double_clicked(self, item: QTreeWidgetItem, column: int) -> None:
        if column in (PATTERN, VIEWPORTS):
            self.editItem(item, column)

    def _on_item_changed(self, item: QTreeWidgetItem, column: int) -> None:
        row = self.indexOfTopLevelItem(item)
        if column == ON:
            is_on = item.checkState(ON) is Qt.CheckState.Checked
            self.edited.emit(row, "enabled", is_on)
        elif column == PATTERN:
            self.edited.emit(row, "pattern", item.text(PATTERN).strip())
        elif column == VIEWPORTS:
            self.edited.emit(row, "viewports", item.text(VIEWPORTS))


def _fill(item: QTreeWidgetItem, row: Row) -> None:
    state = Qt.CheckState.Checked if row.is_on else Qt.CheckState.Unchecked
    item.setCheckState(ON, state)
    for column, text in (
        (PATTERN, row.pattern),
        (VIEWPORTS, row.viewports),
        (WHAT, row.what),
        (FEEDBACK, f"⚠ {row.feedback}" if row.is_problem else row.feedback),
    ):
        item.setText(column, text)
        item.setToolTip(column, text)
    item.setToolTip(PATTERN, row.tip)
    if row.is_problem:
        item.setForeground(FEEDBACK, state_color("failed"))
    else:
        item.setData(FEEDBACK, Qt.ItemDataRole.ForegroundRole, None)
