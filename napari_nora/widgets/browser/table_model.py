"""Shows the rows of a table to Qt; fetches nothing itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from qtpy.QtCore import (
    QAbstractTableModel,
    QByteArray,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    QUrl,
)

from napari_nora.opening.dragged import (
    DRAGGED_MIME,
    MAX_ROWS,
    Dragged,
    dragged_files,
    format_dragged,
)
from napari_nora.widgets.browser import columns
from napari_nora.widgets.browser.rows import Node, NodeKind
from napari_nora.widgets.browser.state import TableRows
from nora_core.wire.archive import CaseCount, CasePage, CaseRow

CASE_ROLE = int(Qt.ItemDataRole.UserRole) + 1
NODE_ROLE = CASE_ROLE + 1
OPEN_ROLE = CASE_ROLE + 2
TAGS_ROLE = CASE_ROLE + 3
_DISPLAY = int(Qt.ItemDataRole.DisplayRole)
_TOOLTIP = int(Qt.ItemDataRole.ToolTipRole)
Index = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()
_ROW_FLAGS = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
_FILE_FLAGS = _ROW_FLAGS | Qt.ItemFlag.ItemIsDragEnabled
FILE_SCHEME = "nora-file"


class TableModel(QAbstractTableModel):
    """Cases, and the files of open ones, as flat rows.

    Whoever changes rows does it through the methods here, which tell the views.
    """

    def __init__(self, rows: TableRows | None = None) -> None:
        super().__init__()
        self.rows = rows or TableRows()
        self.session_key = ""
        self.project = ""
        self.is_stale = False
        """The rows are not those of the bars: one of these cannot be read."""
        self._shown = len(self.rows)

    def start(self, rows: TableRows, page: int, answer: CasePage) -> None:
        """Show another query, whose first answer is here."""
        self.beginResetModel()
        rows.pages.store(page, answer)
        rows.is_started = True
        self.rows = rows
        self._shown = len(rows)
        self.endResetModel()

    def clear(self) -> None:
        """Show nothing."""
        self.beginResetModel()
        self.rows = TableRows()
        self._shown = 0
        self.endResetModel()

    def set_stale(self, is_stale: bool) -> None:
        """Let the rows look pale, or as ever."""
        if is_stale != self.is_stale:
            self.is_stale = is_stale
            self.touch()

    def store(self, page: int, answer: CasePage) -> None:
        """Take a page in; one that says nothing new is not drawn again."""
        is_news = answer.rows != self.rows.pages.rows_of(page)
        self.rows.pages.store(page, answer)
        self._follow_length()
        if is_news:
            self.touch()

    def set_count(self, count: CaseCount) -> None:
        """Take the number of rows in."""
        self.rows.pages.count = count
        self._follow_length()

    def touch(self) -> None:
        """Let the views draw again what they show."""
        if self._shown:
            last = self.index(self._shown - 1, self.columnCount() - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def set_below(self, case: int, nodes: list[Node] | None) -> None:
        """Open a case with ``nodes`` below it, or close it."""
        opened = self.rows.open
        first = opened.row_of(case) + 1
        with self._removing(first, len(opened.below(case))):
            opened.set_below(case, None)
        if nodes is not None:
            with self._inserting(first, sum(len(node.visible()) for node in nodes)):
                opened.set_below(case, nodes)
        row = first - 1
        self.dataChanged.emit(self.index(row, 0), self.index(row, 0))

    def set_children(self, case: int, node: Node, children: list[Node] | None) -> None:
        """Open a study below a subject, or close it."""
        opened = self.rows.open
        first = opened.row_of(case) + 2 + opened.below(case).index(node)
        with self._removing(first, len(node.visible()) - 1):
            node.is_open = False
            opened.refresh()
        if children is not None:
            with self._inserting(first, len(children)):
                node.is_open, node.children = True, children
                opened.refresh()

    @contextmanager
    def _removing(self, first: int, count: int) -> Iterator[None]:
        if count:
            self.beginRemoveRows(_NO_PARENT, first, first + count - 1)
        yield
        if count:
            self._shown -= count
            self.endRemoveRows()

    @contextmanager
    def _inserting(self, first: int, count: int) -> Iterator[None]:
        if count:
            self.beginInsertRows(_NO_PARENT, first, first + count - 1)
        yield
        if count:
            self._shown += count
            self.endInsertRows()

    def _follow_length(self) -> None:
        wanted = len(self.rows)
        if wanted > self._shown:
            self.beginInsertRows(_NO_PARENT, self._shown, wanted - 1)
            self._shown = wanted
            self.endInsertRows()
        elif wanted < self._shown:
            self.beginRemoveRows(_NO_PARENT, wanted, self._shown - 1)
            self._shown = wanted
            self.endRemoveRows()

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else self._shown

    def columnCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(columns.COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY
    ) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == _DISPLAY:
            return columns.COLUMNS[section].title
        return None

    def data(self, index: Index, role: int = _DISPLAY) -> Any:
        if role not in _ROLES:
            return None
        place = self.rows.place(index.row())
        if place.node is not None:
            return _node_data(place.node, index.column(), role)
        case = self.rows.pages.row(place.case)
        if role == OPEN_ROLE:
            return self.rows.open.is_open(place.case)
        if case is None:
            is_first = index.column() == columns.NAME
            return "…" if role == _DISPLAY and is_first else None
        return _case_data(case, index.column(), role)

    def flags(self, index: Index) -> Qt.ItemFlag:
        node = self.rows.node_at(index.row())
        return _FILE_FLAGS if node is not None and node.files else _ROW_FLAGS

    def mimeTypes(self) -> list[str]:
        return ["text/uri-list", DRAGGED_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """Return addresses that this package's reader opens, and what they are."""
        urls, rows = [], []
        for row in sorted({index.row() for index in indexes}):
            node = self.rows.node_at(row)
            if node is None or not node.files:
                continue
            file = node.files[0]
            path = f"{FILE_SCHEME}://{self.session_key}/{file.study_id}/{file.id}"
            urls.append(QUrl(path))
            name = columns.file_name(node)
            rows.append(dragged_files(self.project, node.files, name))
        mime = QMimeData()
        mime.setUrls(urls)
        if rows:
            dragged = Dragged(session=self.session_key, files=tuple(rows[:MAX_ROWS]))
            mime.setData(DRAGGED_MIME, QByteArray(format_dragged(dragged)))
        return mime


_ROLES = frozenset({_DISPLAY, _TOOLTIP, CASE_ROLE, NODE_ROLE, OPEN_ROLE, TAGS_ROLE})


def _case_data(case: CaseRow, column: int, role: int) -> Any:
    if role == _DISPLAY:
        return columns.case_text(case, column)
    if role == TAGS_ROLE:
        return columns.case_tags(case)
    if role == _TOOLTIP:
        return columns.case_tooltip(case, column)
    return case if role == CASE_ROLE else None


def _node_data(node: Node, column: int, role: int) -> Any:
    if role == _DISPLAY:
        return columns.node_text(node, column)
    if role == TAGS_ROLE:
        return columns.node_tags(node)
    if role == OPEN_ROLE:
        return node.is_open if node.kind is NodeKind.STUDY else None
    if role == _TOOLTIP:
        is_tags = column == columns.TAGS
        return columns.node_text(node, columns.TAGS if is_tags else columns.NAME)
    return node if role == NODE_ROLE else None
