"""Finds the texts that match in a list which is in its order."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from nora_core.patterns import Glob


def prefix_range(ordered: Sequence[str], prefix: str) -> tuple[int, int]:
    """Return between which places the texts begin with ``prefix``."""
    if not prefix:
        return 0, len(ordered)
    begin = bisect_left(ordered, prefix)
    end = bisect_right(ordered, prefix, begin, key=lambda text: text[: len(prefix)])
    return begin, end


def matching_texts(ordered: Sequence[str], glob: Glob) -> Sequence[str]:
    """Return those of the texts that match."""
    begin, end = prefix_range(ordered, glob.prefix)
    some = ordered[begin:end]
    if glob.is_prefix:
        return some
    part, match = glob.longest_text, glob.regex.match
    return [text for text in some if part in text and match(text)]
