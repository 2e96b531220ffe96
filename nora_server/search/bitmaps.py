"""Joins bitmaps as a pattern's tree says, and turns them into arrays and back."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from nora_core.patterns import Pattern, Word

Ids = NDArray[np.int64]

_SPARSE = 50
"""Where fewer than one in so many ids is set, they are sorted, not flagged."""


def bitmap_of(ids: Ids) -> BitMap:
    """Return the bitmap of row ids in any order."""
    size = int(ids.max(initial=0)) + 1
    if size > _SPARSE * len(ids):
        return bitmap_of_ordered(np.sort(ids))
    flags = np.zeros(size, dtype=bool)
    flags[ids] = True
    return bitmap_of_flags(flags)


def bitmap_of_flags(flags: NDArray[np.bool_]) -> BitMap:
    """Return the bitmap of the row ids whose flag is set."""
    return bitmap_of_ordered(np.flatnonzero(flags))


def bitmap_of_ordered(ids: NDArray[Any]) -> BitMap:
    """Return the bitmap of row ids that are in their order."""
    return BitMap(array("I", ids.astype(np.uint32).tobytes()))  # its quickest way in


def flags_of(rows: BitMap, size: int) -> NDArray[np.bool_]:
    """Return for each id below ``size`` whether it is in the bitmap."""
    flags = np.zeros(size, dtype=bool)
    ids = np.asarray(rows.to_array(), dtype=np.int64)
    flags[ids[: np.searchsorted(ids, size)]] = True
    return flags


def join_bitmaps(
    universe: BitMap, pattern: Pattern, of_word: Callable[[Word], BitMap]
) -> BitMap:
    """Return the rows for which ``pattern`` holds; NOT is within ``universe``."""
    if pattern.lets_all_through:
        return universe
    found = BitMap()
    for chain in pattern.alternatives:
        rest = universe
        for group in chain.groups:
            rest = rest & BitMap.union(*(_signed(universe, w, of_word) for w in group))
        found |= rest
    return found


def _signed(universe: BitMap, word: Word, of_word: Callable[[Word], BitMap]) -> BitMap:
    return universe - of_word(word) if word.negated else of_word(word)
