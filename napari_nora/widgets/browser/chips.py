"""Which tags find room in a cell."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from napari_nora.parts.spacing import GAP, SMALL_GAP

MIN_CHIP = 34
"""A first tag that is cut keeps at least so many pixels."""


def fitting(
    tags: Sequence[str], room: int, width_of: Callable[[str], int]
) -> tuple[list[tuple[str, int]], str]:
    """Return the tags to draw with their widths, and what counts the others.

    The first tag is always drawn, shortened where it must be; the others wholly or
    not at all.

    Parameters
    ----------
    tags : sequence of str
        At least one.
    room : int
        Pixels.
    width_of : callable
        Gives a text's width in pixels.
    """
    widths = [width_of(tag) + 2 * GAP for tag in tags]
    for count in range(len(tags), 0, -1):
        rest = f"+{len(tags) - count}" if count < len(tags) else ""
        rest_width = width_of(rest) + SMALL_GAP if rest else 0
        taken = sum(widths[:count]) + SMALL_GAP * (count - 1) + rest_width
        if taken <= room:
            return list(zip(tags[:count], widths[:count], strict=True)), rest
    rest = f"+{len(tags) - 1}" if len(tags) > 1 else ""
    left = room - (width_of(rest) + SMALL_GAP if rest else 0)
    if left < MIN_CHIP and rest:  # a chip without a letter says less than the number
        words = f"{len(tags)} tags"
        return [], words if width_of(words) <= room else f"{len(tags)}"
    return [(tags[0], min(widths[0], max(left, 0)))], rest
