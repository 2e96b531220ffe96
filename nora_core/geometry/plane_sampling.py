"""One volume on one plane: what lies between the user's terms and the inner loops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from nora_core.geometry import plane_kernels
from nora_core.geometry.affine import Affine, apply_affine
from nora_core.geometry.plane import Plane
from nora_core.geometry.planes import PlaneSource, Slab, SlabMode
from nora_core.geometry.warp import DisplacementField

MAX_SLAB_SAMPLES = 512
"""Most samples through a slab; thicker ones get longer steps."""

_BITS = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}


class Sampling:
    """The values of one source on one plane, filled by blocks of rows.

    Blocks may be filled in any order and by several threads at once.
    """

    def __init__(self, source: PlaneSource, plane: Plane, slab: Slab | None) -> None:
        data = source.data
        self.is_float = source.gives_floats
        self.result: NDArray[Any] = (
            np.full((*plane.shape, *data.shape[3:]), np.nan, np.float32)
            if self.is_float
            else np.zeros((*plane.shape, *data.shape[3:]), data.dtype)
        )
        self.plane = plane
        self.rows, self.cols = plane.shape
        self._snap = source.is_nearest
        self._warp = source.warp
        voxels, self._inverse = _upright(data, source.inverse)
        self._sizes: tuple[int, int, int] = voxels.shape[:3]
        i, j, k = (stride // data.itemsize for stride in voxels.strides[:3])
        self._strides = i, j, k
        bits: Any = np.uint8 if data.dtype == np.bool_ else data.dtype
        if not self.is_float:
            bits = _BITS[data.itemsize]  # moved, never computed with
        frames = voxels.reshape(*voxels.shape[:3], -1) if data.ndim == 3 else voxels
        self._channels = [
            _flat(frames[..., c]).view(bits) for c in range(frames.shape[3])
        ]
        self._bits = bits
        self._depths_mm = _depths_mm(source, plane, slab)
        self._mode = slab.mode if slab is not None else SlabMode.MAX

    def fill_rows(self, first: int, end: int) -> None:
        """Fill rows [first, end) of :attr:`result`."""
        block = self.result[first:end]
        if len(self._depths_mm) == 1:
            self._fill(block, first, self._depths_mm[0])
            return
        combine = _combiner(self._mode, block)
        for depth_mm in self._depths_mm:
            sample = np.full_like(block, np.nan if self.is_float else 0)
            self._fill(sample, first, depth_mm)
            combine(sample)

    def _fill(self, block: NDArray[Any], first: int, depth_mm: float) -> None:
        if self._warp is not None:
            self._fill_warped(block, first, depth_mm, self._warp)
            return
        ways = self._ways(first, depth_mm)
        target = block.view(np.float32 if self.is_float else self._bits).reshape(-1)
        for channel, flat in enumerate(self._channels):
            places = (len(block), self.cols, len(self._channels), channel)
            if self.is_float:
                plane_kernels.linear_rows(
                    flat, self._strides, self._sizes, ways, self._snap, places, target
                )
            else:
                plane_kernels.nearest_rows(
                    flat, self._strides, self._sizes, ways, places, target
                )

    def _ways(self, first: int, depth_mm: float) -> NDArray[np.float64]:
        """Return (3, 3) in voxels: pixel (first, 0), steps per column and per row."""
        plane = self.plane
        start = plane.to_world(0, first) + plane.normal * depth_mm
        steps = np.stack([plane.right, plane.down]) * plane.spacing_mm
        turned = steps @ self._inverse[:3, :3].T
        return np.concatenate([[apply_affine(self._inverse, start)], turned])

    def _fill_warped(
        self,
        block: NDArray[Any],
        first: int,
        depth_mm: float,
        warp: DisplacementField,
    ) -> None:
        col, row = np.meshgrid(np.arange(self.cols), first + np.arange(len(block)))
        points = self.plane.to_world(col, row) + self.plane.normal * depth_mm
        field = PlaneSource(warp.data, warp.grid.affine)
        plane = Plane(
            points.reshape(-1, 3).mean(axis=0),
            self.plane.right,
            self.plane.down,
            self.plane.spacing_mm,
            (len(block), self.cols),
        )
        away = Sampling(field, plane, None)
        away.fill_rows(0, len(block))
        places = apply_affine(self._inverse, points + np.nan_to_num(away.result))
        flat_places = np.ascontiguousarray(places.reshape(-1, 3))
        target = block.reshape(-1, len(self._channels))
        for channel, flat in enumerate(self._channels):
            if self.is_float:
                target[:, channel] = plane_kernels.linear_points(
                    flat, self._strides, self._sizes, flat_places, self._snap
                )
            else:
                target[:, channel] = self._nearest(flat, flat_places)

    def _nearest(self, flat: NDArray[Any], places: NDArray[np.float64]) -> NDArray[Any]:
        """Return the voxels at (n, 3) places, in the type of the result."""
        edge, highest = plane_kernels.EDGE, np.array(self._sizes) - 1
        inside = ((places >= -edge) & (places <= highest + edge)).all(axis=1)
        voxels = np.floor(places[inside] + 0.5).astype(np.intp)
        voxels = np.clip(voxels, 0, highest)
        values = np.zeros(len(places), flat.dtype)
        values[inside] = flat[voxels @ np.array(self._strides)]
        return values.view(self.result.dtype)


def _upright(
    data: NDArray[Any], inverse: Affine
) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Return a view of falling strides of which none is negative, and the way to it.

    The way is (4, 4) from RAS+ mm to the view's indices.
    """
    order = sorted(range(3), key=lambda axis: -abs(data.strides[axis]))
    data = data.transpose(*order, *range(3, data.ndim))
    inverse = inverse[[*order, 3]]
    for axis in range(3):
        if data.strides[axis] < 0:
            data = np.flip(data, axis)
            inverse[axis] *= -1
            inverse[axis, 3] += data.shape[axis] - 1
    return data, inverse


