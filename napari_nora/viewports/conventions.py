"""From where planes are looked at: which way is right and which way is down.

World axes are RAS+: x runs to the patient's right in the sense of nibabel (R is
the positive end), y to A, z to S.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_nora.viewports.state import Convention, Orientation
from nora_core.geometry.affine import Affine

Axes = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Unit vectors to the right and down, (3,) each, in RAS+ mm."""

_ENDS = {
    "R": (1.0, 0.0, 0.0),
    "L": (-1.0, 0.0, 0.0),
    "A": (0.0, 1.0, 0.0),
    "P": (0.0, -1.0, 0.0),
    "S": (0.0, 0.0, 1.0),
    "I": (0.0, 0.0, -1.0),
}
_RIGHT_AND_DOWN = {
    Convention.RADIOLOGICAL: ("LP", "LI", "PI"),
    Convention.NEUROLOGICAL: ("RP", "RI", "AI"),
    Convention.UPSIDE_DOWN: ("RA", "RS", "AS"),
}
_STORED_AXES = ((0, 1), (0, 2), (1, 2))
"""As stored: the voxel axes that run to the right and down."""
_OBLIQUE_DEG = 5.0
"""A letter gets a second one when its axis is off by more."""


def axes_of(
    convention: Convention, orientation: Orientation, stored: Affine | None = None
) -> Axes:
    """Return the directions to the right and down.

    ``stored`` is the (4, 4) affine, voxel to RAS+ mm, of the background; without one
    :attr:`Convention.MEMORY` is radiological.
    """
    number = list(Orientation).index(orientation)
    if convention is Convention.MEMORY and stored is not None:
        first, second = _STORED_AXES[number]
        return _orthonormal(stored[:3, first], stored[:3, second])
    known = _RIGHT_AND_DOWN.get(convention, _RIGHT_AND_DOWN[Convention.RADIOLOGICAL])
    letters = known[number]
    return np.array(_ENDS[letters[0]]), np.array(_ENDS[letters[1]])


def _orthonormal(right: NDArray[np.float64], down: NDArray[np.float64]) -> Axes:
    right = right / np.linalg.norm(right)
    down = down - right * (right @ down)
    return right, down / np.linalg.norm(down)


def letters_of(direction: NDArray[np.float64]) -> str:
    """Return where a direction leads: one letter, more where it is oblique.

    The first letter is the one of the nearest axis.

    Examples
    --------
    >>> letters_of(np.array([-1.0, 0.0, 0.0]))
    'L'
    >>> letters_of(np.array([0.6, 0.8, 0.0]))
    'AR'
    """
    size = np.abs(direction) / np.linalg.norm(direction)
    least = np.sin(np.radians(_OBLIQUE_DEG))
    order = [axis for axis in np.argsort(-size, kind="stable") if size[axis] > least]
    ends = (("L", "R"), ("P", "A"), ("I", "S"))
    return "".join(ends[axis][int(direction[axis] > 0)] for axis in order)
