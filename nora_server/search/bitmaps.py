"""Joins bitmaps as a pattern's tree says, and turns them into arrays and back."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from nora_core.patterns import Chain, FileWord, Pattern, Word

Ids = NDArray[np.int64]

_SPARSE = 50
"""Where fewer than one in so many ids is set, they are sorted, not flagged."""
_CONTAINER = 2**16
"""So many ids share a container of a bitmap."""
_MAX_LISTED = 4096
_WITHOUT_RUNS = 12346
"""Marks the portable form of a bitmap whose containers hold no runs."""


def bitmap_of(ids: Ids) -> BitMap:
    """Return the bitmap of row ids in any order."""
    size = int(ids.max(initial=0)) + 1
    if size > _SPARSE * len(ids):
        return bitmap_of_ordered(np.sort(ids))
    flags = np.zeros(size, dtype=bool)
    flags[ids] = True
    return bitmap_of_flags(flags)


def bitmap_of_flags(flags: NDArray[np.bool_]) -> BitMap:
    """Return the bitmap of the row ids whose flag is set.

    Written in the portable form of roaring bitmaps, which takes the flags as they
    are (github.com/RoaringBitmap/RoaringFormatSpec): adding the ids is ten times
    slower.
    """
    keys, lasts, bodies = [], [], []
    for key, begin in enumerate(range(0, len(flags), _CONTAINER)):
        some = flags[begin : begin + _CONTAINER]
        if size := int(np.count_nonzero(some)):
            keys.append(key)
            lasts.append(size - 1)
            bodies.append(_body(some, size))
    heads = np.array([keys, lasts], dtype="<u2").T
    begin = 8 + 8 * len(keys)
    places = np.cumsum([begin, *map(len, bodies)], dtype="<u4")[:-1]
    cookie = np.array([_WITHOUT_RUNS, len(keys)], dtype="<u4")
    parts = [cookie.tobytes(), heads.tobytes(), places.tobytes(), *bodies]
    return BitMap.deserialize(b"".join(parts))


def _body(flags: NDArray[np.bool_], size: int) -> bytes:
    """Return a container of the portable form: few ids listed, many as bits."""
    if size <= _MAX_LISTED:
        return np.flatnonzero(flags).astype("<u2").tobytes()
    return np.packbits(flags, bitorder="little").tobytes().ljust(_CONTAINER // 8, b"\0")


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
    universe: BitMap, pattern: Pattern, of_word: Callable[[Word, BitMap], BitMap]
) -> BitMap:
    """Return the rows of ``universe`` for which ``pattern`` holds.

    ``of_word`` is told among which rows a word is asked, and need not know others.
    """
    if pattern.lets_all_through:
        return universe
    chains = [_of_chain(universe, chain, of_word) for chain in pattern.alternatives]
    return chains[0] if len(chains) == 1 else BitMap.union(*chains)


def _of_chain(
    universe: BitMap, chain: Chain, of_word: Callable[[Word, BitMap], BitMap]
) -> BitMap:
    rest = universe
    for group in sorted(chain.groups, key=_asks_for_files):
        found = [_signed(rest, word, of_word) for word in group]
        rest = rest & (found[0] if len(found) == 1 else BitMap.union(*found))
    return rest


def _asks_for_files(group: tuple[Word, ...]) -> bool:
    """Put the words that take longest last, when the fewest rows are left."""
    return any(isinstance(word, FileWord) for word in group)


def _signed(
    among: BitMap, word: Word, of_word: Callable[[Word, BitMap], BitMap]
) -> BitMap:
    found = of_word(word, among)
    return among - found if word.negated else found
