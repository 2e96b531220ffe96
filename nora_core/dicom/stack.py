"""Put slices into their order along the normal and find the grid on which they lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nora_core.dicom.slices import Slice
from nora_core.errors import ImageFileError
from nora_core.geometry.affine import affine_of, lps_to_ras
from nora_core.geometry.grid import Grid

SAME_PLACE_MM = 0.01
"""Slices closer along the normal than this show the same place."""
UNEVEN_PART = 0.05
"""Slices may be off their even place by this part of their distance."""
MIN_UNEVEN_MM = 0.05
"""Headers round positions, so less than this is never a gap."""


@dataclass(frozen=True)
class Stack:
    """Slices in order and their grid.

    Attributes
    ----------
    grid : Grid
        RAS+ mm; i along the rows (columns of a picture), j down its columns, k along
        the normal.
    frames : tuple of tuple of Slice
        For each time frame its slices in the order of k.
    """

    grid: Grid
    frames: tuple[tuple[Slice, ...], ...]


def stack_slices(slices: list[Slice]) -> Stack:
    """Sort the slices of one stack.

    Several slices at each place are frames, in the order of their numbers.

    Raises
    ------
    ImageFileError
        Gaps, or places with fewer slices than others; the message says where.
    """
    normal = _normal(slices[0])
    places = _by_place(slices, normal)
    counts = [len(place) for place in places]
    if min(counts) != max(counts):
        odd = counts.index(min(counts))
        raise ImageFileError(
            f"{min(counts)} slice(s) lie at {_at(places[odd][0], normal)}, but "
            f"{max(counts)} elsewhere; slices are missing or come twice"
        )
    firsts = [place[0] for place in places]
    step = _step(firsts, normal)
    _check_even(firsts, step, normal)
    frames = tuple(tuple(place[n] for place in places) for n in range(counts[0]))
    return Stack(_grid(firsts, step), frames)


def _normal(one: Slice) -> NDArray[np.float64]:
    return np.cross(one.orientation[:3], one.orientation[3:])


def _height(one: Slice, normal: NDArray[np.float64]) -> float:
    return float(one.position_mm @ normal)


def _at(one: Slice, normal: NDArray[np.float64]) -> str:
    return f"{_height(one, normal):.2f} mm along the normal"


def _by_place(slices: list[Slice], normal: NDArray[np.float64]) -> list[list[Slice]]:
    """Return the slices of each place along the normal, in time order."""
    places: list[list[Slice]] = []
    for one in sorted(slices, key=lambda one: (_height(one, normal), one.order)):
        height = _height(one, normal)
        if places and height - _height(places[-1][0], normal) < SAME_PLACE_MM:
            places[-1].append(one)
        else:
            places.append([one])
    return [sorted(place, key=lambda one: one.order) for place in places]


def _step(firsts: list[Slice], normal: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the way from a slice to the next, LPS mm: oblique for a tilted gantry."""
    if len(firsts) == 1:
        return normal * firsts[0].depth_mm
    way = firsts[-1].position_mm - firsts[0].position_mm
    step: NDArray[np.float64] = way / (len(firsts) - 1)
    return step


def _check_even(
    firsts: list[Slice], step: NDArray[np.float64], normal: NDArray[np.float64]
) -> None:
    positions = np.array([one.position_mm for one in firsts])
    even = positions[0] + np.arange(len(firsts))[:, None] * step
    allowed_mm = max(UNEVEN_PART * float(np.linalg.norm(step)), MIN_UNEVEN_MM)
    if np.linalg.norm(positions - even, axis=1).max() <= allowed_mm:
        return
    gaps = np.diff([_height(one, normal) for one in firsts])
    usual = float(np.median(gaps))
    worst = int(np.argmax(np.abs(gaps - usual)))
    raise ImageFileError(
        f"slices are {usual:.2f} mm apart, but {gaps[worst]:.2f} mm between the two "
        f"after {_at(firsts[worst], normal)} ({firsts[worst].path.name} and "
        f"{firsts[worst + 1].path.name}); slices are missing or shifted"
    )


def _grid(firsts: list[Slice], step: NDArray[np.float64]) -> Grid:
    """Return the grid by PS3.3 C.7.6.2.1-1: Pixel Spacing gives rows, then columns."""
    first = firsts[0]
    rows, columns = first.shape
    between_rows_mm, between_columns_mm = first.spacing_mm
    axes = np.stack(
        [
            first.orientation[:3] * between_columns_mm,
            first.orientation[3:] * between_rows_mm,
            step,
        ],
        axis=1,
    )
    affine = lps_to_ras(affine_of(axes, first.position_mm))
    return Grid((columns, rows, len(firsts)), affine)
