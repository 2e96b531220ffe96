"""A region: true inside, false outside, on a grid."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nora_core.errors import BadInput, GridMismatch
from nora_core.geometry.grid import Grid
from nora_core.geometry.orientation import turn_to
from nora_core.geometry.resample import resample_nearest


class Mask:
    """A region of voxels on a grid in RAS+ mm.

    Parameters
    ----------
    data : (i, j, k) bool array
        True inside.
    grid : Grid
        Where the voxels lie.

    Raises
    ------
    BadInput
        The data is not bool.
    GridMismatch
        The data's shape is not the grid's.

    Examples
    --------
    >>> Mask(np.ones((10, 10, 10), dtype=bool), Grid((10, 10, 10), np.eye(4))).volume_ml
    1.0
    """

    __slots__ = ("data", "grid")

    def __init__(self, data: NDArray[Any], grid: Grid) -> None:
        data = np.asarray(data)
        if data.dtype != np.bool_:
            raise BadInput(
                f"a mask holds true and false, not {data.dtype}; give `data > 0`"
            )
        if data.shape != grid.shape:
            raise GridMismatch(
                f"a mask of shape {data.shape} does not fit a grid of {grid.shape}"
            )
        self.data: NDArray[np.bool_] = data
        """(i, j, k), true inside."""
        self.grid = grid
        """Where the voxels lie."""

    def __repr__(self) -> str:
        return f"Mask({self.data.shape}, {self.voxel_count} voxels inside)"

    @property
    def voxel_count(self) -> int:
        """How many voxels are inside."""
        return int(np.count_nonzero(self.data))

    @property
    def volume_ml(self) -> float:
        """Volume inside, in milliliters."""
        return self.voxel_count * self.grid.voxel_volume_ml

    def onto(self, grid: Grid) -> Mask:
        """Return the region on another grid: the nearest voxel decides."""
        if self.grid.is_close(grid):
            return Mask(self.data, grid)
        return Mask(resample_nearest(self.data, self.grid, grid), grid)

    def turned_to(self, code: str) -> Mask:
        """Return the region stored in another orientation, such as ``RAS``."""
        affine, turn = turn_to(self.grid.affine, self.grid.shape, code)
        data = turn(self.data)
        i, j, k = data.shape
        return Mask(data, Grid((i, j, k), affine))
