"""Affine maps from voxel indices to RAS+ millimetres, and their parts.

An affine is a (4, 4) float64 array ``A``. A voxel ``(i, j, k)``, counted from the
center of the first one, lies at ``A @ (i, j, k, 1)``: millimetres to the patient's
right, front (anterior) and top (superior).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nora_core.errors import BadInput

Affine = NDArray[np.float64]

LPS_TO_RAS: tuple[float, float, float, float] = (-1.0, -1.0, 1.0, 1.0)
"""Diagonal of the map from left-posterior-superior to RAS+: its own inverse."""

MIN_AXIS_INDEPENDENCE = 1e-6
"""Smallest volume of the parallelepiped of unit axes; below, they lie in one plane."""


def check_affine(affine: ArrayLike) -> Affine:
    """Return a read-only float64 copy of ``affine`` if it maps voxels to a 3D world.

    Parameters
    ----------
    affine : (4, 4) array-like
        Voxel to RAS+ mm.

    Raises
    ------
    BadInput
        Wrong shape, values that are not finite, a last row other than 0 0 0 1,
        or axes that are zero or lie in one plane.
    """
    checked = np.array(affine, dtype=np.float64)
    if checked.shape != (4, 4):
        raise BadInput(f"affine has the shape {checked.shape}; it needs (4, 4)")
    if not np.isfinite(checked).all():
        raise BadInput("affine holds NaN or infinite numbers")
    if not np.array_equal(checked[3], (0.0, 0.0, 0.0, 1.0)):
        raise BadInput(f"affine's last row is {checked[3].tolist()}; it needs 0 0 0 1")
    if not _spans_a_volume(checked):
        raise BadInput("affine is singular: its three axes do not span a volume")
    checked += 0.0  # no negative zeros: equal affines have equal bytes
    checked.flags.writeable = False
    return checked


def _spans_a_volume(affine: Affine) -> bool:
    with np.errstate(over="ignore"):
        zooms = zooms_of(affine)
    if not (np.isfinite(zooms) & (zooms > 0)).all():
        return False
    volume = abs(np.linalg.det(affine[:3, :3] / zooms))
    return bool(volume >= MIN_AXIS_INDEPENDENCE)


def zooms_of(affine: Affine) -> NDArray[np.float64]:
    """Return the distance between voxel centers along i, j and k.

    Parameters
    ----------
    affine : (4, 4) array
        Voxel to RAS+ mm.

    Returns
    -------
    (3,) array
        Millimetres: the lengths of the affine's first three columns.
    """
    zooms: NDArray[np.float64] = np.sqrt((affine[:3, :3] ** 2).sum(axis=0))
    return zooms


def apply_affine(affine: Affine, points: ArrayLike) -> NDArray[np.float64]:
    """Map points.

    Parameters
    ----------
    affine : (4, 4) array
        From the points' frame to another.
    points : (..., 3) array-like
        Points, one per last axis.

    Returns
    -------
    (..., 3) float64 array
    """
    places = np.asarray(points, dtype=np.float64)
    mapped: NDArray[np.float64] = places @ affine[:3, :3].T + affine[:3, 3]
    return mapped


def lps_to_ras(affine: ArrayLike) -> Affine:
    """Return the voxel to RAS+ mm affine of a voxel to LPS mm one, or the reverse.

    Parameters
    ----------
    affine : (4, 4) array-like
        Voxel to left-posterior-superior mm, the frame of DICOM and ITK.
    """
    signs = np.array(LPS_TO_RAS)[:, np.newaxis]
    turned: Affine = np.asarray(affine, dtype=np.float64) * signs
    return turned


def affine_of(axes: ArrayLike, origin: ArrayLike) -> Affine:
    """Return the affine with given columns.

    Parameters
    ----------
    axes : (3, 3) array-like
        Column ``n``: the step in mm from one voxel to the next along axis ``n``.
    origin : (3,) array-like
        Center of the voxel (0, 0, 0), mm.
    """
    affine = np.eye(4)
    affine[:3, :3] = axes
    affine[:3, 3] = origin
    return affine
