"""Which way the voxel axes point, and turning images to another axis order."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nora_core.errors import BadInput
from nora_core.geometry.affine import Affine, zooms_of

AXIS_ENDS: tuple[tuple[str, str], ...] = (("L", "R"), ("P", "A"), ("I", "S"))
"""Letters for the low and the high end of world x, y and z."""

TIE_DECIMALS = 6
"""Cosines that agree so far count as equal."""


def orientation_code(affine: Affine) -> str:
    """Return the three letters towards which i, j and k point most closely.

    Parameters
    ----------
    affine : (4, 4) array
        Voxel to RAS+ mm.

    Examples
    --------
    >>> orientation_code(np.diag([-1.0, 1.0, 1.0, 1.0]))
    'LAS'
    """
    return "".join(AXIS_ENDS[axis][int(is_up)] for axis, is_up in _closest_axes(affine))


def all_orientation_codes() -> tuple[str, ...]:
    """Return the 48 ways in which an image can be stored."""
    return tuple(
        "".join(AXIS_ENDS[axis][end] for axis, end in zip(axes, ends, strict=True))
        for axes in permutations(range(3))
        for ends in product((0, 1), repeat=3)
    )


def _closest_axes(affine: Affine) -> list[tuple[int, bool]]:
    """Return for each voxel axis its world axis and whether it goes up that one.

    Halfway between two world axes either would do. Such ties are broken by how the
    voxel axes lie as lines, so a turned or flipped image gets the same answer.
    """
    cosines = affine[:3, :3] / zooms_of(affine)
    lines = np.round(np.einsum("an,bn->nab", cosines, cosines), TIE_DECIMALS)

    def fit(axes: tuple[int, ...]) -> tuple[float, ...]:
        closeness = sum(abs(cosines[axis, n]) for n, axis in enumerate(axes))
        by_world_axis = [lines[axes.index(axis)].ravel() for axis in range(3)]
        return (round(closeness, TIE_DECIMALS), *np.concatenate(by_world_axis))

    best = max(permutations(range(3)), key=fit)
    return [(axis, bool(cosines[axis, n] > 0)) for n, axis in enumerate(best)]


def _axes_of(code: str) -> list[tuple[int, bool]]:
    if code not in all_orientation_codes():
        raise BadInput(
            f"no orientation {code!r}; give one letter each of L/R, P/A and I/S, "
            "such as 'RAS'"
        )
    return [
        (axis, letter == ends[1])
        for letter in code
        for axis, ends in enumerate(AXIS_ENDS)
        if letter in ends
    ]


def turn_to(
    affine: Affine, shape: tuple[int, int, int], code: str
) -> tuple[Affine, Callable[[NDArray[Any]], NDArray[Any]]]:
    """Plan how to bring an image into another storage order without resampling.

    Parameters
    ----------
    affine : (4, 4) array
        Voxel to RAS+ mm.
    shape : tuple of 3 int
        Voxels along i, j, k.
    code : str
        Wanted orientation, such as ``RAS``.

    Returns
    -------
    affine : (4, 4) array
        Voxel to RAS+ mm of the turned image.
    turn : callable
        Takes an (i, j, k) or (i, j, k, t) array of that shape and returns a turned
        view of it.
    """
    present, wanted = _closest_axes(affine), _axes_of(code)
    order = [[axis for axis, _ in present].index(axis) for axis, _ in wanted]
    flips = [present[n][1] != up for n, (_, up) in zip(order, wanted, strict=True)]
    old_of_new = np.zeros((4, 4))
    old_of_new[3, 3] = 1.0
    for new, (old, is_flipped) in enumerate(zip(order, flips, strict=True)):
        old_of_new[old, new] = -1.0 if is_flipped else 1.0
        old_of_new[old, 3] = shape[old] - 1 if is_flipped else 0

    def turn(data: NDArray[Any]) -> NDArray[Any]:
        steps = tuple(slice(None, None, -1) if flip else slice(None) for flip in flips)
        return data.transpose(*order, *range(3, data.ndim))[steps]

    return affine @ old_of_new, turn
