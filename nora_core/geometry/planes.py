"""Sample volumes on planes and slabs of the world, as viewports show them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from nora_core.errors import BadInput, Cancelled
from nora_core.geometry.affine import Affine, check_affine
from nora_core.geometry.plane import Plane
from nora_core.geometry.warp import DisplacementField

__all__ = [
    "DisplacementField",
    "PlaneSource",
    "Slab",
    "SlabMode",
    "sample_plane",
    "sample_planes",
    "warm_up",
]

MAX_CHANNELS = 4
"""Most values per voxel: red, green, blue, alpha."""

BLOCK_ROWS = 64
"""Rows sampled between two questions whether the answer is still wanted."""

USUAL_DTYPES: tuple[DTypeLike, ...] = ("u1", "i2", "u2", "i4", "f4", "f8")
"""What files hold, and what warming up compiles."""

MIN_BLOCKS_PER_THREAD = 4
"""Less work than this is not worth a thread."""


class SlabMode(StrEnum):
    """How the values through a slab become one."""

    MAX = "max"
    MEAN = "mean"
    MIN = "min"


@dataclass(frozen=True)
class Slab:
    """A plane with thickness.

    The samples through it lie at most half a voxel apart along every voxel axis.
    Samples outside the image and NaN do not count.

    Parameters
    ----------
    thickness_mm : float
        In all, half of it on each side of the plane; 0 is the plane itself.
    mode : SlabMode
        What is shown of it.
    """

    thickness_mm: float
    mode: SlabMode = SlabMode.MAX

    def __post_init__(self) -> None:
        if not 0 <= self.thickness_mm < np.inf:
            raise BadInput(f"slab of {self.thickness_mm} mm; it needs 0 up")


@dataclass(frozen=True, eq=False)
class PlaneSource:
    """A volume in the world, ready to be sampled.

    Making one costs nothing for views of native numbers, in whatever memory order;
    half floats and numbers of the other byte order are converted once, here.

    Parameters
    ----------
    data : (i, j, k) or (i, j, k, c <= 4) array of any integer, float or bool type
        One frame. The outer half of a border voxel has the value of its center, so a
        2D image is one voxel thick.
    affine : (4, 4) array
        Voxel to RAS+ mm: oblique, sheared and flipped as it may be.
    is_nearest : bool
        Take the voxel a pixel lies in; else interpolate linearly.
    warp : DisplacementField, optional
        Looks the world up elsewhere.
    as_float : bool
        Nearest values come as float32 with NaN outside, as linear ones do, instead
        of their own type with 0 outside: images without interpolation, not labels.

    Raises
    ------
    BadInput
        Wrong shape or type of number, or a singular affine.
    """

    data: NDArray[Any]
    affine: Affine
    is_nearest: bool = False
    warp: DisplacementField | None = None
    as_float: bool = False
    inverse: Affine = field(init=False)
    """RAS+ mm to voxel, (4, 4)."""

    def __post_init__(self) -> None:
        shape = self.data.shape
        if len(shape) not in {3, 4} or 0 in shape or shape[3:] > (MAX_CHANNELS,):
            raise BadInput(
                f"voxels of shape {shape} cannot be sampled; they need (i, j, k) or "
                f"(i, j, k, 1 to {MAX_CHANNELS}), none of them 0"
            )
        affine = check_affine(self.affine)
        object.__setattr__(self, "affine", affine)
        object.__setattr__(self, "inverse", np.linalg.inv(affine))
        object.__setattr__(self, "data", _native(self.data))

    @property
    def gives_floats(self) -> bool:
        """Whether sampling it gives float32 with NaN outside."""
        return self.as_float or not self.is_nearest


def sample_plane(
    source: PlaneSource,
    plane: Plane,
    slab: Slab | None = None,
    *,
    cancelled: Callable[[], bool] | None = None,
) -> NDArray[Any]:
    """Sample one volume on one plane.

    Parameters
    ----------
    source : PlaneSource
        The volume.
    plane : Plane
        Where.
    slab : Slab, optional
        With thickness.
    cancelled : callable, optional
        Asked between blocks of rows; says whether to give up.

    Returns
    -------
    (rows, cols) or (rows, cols, c) array
        float32 with NaN outside; where :attr:`PlaneSource.gives_floats` is False, the
        type of ``data`` with 0 outside.

    Raises
    ------
    Cancelled
        ``cancelled`` said so.
    """
    return sample_planes([source], [plane], slab, cancelled=cancelled)[0][0]


def sample_planes(
    sources: Sequence[PlaneSource],
    planes: Sequence[Plane],
    slab: Slab | None = None,
    *,
    cancelled: Callable[[], bool] | None = None,
    executor: Executor | None = None,
) -> list[list[NDArray[Any]]]:
    """Sample several volumes on several planes; see :func:`sample_plane`.

    Parameters
    ----------
    sources, planes : sequence
        Every volume is sampled on every plane.
    slab : Slab, optional
        Of every plane.
    cancelled : callable, optional
        Asked between blocks of rows; says whether to give up.
    executor : Executor, optional
        Threads to work in; without it some are started, as many as there are cores.

    Returns
    -------
    list of list of array
        For every plane, what :func:`sample_plane` returns for every source.
    """
    from nora_core.geometry.plane_sampling import Sampling

    samplings = [[Sampling(s, p, slab) for s in sources] for p in planes]
    blocks = [
        (sampling, first)
        for of_plane in samplings
        for sampling in of_plane
        for first in range(0, sampling.rows, BLOCK_ROWS)
    ]

    def work(block: tuple[Sampling, int]) -> None:
        if cancelled is not None and cancelled():
            raise Cancelled("sampling a plane was stopped")
        sampling, first = block
        sampling.fill_rows(first, min(first + BLOCK_ROWS, sampling.rows))

    with _threads(executor, len(blocks)) as pool:
        for _ in map(work, blocks) if pool is None else pool.map(work, blocks):
            pass
    return [[sampling.result for sampling in of_plane] for of_plane in samplings]


def warm_up(dtypes: Sequence[DTypeLike] = USUAL_DTYPES) -> None:
    """Compile what sampling voxels of these types needs, or load it from the cache.

    Compiling takes seconds per type, once per machine and version; loading is quick.
    Other types are compiled when they come. numba keeps its cache beside the module,
    or in the user's cache folder where that cannot be written.
    """
    plane = Plane(np.zeros(3), np.eye(3)[0], np.eye(3)[1], 1.0, (2, 2))
    for dtype in dtypes:
        voxels = np.zeros((2, 2, 2), dtype)
        for is_nearest in (False, True):
            sample_plane(PlaneSource(voxels, np.eye(4), is_nearest), plane)


@contextmanager
def _threads(executor: Executor | None, blocks: int) -> Iterator[Executor | None]:
    """Yield where to work: None is the calling thread."""
    count = min(os.cpu_count() or 1, blocks // MIN_BLOCKS_PER_THREAD)
    if executor is not None or count < 2:
        yield executor
        return
    with ThreadPoolExecutor(count, "planes") as started:
        yield started


def _native(data: NDArray[Any]) -> NDArray[Any]:
    """Return numbers that compiled code can read, the same array where it can."""
    dtype = data.dtype
    if dtype.kind not in "biuf":
        raise BadInput(
            f"voxels of type {dtype} cannot be sampled; make them integer or float"
        )
    if dtype.kind == "f" and dtype.itemsize not in {4, 8}:
        return data.astype(np.float32 if dtype.itemsize == 2 else np.float64)
    if any(stride % dtype.itemsize for stride in data.strides):
        data = data.copy()
    return data.astype(dtype.newbyteorder("="), copy=False)
