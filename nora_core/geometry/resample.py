"""Bring voxel arrays from one grid onto another."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from nora_core.errors import GridMismatch
from nora_core.geometry.affine import Affine
from nora_core.geometry.grid import Grid


def resample_linear(
    data: NDArray[Any], grid: Grid, onto: Grid, fill: float = 0.0
) -> NDArray[np.floating[Any]]:
    """Interpolate linearly between voxel centers.

    Parameters
    ----------
    data : (i, j, k) or (i, j, k, t) real array
        Values on ``grid``.
    grid, onto : Grid
        Where the values are and where they are wanted.
    fill : float
        Value where ``grid`` has no voxel. The outer half of a border voxel has the
        value of its center.

    Returns
    -------
    array of ``onto.shape`` (and t)
        float64 for float64 values, else float32.
    """
    dtype = np.float64 if data.dtype == np.float64 else np.float32
    return _resample(data, grid, onto, order=1, fill=fill, dtype=dtype)


def resample_nearest(
    data: NDArray[Any], grid: Grid, onto: Grid, fill: float = 0.0
) -> NDArray[Any]:
    """Take the value of the voxel in which each new voxel's center lies.

    Parameters
    ----------
    data : (i, j, k) or (i, j, k, t) array
        Values on ``grid``: labels, masks.
    grid, onto : Grid
        Where the values are and where they are wanted.
    fill : float
        Value where ``grid`` has no voxel.

    Returns
    -------
    array of ``onto.shape`` (and t), of the same dtype
    """
    if data.dtype == np.bool_:
        small = _resample(data.view(np.uint8), grid, onto, 0, float(bool(fill)), "u1")
        return small.view(np.bool_)
    return _resample(data, grid, onto, order=0, fill=fill, dtype=data.dtype)


def _resample(
    data: NDArray[Any],
    grid: Grid,
    onto: Grid,
    order: int,
    fill: float,
    dtype: DTypeLike,
) -> NDArray[Any]:
    from scipy.ndimage import affine_transform

    if data.shape[:3] != grid.shape:
        raise GridMismatch(
            f"voxels of shape {data.shape} do not fit a grid of {grid.shape}"
        )
    old_of_new = grid.inverse @ onto.affine
    frames = data[..., np.newaxis] if data.ndim == 3 else data
    result = np.empty((*onto.shape, frames.shape[3]), dtype=dtype, order="F")
    outside = ~_inside(old_of_new, onto.shape, grid.shape)
    for t in range(frames.shape[3]):
        affine_transform(
            frames[..., t],
            old_of_new[:3, :3],
            offset=old_of_new[:3, 3],
            output=result[..., t],
            output_shape=onto.shape,
            order=order,
            mode="nearest",
            prefilter=False,
        )
        result[outside, t] = fill
    return result[..., 0] if data.ndim == 3 else result


def _inside(
    old_of_new: Affine, new_shape: tuple[int, ...], old_shape: tuple[int, ...]
) -> NDArray[np.bool_]:
    """Return which new voxels have their center in an old voxel, (i, j, k)."""
    i, j, k = (np.arange(size, dtype=np.float64) for size in new_shape)
    inside = np.ones(new_shape, dtype=np.bool_)
    for row, size in zip(old_of_new[:3], old_shape, strict=True):
        index = (
            (row[0] * i)[:, None, None]
            + (row[1] * j)[None, :, None]
            + (row[2] * k + row[3])[None, None, :]
        )
        inside &= (index >= -0.5) & (index <= size - 0.5)
    return inside
