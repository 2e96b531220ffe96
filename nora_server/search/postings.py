"""Which rows hold a key: compressed bitmaps by file name, by tag, by job state."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Generic, TypeVar

from pyroaring import BitMap

from nora_core.patterns import FileWord, Glob

_MAX_REMEMBERED = 256

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

    def holding_any(self, keys: Iterable[Key]) -> BitMap:
        """Return the rows that hold at least one of ``keys``."""
        found = [self._rows[key] for key in keys if key in self._rows]
        return BitMap.union(*found) if found else BitMap()


class NameList:
    """The relative names of all files, by id, as (folder, file name)."""

    def __init__(self) -> None:
        self._names: dict[int, tuple[str, str]] = {}
        self._found: dict[tuple[Glob | None, Glob], list[int]] = {}

    @property
    def last_id(self) -> int:
        """The highest id known; names never change."""
        return max(self._names, default=0)

    def add(self, names: Mapping[int, tuple[str, str]]) -> None:
        """Take in new names."""
        if names:
            self._names.update(names)
            self._found.clear()

    def matching(self, word: FileWord) -> list[int]:
        """Return the ids of the names that match."""
        key = (word.folder, word.name)
        if key not in self._found:
            if len(self._found) >= _MAX_REMEMBERED:
                self._found.clear()
            self._found[key] = self._match(word.folder, word.name)
        return self._found[key]

    def _match(self, folder: Glob | None, name: Glob) -> list[int]:
        fits = name.regex.match
        found = [key for key, (_, text) in self._names.items() if fits(text)]
        if folder is None:
            return found
        fits = folder.regex.match
        return [key for key in found if fits(self._names[key][0])]


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
