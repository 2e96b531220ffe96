"""A project's rows in memory: the texts they are sorted by and searched in."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from pyroaring import BitMap

from nora_core.patterns import Glob
from nora_server.search.bars import Column
from nora_server.search.bitmaps import Ids, bitmap_of

_MANY_CHANGES = 500


class RowTexts(NamedTuple):
    """The folded texts of a study, or of a subject with its studies.

    For a subject, ``studies_id`` and ``date`` are the ones it is sorted by and
    ``description`` is empty.
    """

    name: str
    patients_id: str
    studies_id: str
    date: str
    description: str


class SortedColumn:
    """One text per row, sorted by text and then by the row's id."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._ids: list[int] = []
        self._order: Ids | None = None

    @property
    def order(self) -> Ids:
        """The ids in their order."""
        if self._order is None:
            self._order = np.array(self._ids, dtype=np.int64)
        return self._order

    def position(self, text: str, row_id: int) -> int:
        """Return how many rows stand before ``(text, row_id)``."""
        begin = bisect_left(self._texts, text)
        return bisect_left(
            self._ids, row_id, begin, bisect_right(self._texts, text, begin)
        )

    def change(
        self, old: Iterable[tuple[str, int]], new: Iterable[tuple[str, int]]
    ) -> None:
        """Take rows out and put others in."""
        old, new = list(old), list(new)
        if not old and not new:
            return
        if len(old) + len(new) > _MANY_CHANGES:
            gone = set(old)
            kept = (
                p for p in zip(self._texts, self._ids, strict=True) if p not in gone
            )
            pairs = sorted([*kept, *new])
            self._texts = [text for text, _ in pairs]
            self._ids = [row_id for _, row_id in pairs]
        else:
            for text, row_id in old:
                place = self.position(text, row_id)
                del self._texts[place], self._ids[place]
            for text, row_id in new:
                place = self.position(text, row_id)
                self._texts.insert(place, text)
                self._ids.insert(place, row_id)
        self._order = None

    def matching(self, glob: Glob) -> BitMap:
        """Return the rows whose text matches."""
        begin, end = self._range(glob.prefix)
        if glob.is_prefix:
            return bitmap_of(self.order[begin:end])
        texts = self._texts[begin:end]
        part, match = glob.longest_text, glob.regex.match
        return BitMap(
            [
                row_id
                for row_id, text in zip(self._ids[begin:end], texts, strict=True)
                if part in text and match(text)
            ]
        )

    def _range(self, prefix: str) -> tuple[int, int]:
        """Return between which places the texts begin with ``prefix``."""
        begin = bisect_left(self._texts, prefix)
        behind = (
            bisect_right(
                self._texts, prefix, begin, key=lambda text: text[: len(prefix)]
            )
            if prefix
            else len(self._texts)
        )
        return begin, behind


class RowTable:
    """The visible studies, or subjects, of one project."""

    def __init__(self) -> None:
        self.all = BitMap()
        self._texts: dict[int, RowTexts] = {}
        self._columns: dict[Column, SortedColumn] = {
            column: SortedColumn() for column in Column if column is not Column.TAGS
        }

    def column(self, column: Column) -> SortedColumn:
        """Return a column's texts in their order."""
        return self._columns[column]

    def text(self, column: Column, row_id: int) -> str:
        """Return the text of one row."""
        text: str = getattr(self._texts[row_id], column.value)
        return text

    def __contains__(self, row_id: int) -> bool:
        return row_id in self._texts

    def change(self, gone: Iterable[int], rows: dict[int, RowTexts]) -> None:
        """Forget the rows ``gone`` and take in ``rows``, which may be among them."""
        old = {
            row_id: self._texts[row_id]
            for row_id in {*gone, *rows}
            if row_id in self._texts
        }
        same = {row_id for row_id, texts in old.items() if rows.get(row_id) == texts}
        for column, order in self._columns.items():
            place = RowTexts._fields.index(column.value)
            order.change(_pairs(old, place, same), _pairs(rows, place, same))
        for row_id in old:
            del self._texts[row_id]
        self._texts.update(rows)
        self.all -= BitMap(old)
        self.all |= BitMap(rows)


def _pairs(
    rows: dict[int, RowTexts], place: int, left_out: set[int]
) -> Sequence[tuple[str, int]]:
    return [
        (texts[place], row_id)
        for row_id, texts in rows.items()
        if row_id not in left_out
    ]
