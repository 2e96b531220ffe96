"""A project's rows in memory: the texts they are sorted by and searched in."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from pyroaring import BitMap

from nora_core.patterns import Glob
from nora_server.search.bars import Column
from nora_server.search.bitmaps import Ids, bitmap_of, bitmap_of_ordered, flags_of
from nora_server.search.texts import prefix_range

_MANY_CHANGES = 500
_STEPS_ONE_BY_ONE = 1000
"""So many rows are looked at one by one before all found are put in order."""
_RARE = 8
"""Where fewer than one in so many rows is found, they are sorted by themselves."""


class Part(NamedTuple):
    """Which places of an order, ``begin <= place < end``, are walked and how."""

    begin: int
    end: int
    backwards: bool = False


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
        self._places: Ids | None = None
        self._runs: tuple[list[str], Ids] | None = None

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def order(self) -> Ids:
        """The ids in their order."""
        if self._order is None:
            self._order = np.array(self._ids, dtype=np.int64)
        return self._order

    @property
    def places(self) -> Ids:
        """The place in the order of each id."""
        if self._places is None:
            order = self.order
            self._places = np.zeros(int(order.max(initial=0)) + 1, dtype=np.int64)
            self._places[order] = np.arange(len(order))
        return self._places

    def walk(self, found: BitMap, part: Part, skipped: int, limit: int) -> list[int]:
        """Return the ids of ``found`` rows, all of this column's, in their order.

        Parameters
        ----------
        found
            The rows to choose from.
        part
            The places to walk, and in which direction.
        skipped
            So many found rows are passed over first.
        limit
            Not more ids than this.
        """
        wanted = skipped + limit
        if wanted * len(self._ids) <= len(found) * _STEPS_ONE_BY_ONE // 2:
            first = self._first_of(found, part)
            if len(first) >= wanted:
                return first[skipped:wanted]
        places = self._places_of(found)
        places = places[slice(*np.searchsorted(places, [part.begin, part.end]))]
        if part.backwards:
            places = places[::-1]
        chosen: list[int] = self.order[places[skipped:wanted]].tolist()
        return chosen

    def _first_of(self, found: BitMap, part: Part) -> list[int]:
        begin, end, backwards = part
        if backwards:
            some = self._ids[max(begin, end - _STEPS_ONE_BY_ONE) : end][::-1]
        else:
            some = self._ids[begin : min(end, begin + _STEPS_ONE_BY_ONE)]
        return [row_id for row_id in some if row_id in found]

    def _places_of(self, found: BitMap) -> Ids:
        """Return at which places of the order the found rows stand, ascending."""
        if len(found) == len(self._ids):
            return np.arange(len(self._ids))
        if len(found) * _RARE < len(self._ids):
            return np.sort(self.places[found.to_array()])
        return np.flatnonzero(flags_of(found, len(self.places))[self.order])

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
        self._order = self._places = self._runs = None

    def matching(self, glob: Glob, among: BitMap) -> BitMap:
        """Return the rows, all of them this column's, whose text matches."""
        if self._runs is None:
            self._runs = _runs_of(self._texts)
        texts, starts = self._runs
        begin, end = prefix_range(texts, glob.prefix)
        first, last = starts[begin], starts[end]
        if glob.is_prefix and len(among) * _RARE < len(self._ids):
            asked = np.asarray(among.to_array())
            places = self.places[asked]
            return bitmap_of_ordered(asked[(first <= places) & (places < last)])
        if glob.is_prefix:
            return bitmap_of(self.order[first:last]) & among
        part, match = glob.longest_text, glob.regex.match
        fits = [
            run
            for run, text in enumerate(texts[begin:end], begin)
            if part in text and match(text)
        ]
        return bitmap_of(self.order[_places_of_runs(starts, fits)]) & among


def _places_of_runs(starts: Ids, runs: list[int]) -> Ids:
    """Return all places of these runs, given where each run begins."""
    chosen = np.array(runs, dtype=np.int64)
    begins = starts[chosen]
    sizes = starts[chosen + 1] - begins
    before = np.cumsum(sizes) - sizes
    places: Ids = np.repeat(begins - before, sizes) + np.arange(sizes.sum())
    return places


def _runs_of(texts: list[str]) -> tuple[list[str], Ids]:
    """Return the different texts, and where each begins and the last one ends."""
    starts = [
        place
        for place, text in enumerate(texts)
        if place == 0 or text != texts[place - 1]
    ]
    different = [texts[place] for place in starts]
    return different, np.array([*starts, len(texts)], dtype=np.int64)


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
