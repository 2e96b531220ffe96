"""Voxels that stay in their file until somebody looks at them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_CHUNK_VOXELS = 1 << 18


@dataclass(frozen=True)
class StoredArray:
    """Voxels as a file holds them, read on demand and scaled after reading.

    A value is ``slope * stored + intercept``. Without scaling, values have the
    file's own type; with scaling they are float32, or float64 / complex where the
    file holds that already.

    Attributes
    ----------
    shape : tuple of int
        (i, j, k) or (i, j, k, t).
    stored_dtype : numpy.dtype
        Type in the file, in this machine's byte order.
    read : callable
        Takes a frame's number, or ``None`` for everything, and returns stored
        values: (i, j, k) or the whole shape.
    slope, intercept : float
        The scaling.
    fill : callable, optional
        As ``read``, but into a flat array of the stored type. Scaled values then need
        no second array while they are read.
    """

    shape: tuple[int, ...]
    stored_dtype: np.dtype[Any]
    read: Callable[[int | None], NDArray[Any]]
    slope: float = 1.0
    intercept: float = 0.0
    fill: Callable[[int | None, NDArray[Any]], None] | None = None

    @property
    def is_scaled(self) -> bool:
        """Whether stored values differ from real ones."""
        return (self.slope, self.intercept) != (1.0, 0.0)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the values after scaling."""
        if not self.is_scaled or self.stored_dtype.kind == "c":
            return self.stored_dtype
        is_double = self.stored_dtype == np.float64
        return np.dtype(np.float64 if is_double else np.float32)

    def values(self, frame: int | None = None) -> NDArray[Any]:
        """Read and scale one frame, or everything."""
        if not self.is_scaled:
            return self.read(frame)
        is_narrower = self.stored_dtype.itemsize <= self.dtype.itemsize
        if self.fill is not None and is_narrower:
            return self._scaled_in_place(frame, self.fill)
        values = self.read(frame).astype(self.dtype)
        values *= self.slope
        values += self.intercept
        return values

    def _scaled_in_place(
        self, frame: int | None, fill: Callable[[int | None, NDArray[Any]], None]
    ) -> NDArray[Any]:
        """Read into the end of the values' own memory and widen from its start.

        Values never overtake the stored numbers that are still to be scaled.
        """
        shape = self.shape if frame is None else self.shape[:3]
        values = np.empty(math.prod(shape), self.dtype)
        stored = values.view(self.stored_dtype)[-values.size :]
        fill(frame, stored)
        for start in range(0, values.size, _CHUNK_VOXELS):
            chunk = stored[start : start + _CHUNK_VOXELS].astype(self.dtype)
            chunk *= self.slope
            chunk += self.intercept
            values[start : start + _CHUNK_VOXELS] = chunk
        return values.reshape(shape, order="F")


def with_axis_last(stored: StoredArray, axis: int) -> StoredArray:
    """Return the same four-dimensional voxels with another axis as the last one.

    Nothing is copied; the axes of space keep their order.
    """
    spatial = tuple(size for n, size in enumerate(stored.shape) if n != axis)

    def read(frame: int | None) -> NDArray[Any]:
        everything = np.moveaxis(stored.read(None), axis, 3)
        return everything if frame is None else everything[..., frame]

    return StoredArray((*spatial, stored.shape[axis]), stored.stored_dtype, read)
