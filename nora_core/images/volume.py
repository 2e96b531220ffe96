"""An image on its grid."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nora_core.errors import BadInput, GridMismatch
from nora_core.geometry.grid import Grid
from nora_core.geometry.orientation import turn_to
from nora_core.geometry.resample import resample_linear
from nora_core.images.header import ImageHeader
from nora_core.images.stored import StoredArray


class Volume:
    """A 3D image, or a series of them over time, on a grid in RAS+ mm.

    A volume that comes from a file reads its voxels when :attr:`data` is first asked
    for, and keeps them. :attr:`data` holds real values (scaled, where the file
    scales): float32 or the file's own type, never a silent float64 copy. A fourth
    axis of length 1 is dropped: one frame is a 3D image.

    Parameters
    ----------
    data : (i, j, k) or (i, j, k, t) array, or StoredArray
        Values.
    grid : Grid
        Where the voxels lie; its shape is the data's first three sizes.
    header : ImageHeader
        What its file said besides.

    Raises
    ------
    GridMismatch
        The data's shape is not the grid's.

    Examples
    --------
    >>> grid = Grid((2, 2, 2), np.eye(4))
    >>> image = Volume(np.zeros((2, 2, 2), dtype=np.int16), grid)
    >>> image.with_data(image.data + 1).data.dtype
    dtype('int16')
    """

    __slots__ = ("_data", "_stored", "grid", "header", "shape")

    def __init__(
        self,
        data: NDArray[Any] | StoredArray,
        grid: Grid,
        header: ImageHeader | None = None,
    ) -> None:
        self._stored = data if isinstance(data, StoredArray) else None
        self._data = None if isinstance(data, StoredArray) else np.asarray(data)
        self.shape = _shape_on(tuple(data.shape), grid)
        """Sizes along i, j, k (and t)."""
        self.grid = grid
        self.header = header or ImageHeader()

    def __repr__(self) -> str:
        return f"Volume({self.shape}, {self.dtype}, {self.grid.orientation})"

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of :attr:`data`, known without reading."""
        if self._data is not None:
            return self._data.dtype
        assert self._stored is not None
        return self._stored.dtype

    @property
    def is_loaded(self) -> bool:
        """Whether the voxels are in memory."""
        return self._data is not None

    @property
    def stored(self) -> StoredArray | None:
        """The voxels as their file holds them; ``None`` for an image from memory."""
        return self._stored

    @property
    def frame_count(self) -> int:
        """How many time frames it has; 1 for a 3D image."""
        return self.shape[3] if len(self.shape) == 4 else 1

    @property
    def data(self) -> NDArray[Any]:
        """Values, (i, j, k) or (i, j, k, t).

        Raises
        ------
        ImageFileError
            The file turns out to be broken while it is read.
        """
        if self._data is None:
            assert self._stored is not None
            self._data = self._stored.values()
        return self._data.reshape(self.shape)

    def frame(self, index: int) -> NDArray[Any]:
        """Return one time frame, (i, j, k), reading no other from a plain file."""
        if not 0 <= index < self.frame_count:
            raise BadInput(f"no frame {index}; the image has {self.frame_count}")
        if self._data is None and self._stored is not None:
            return self._stored.values(index).reshape(self.grid.shape)
        return self.data if len(self.shape) == 3 else self.data[..., index]

    def with_data(self, data: NDArray[Any]) -> Volume:
        """Return another image on the same grid that keeps this one's header."""
        return Volume(data, self.grid, self.header)

    def onto(self, grid: Grid, fill: float = 0.0) -> Volume:
        """Return the image resampled linearly onto another grid."""
        if self.grid.is_close(grid):
            return Volume(self.data, grid, self.header_elsewhere())
        data = resample_linear(self.data, self.grid, grid, fill)
        return Volume(data, grid, self.header_elsewhere())

    def turned_to(self, code: str) -> Volume:
        """Return the image stored in another orientation, such as ``RAS``."""
        affine, turn = turn_to(self.grid.affine, self.grid.shape, code)
        data = turn(self.data)
        i, j, k = data.shape[:3]
        return Volume(data, Grid((i, j, k), affine), self.header_elsewhere())

    def header_elsewhere(self) -> ImageHeader:
        """Return what holds on another grid too: the header without its affines."""
        header = self.header
        return ImageHeader(
            time_step_s=header.time_step_s,
            description=header.description,
            components=header.components,
        )


def _shape_on(shape: tuple[int, ...], grid: Grid) -> tuple[int, ...]:
    if len(shape) == 4 and shape[3] == 1:
        shape = shape[:3]
    if len(shape) not in (3, 4) or shape[:3] != grid.shape or 0 in shape:
        raise GridMismatch(
            f"voxels of shape {shape} do not fit a grid of {grid.shape}; "
            "give (i, j, k) or (i, j, k, t)"
        )
    return shape
