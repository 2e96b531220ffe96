"""Joins bitmaps as a pattern's tree says."""

from __future__ import annotations

from collections.abc import Callable

from pyroaring import BitMap

from nora_core.patterns import Pattern, Word


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
