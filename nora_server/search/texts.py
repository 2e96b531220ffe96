"""Finds the texts that match in a list which is in its order."""

from __future__ import annotations

import sys
from bisect import bisect_left
from collections.abc import Sequence

from nora_core.patterns import Glob

_LAST = chr(sys.maxunicode)


def prefix_range(ordered: Sequence[str], prefix: str) -> tuple[int, int]:
    """Return between which places the texts begin with ``prefix``."""
    if not prefix:
        return 0, len(ordered)
    begin = bisect_left(ordered, prefix)
    behind = _behind(prefix)
    return begin, bisect_left(ordered, behind, begin) if behind else len(ordered)


def _behind(prefix: str) -> str:
    """Return the first text after all that begin with ``prefix``, empty: none."""
    stem = prefix.rstrip(_LAST)
    return stem[:-1] + chr(ord(stem[-1]) + 1) if stem else ""


def matching_texts(ordered: Sequence[str], glob: Glob) -> Sequence[str]:
    """Return those of the texts that match."""
    begin, end = prefix_range(ordered, glob.prefix)
    some = ordered[begin:end]
    if glob.is_prefix:
        return some
    part, match = glob.longest_text, glob.regex.match
    return [text for text in some if part in text and match(text)]
