"""Which rows hold a key: compressed bitmaps by file name, by tag, by job state."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from nora_core.patterns import FileWord, Glob
from nora_server.search.texts import matching_texts

_JOINED_AT_ONCE = 64
_MANY = 8

Key = TypeVar("Key", bound=Hashable)


class Postings(Generic[Key]):
    """Rows by key."""

    def __init__(self) -> None:
        self._rows: dict[Key, BitMap] = {}

    def add(self, key: Key, rows: BitMap) -> None:
        """Add rows that hold ``key``."""
        known = self._rows.get(key)
        if known is None:
            self._rows[key] = rows
        else:
            known |= rows

    def replace(self, changed: BitMap, rows: Iterable[tuple[Key, BitMap]]) -> None:
        """Forget all that is known of the rows ``changed`` and take in ``rows``."""
        for known in self._rows.values():
            known -= changed
        for key, holders in rows:
            self.add(key, holders)

    def holding_any(self, keys: Iterable[Key], among: BitMap | None = None) -> BitMap:
        """Return the rows, ``among`` the given, that hold at least one of ``keys``.

        Going through thousands of keys ends as soon as all the given are found.
        """
        found = [rows for rows in map(self._rows.get, keys) if rows is not None]
        if among is None:
            return BitMap.union(*found) if found else BitMap()
        found.sort(key=len, reverse=True)
        at_once = _JOINED_AT_ONCE if _are_many(among, found) else 1
        rest = BitMap(among)
        for begin in range(0, len(found), at_once):
            rows = found[begin : begin + at_once]
            hit = rest & (BitMap.union(*rows) if at_once > 1 else rows[0])
            if hit:
                rest -= hit
            if not rest:
                break
        return among - rest


def _are_many(among: BitMap, found: list[BitMap]) -> bool:
    """Tell whether joining keys is quicker than asking for what is left, one by one."""
    return bool(found) and len(among) > _MANY * len(found[0])


class NameList:
    """The relative names of all files, by id.

    Folders and file names are matched apart: there are far fewer of each than of
    their combinations.
    """

    def __init__(self) -> None:
        self._folders = _Texts()
        self._files = _Texts()
        self._ids: list[int] = []
        self._ids_array: NDArray[np.int64] | None = None

    @property
    def last_id(self) -> int:
        """The highest id known; names never change."""
        return max(self._ids, default=0)

    def add(self, names: Mapping[int, tuple[str, str]]) -> None:
        """Take in new names as (folder, file name)."""
        for key, (folder, file) in names.items():
            self._ids.append(key)
            self._ids_array = None
            self._folders.add(folder)
            self._files.add(file)

    def matching(self, word: FileWord) -> list[int]:
        """Return the ids of the names that match."""
        fits = self._files.matching(word.name)
        if word.folder is not None:
            fits &= self._folders.matching(word.folder)
        if self._ids_array is None:
            self._ids_array = np.array(self._ids, dtype=np.int64)
        ids: list[int] = self._ids_array[fits].tolist()
        return ids


class _Texts:
    """A list of texts, many of which are alike."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._list: list[int] = []
        self._array: NDArray[np.int64] | None = None
        self._sorted: list[str] = []

    def add(self, text: str) -> None:
        """Add a text at the end."""
        self._list.append(self._numbers.setdefault(text, len(self._numbers)))
        self._array = None

    def matching(self, glob: Glob) -> NDArray[np.bool_]:
        """Return for each place whether its text matches."""
        if self._array is None:
            self._array = np.array(self._list, dtype=np.int64)
            self._sorted = sorted(self._numbers)
        fits = np.zeros(len(self._numbers), dtype=bool)
        fits[[self._numbers[text] for text in matching_texts(self._sorted, glob)]] = 1
        return fits[self._array]


class TagList:
    """The tags' folded texts by id."""

    def __init__(self) -> None:
        self._tags: dict[int, str] = {}

    @property
    def last_id(self) -> int:
        """The highest id known; tags never change."""
        return max(self._tags, default=0)

    def add(self, tags: Mapping[int, str]) -> None:
        """Take in new tags."""
        self._tags.update(tags)

    def matching(self, value: Glob) -> list[int]:
        """Return the ids of the tags that match."""
        fits = value.regex.match
        return [key for key, text in self._tags.items() if fits(text)]