def _flat(voxels: NDArray[Any]) -> NDArray[Any]:
    """Return the memory from the first to the last voxel as one read-only array."""
    reach = sum(
        (size - 1) * stride
        for size, stride in zip(voxels.shape, voxels.strides, strict=True)
    )
    size = reach // voxels.itemsize + 1
    return as_strided(voxels, (size,), (voxels.itemsize,), writeable=False)


def _depths_mm(
    source: PlaneSource, plane: Plane, slab: Slab | None
) -> NDArray[np.float64]:
    """Return where the samples through a slab lie, at most half a voxel apart.

    Interpolated maxima and minima are sampled up to both faces and in the middle, so
    a slab around a slice meets whole slices; everything else in the middle of equal
    parts, so that the mean is the integral.
    """
    labels_mean = (
        slab is not None and not source.gives_floats and slab.mode is SlabMode.MEAN
    )
    if slab is None or slab.thickness_mm == 0 or labels_mean:
        return np.zeros(1)
    voxels_per_mm = np.abs(source.inverse[:3, :3] @ plane.normal).max()
    parts = int(np.ceil(slab.thickness_mm * voxels_per_mm * 2 - 1e-6))
    parts = min(max(parts, 1), MAX_SLAB_SAMPLES)
    if source.is_nearest or slab.mode is SlabMode.MEAN:
        steps = (np.arange(parts) + 0.5) / parts
    else:
        steps = np.linspace(0, 1, 2 * ((parts + 1) // 2) + 1)
    return (steps - 0.5) * slab.thickness_mm


def _combiner(mode: SlabMode, block: NDArray[Any]) -> Callable[[NDArray[Any]], None]:
    """Return what takes in the samples of a slab, one after the other."""
    if mode is SlabMode.MEAN:
        return _Mean(block)
    if block.dtype == np.bool_:
        join: Any = np.logical_or if mode is SlabMode.MAX else np.logical_and
    else:
        join = np.fmax if mode is SlabMode.MAX else np.fmin
    is_first = True

    def combine(sample: NDArray[Any]) -> None:
        nonlocal is_first
        if is_first:
            block[:] = sample
            is_first = False
        else:
            join(block, sample, out=block)

    return combine


class _Mean:
    """The mean of the samples so far that are not NaN."""

    def __init__(self, block: NDArray[np.float32]) -> None:
        self._block = block
        self._sum = np.zeros(block.shape, np.float64)
        self._count = np.zeros(block.shape, np.int32)

    def __call__(self, sample: NDArray[np.float32]) -> None:
        known = ~np.isnan(sample)
        self._count += known
        np.add(self._sum, sample, out=self._sum, where=known)
        np.divide(
            self._sum,
            self._count,
            out=self._block,
            where=self._count > 0,
            casting="same_kind",
        )
