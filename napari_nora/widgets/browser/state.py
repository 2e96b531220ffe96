"""What the browser shows: filters, order, pages and open rows; no window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from psygnal import Signal

from napari_nora.widgets.browser.pages import Pages
from napari_nora.widgets.browser.rows import Node, OpenRows, Place
from nora_core.errors import PatternError
from nora_core.wire.archive import (
    CaseCount,
    CaseFilter,
    CaseQuery,
    CaseRow,
    SortKey,
)
from nora_core.wire.case import Level

Check = Callable[[str, str], str]
"""(bar, text) -> the bar in words; raises PatternError."""


@dataclass(frozen=True)
class BarState:
    """How a filter bar stands: its meaning in words, or what is wrong with it."""

    text: str = ""
    words: str = ""
    error: str = ""


class BrowserState:
    """The user's wishes for the table and what the server has answered so far.

    Parameters
    ----------
    check : callable
        Reads a bar's pattern; see ``filters.py``.
    """

    query_changed = Signal()
    bar_changed = Signal(str)
    sort_changed = Signal()

    def __init__(self, check: Check) -> None:
        self._check = check
        self.level = Level.STUDY
        self.sort = SortKey.NAME
        self.descending = False
        self.bars: dict[str, BarState] = {
            name: BarState() for name in CaseFilter.model_fields
        }

    @property
    def query(self) -> CaseQuery:
        """The query that the bars, the order and the level ask for."""
        texts = {name: bar.text for name, bar in self.bars.items() if not bar.error}
        return CaseQuery(
            level=self.level,
            filter=CaseFilter(**texts),
            sort=self.sort,
            descending=self.descending,
        )

    @property
    def is_filtered(self) -> bool:
        """Whether any bar narrows the table."""
        return any(bar.text for bar in self.bars.values())

    @property
    def is_broken(self) -> bool:
        """Whether a bar cannot be read, so that the table shows what it did before."""
        return any(bar.error for bar in self.bars.values())

    def set_bar(self, name: str, text: str) -> None:
        """Take what the user typed into a bar.

        A bar with an error keeps the table as it is.
        """
        text = text.strip()
        if text == self.bars[name].text:
            return
        before, was_broken = self.query, bool(self.bars[name].error)
        try:
            self.bars[name] = BarState(text, words=self._check(name, text))
        except PatternError as error:
            self.bars[name] = BarState(text, error=error.message)
        self.bar_changed.emit(name)
        is_read = not self.bars[name].error
        if is_read and (self.query != before or was_broken):
            self.query_changed.emit()

    def clear_bars(self) -> None:
        """Let every row through."""
        before, was_broken = self.query, self.is_broken
        for name in self.bars:
            self.bars[name] = BarState()
            self.bar_changed.emit(name)
        if self.query != before or was_broken:
            self.query_changed.emit()

    def set_level(self, level: Level) -> None:
        """Show studies or subjects."""
        if level is not self.level:
            self.level = level
            self.query_changed.emit()

    def set_sort(self, sort: SortKey, descending: bool) -> None:
        """Order the rows."""
        if (sort, descending) != (self.sort, self.descending):
            self.sort, self.descending = sort, descending
            self.sort_changed.emit()
            self.query_changed.emit()

    def turn_sort(self, sort: SortKey) -> None:
        """Order the rows by a column; the other way round if they are already."""
        self.set_sort(sort, sort is self.sort and not self.descending)


class TableRows:
    """The rows of the table: fetched cases and what is open below them."""

    def __init__(self, query: CaseQuery | None = None) -> None:
        self.pages = Pages(query or CaseQuery())
        self.open = OpenRows()
        self.is_started = False

    def __len__(self) -> int:
        """Visible rows."""
        return (len(self.pages) + self.open.extra) if self.is_started else 0

    def place(self, row: int) -> Place:
        """Return what stands in a visible row."""
        return self.open.place(row)

    def case_at(self, row: int) -> CaseRow | None:
        """Return the case that a visible row is, or belongs to."""
        return self.pages.row(self.place(row).case)

    def node_at(self, row: int) -> Node | None:
        """Return the node of a visible row; ``None`` for a case."""
        return self.place(row).node


def count_in_words(
    count: CaseCount | None, level: Level, is_broken: bool = False
) -> str:
    """Return such as ``214 of 1,032 studies``."""
    if is_broken:
        return "the rows are those of the search before"
    if count is None:
        return "counting …"
    one, many = (
        ("study", "studies") if level is Level.STUDY else ("subject", "subjects")
    )
    noun = one if count.total == 1 else many
    if count.matching == count.total:
        return f"{count.total:,} {noun}"
    if count.matching == 0:
        return f"0 of {count.total:,} {noun} · try *word"
    more = "" if count.exact else "+"
    return f"{count.matching:,}{more} of {count.total:,} {noun}"
