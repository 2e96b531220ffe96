"""Compiled inner loops of coloring and blending, called by ``compositing``.

Canvases, values and labels come flat. A table says for every color what it adds to
the canvas and how much of the canvas stays: ``out = adds + stays * canvas``, both
(n, 4) with red, green and blue; the last column of ``adds`` is the color's alpha.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

_compiled = njit(nogil=True, cache=True, fastmath={"contract"}, error_model="numpy")

HIDDEN = -1
"""The place in a table of what is not drawn."""


@_compiled
def _mix(canvas: Any, p: int, adds: Any, stays: Any, n: int, takes_least: bool) -> None:
    """Blend row ``n`` of a table into pixel ``p``."""
    for c in range(3):
        before = np.float32(canvas[p, c])
        if takes_least:
            after = min(before, adds[n, c])
        else:
            after = min(adds[n, c] + stays[n, c] * before, np.float32(255))
        canvas[p, c] = np.uint8(after + np.float32(0.5))


@_compiled
def _row(value: Any, low: Any, scale: Any, power: Any, last: Any) -> int:
    """Return which color of a table a value has."""
    share = min(max((value - low) * scale, np.float32(0)), np.float32(1))
    if power != 1:
        share = share**power
    row = int(share * last + np.float32(0.5))
    return min(max(row, 0), int(last))  # NaN comes of limits that are not finite


@_compiled
def _scale(low: float, high: float) -> Any:
    return np.float32(1 / (high - low)) if high != low else np.float32(3e38)


@_compiled
def paint_values(
    canvas: NDArray[np.uint32],
    values: NDArray[np.float32],
    window: tuple[float, float, float, bool],
    colors: NDArray[np.uint32],
) -> None:
    """Give (n,) pixels the opaque colors of their values, four bytes at once."""
    low, high, gamma, hides_low = window
    first, power, last = np.float32(low), np.float32(gamma), np.float32(len(colors) - 1)
    scale = _scale(low, high)
    for p in range(len(values)):
        value = values[p]
        if value == value and not (hides_low and value <= first):
            canvas[p] = colors[_row(value, first, scale, power, last)]


@_compiled
def blend_values(
    canvas: NDArray[np.uint8],
    values: NDArray[np.float32],
    window: tuple[float, float, float, bool],
    adds: NDArray[np.float32],
    stays: NDArray[np.float32],
    takes_least: bool,
) -> None:
    """Color (n,) values by a table and blend them into an (n, 4) canvas."""
    low, high, gamma, hides_low = window
    first, power, last = np.float32(low), np.float32(gamma), np.float32(len(adds) - 1)
    scale = _scale(low, high)
    for p in range(len(values)):
        value = values[p]
        if value == value and not (hides_low and value <= first):
            n = _row(value, first, scale, power, last)
            _mix(canvas, p, adds, stays, n, takes_least)


@_compiled
def blend_places(
    canvas: NDArray[np.uint8],
    places: NDArray[np.int32],
    adds: NDArray[np.float32],
    stays: NDArray[np.float32],
    takes_least: bool,
) -> None:
    """Blend the table's rows ``places`` (n,), unless transparent, into a canvas."""
    for p in range(len(places)):
        if places[p] != HIDDEN and adds[places[p], 3] > 0:
            _mix(canvas, p, adds, stays, places[p], takes_least)


@_compiled
def cyclic_places(
    labels: NDArray[np.int64], cycle: int, background: int
) -> NDArray[np.int32]:
    """Return the place of every label among 1 to ``cycle``, counted round and round."""
    places = np.empty(len(labels), np.int32)
    last, place = np.int64(background), HIDDEN
    for p in range(len(labels)):
        label = labels[p]
        if label != last:
            last = label
            place = HIDDEN if label == background else (label - 1) % cycle + 1
        places[p] = place
    return places


@_compiled
def listed_places(
    labels: NDArray[np.int64], known: NDArray[np.int64], other: int
) -> NDArray[np.int32]:
    """Return the place of every label in the sorted ``known``, else ``other``."""
    places = np.empty(len(labels), np.int32)
    last, place, is_first = np.int64(0), HIDDEN, True
    for p in range(len(labels)):
        label = labels[p]
        if is_first or label != last:
            last, is_first = label, False
            place = np.searchsorted(known, label)
            if place == len(known) or known[place] != label:
                place = other
        places[p] = place
    return places


@_compiled
def keep_outlines(
    labels: NDArray[np.int64], places: NDArray[np.int32], cols: int, width: int
) -> None:
    """Hide the pixels farther than ``width`` steps from any other label."""
    rows = len(labels) // cols
    far = np.int32(width + 1)
    steps = np.full(len(labels), far, np.int32)  # to the nearest other label
    for r in range(rows):
        for c in range(cols):
            p = r * cols + c
            if r > 0:
                one = labels[p - cols] != labels[p]
                steps[p] = min(steps[p], 1 if one else steps[p - cols] + 1)
            if c > 0:
                one = labels[p - 1] != labels[p]
                steps[p] = min(steps[p], 1 if one else steps[p - 1] + 1)
    for r in range(rows - 1, -1, -1):
        for c in range(cols - 1, -1, -1):
            p = r * cols + c
            if r < rows - 1:
                one = labels[p + cols] != labels[p]
                steps[p] = min(steps[p], 1 if one else steps[p + cols] + 1)
            if c < cols - 1:
                one = labels[p + 1] != labels[p]
                steps[p] = min(steps[p], 1 if one else steps[p + 1] + 1)
            if steps[p] > width:
                places[p] = HIDDEN


@_compiled
def blend_rgb(
    canvas: NDArray[np.uint8],
    colors: NDArray[np.float32],
    white: float,
    opacity: float,
    blending: int,
) -> None:
    """Blend (n, 3 or 4) colors into an (n, 4) canvas; NaN is transparent."""
    scale, to_share = np.float32(255 / white), np.float32(1 / white)
    has_alpha = colors.shape[1] == 4
    for p in range(len(colors)):
        if colors[p, 0] != colors[p, 0]:
            continue
        alpha = np.float32(opacity)
        if has_alpha:
            alpha *= min(max(colors[p, 3] * to_share, np.float32(0)), np.float32(1))
        for c in range(3):
            color = min(max(colors[p, c] * scale, np.float32(0)), np.float32(255))
            before = np.float32(canvas[p, c])
            if blending == 0:
                after = color
            elif blending == 1:
                after = color * alpha + before * (1 - alpha)
            elif blending == 2:
                after = min(color * alpha + before, np.float32(255))
            elif blending == 3:
                after = min(color, before)
            else:
                after = color * before / np.float32(255)
            canvas[p, c] = np.uint8(after + np.float32(0.5))
