"""One volume on one plane: what lies between the user's terms and the inner loops."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
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

NO_STEP = 1e-12
"""Steps of fewer voxels are rounding errors: the plane runs along the voxels."""

_BITS = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}


class Sampling:
    """The values of one source on one plane, filled by blocks of rows.

    Blocks may be filled in any order and by several threads at once.
    """

    def __init__(self, source: PlaneSource, plane: Plane, slab: Slab | None) -> None:
        self.rows = plane.shape[0]
        self._plane, self._source = plane, source
        self._mode = slab.mode if slab is not None else SlabMode.MAX
        self._depths_mm = _depths_mm(source, plane, slab)
        voxels, self._inverse = _upright(source.data, source.inverse)
        self._steps = _steps(plane, self._inverse)
        self._sizes: tuple[int, int, int] = voxels.shape[:3]
        i, j, k = (stride // voxels.itemsize for stride in voxels.strides[:3])
        self._strides = i, j, k
        frames = voxels[..., np.newaxis] if voxels.ndim == 3 else voxels
        bits: Any = np.uint8 if voxels.dtype == np.bool_ else voxels.dtype
        if not source.gives_floats:
            bits = _BITS[voxels.itemsize]  # moved, never computed with
        count = frames.shape[3]
        self._channels = [_flat(frames[..., n]).view(bits) for n in range(count)]
        dtype, outside = (
            (np.dtype(np.float32), np.nan)
            if source.gives_floats
            else (source.data.dtype, 0)
        )
        self._outside = outside
        self._filled: NDArray[Any] = np.empty((count, *plane.shape), dtype)

    @property
    def result(self) -> NDArray[Any]:
        """What was filled, (rows, cols) or (rows, cols, c)."""
        if self._source.data.ndim == 4:
            return np.moveaxis(self._filled, 0, -1)
        only: NDArray[Any] = self._filled[0]
        return only

    def fill_rows(self, first: int, end: int) -> None:
        """Fill rows [first, end)."""
        for flat, channel in zip(self._channels, self._filled, strict=True):
            block = channel[first:end]
            block[:] = self._outside
            if len(self._depths_mm) == 1:
                self._sample(flat, first, self._depths_mm[0], block)
                continue
            combine = _combiner(self._mode, block)
            for depth_mm in self._depths_mm:
                layer = np.full_like(block, self._outside)
                self._sample(flat, first, depth_mm, layer)
                combine(layer)

    def _sample(
        self, flat: NDArray[Any], first: int, depth_mm: float, out: NDArray[Any]
    ) -> None:
        """Sample from row ``first`` on, at a distance from the plane."""
        voxels = flat, self._strides, self._sizes
        if self._source.warp is not None:
            places = self._warped(first, depth_mm, len(out), self._source.warp)
            self._sample_places(flat, places, out)
        elif self._source.gives_floats:
            ways = self._ways(first, depth_mm)
            plane_kernels.linear_rows(*voxels, ways, self._source.is_nearest, out)
        else:
            ways = self._ways(first, depth_mm)
            plane_kernels.nearest_rows(*voxels, ways, out.view(flat.dtype))

    def _ways(self, first: int, depth_mm: float) -> NDArray[np.float64]:
        """Return (3, 3) in voxels: pixel (first, 0), steps per column and per row."""
        start, across, down, deeper = self._steps
        return np.stack([start + first * down + depth_mm * deeper, across, down])

    def _warped(
        self, first: int, depth_mm: float, rows: int, warp: DisplacementField
    ) -> NDArray[np.float64]:
        """Return where some rows are looked up, (n, 3) in voxels."""
        plane, cols = self._plane, self._plane.shape[1]
        middle = plane.to_world((cols - 1) / 2, first + (rows - 1) / 2)
        middle = middle + plane.normal * depth_mm
        part = replace(plane, center_mm=middle, shape=(rows, cols))
        field = Sampling(PlaneSource(warp.data, warp.grid.affine), part, None)
        field.fill_rows(0, rows)
        points = part.points_mm() + np.nan_to_num(field.result)
        return apply_affine(self._inverse, points).reshape(-1, 3)

    def _sample_places(
        self, flat: NDArray[Any], places: NDArray[np.float64], out: NDArray[Any]
    ) -> None:
        """Sample at (n, 3) voxel coordinates."""
        voxels = flat, self._strides, self._sizes
        if self._source.gives_floats:
            values = plane_kernels.linear_points(
                *voxels, places, self._source.is_nearest
            )
            out[:] = values.reshape(out.shape)
            return
        edge, highest = plane_kernels.EDGE, np.array(self._sizes) - 1
        inside = ((places >= -edge) & (places <= highest + edge)).all(axis=1)
        nearest = np.floor(places[inside] + 0.5).astype(np.intp).clip(0, highest)
        found = flat[nearest @ np.array(self._strides)]
        out[inside.reshape(out.shape)] = found.view(out.dtype)


def _steps(plane: Plane, inverse: Affine) -> NDArray[np.float64]:
    """Return (4, 3) in voxels: the first pixel, and steps per column, row and mm."""
    axes = np.stack([plane.right, plane.down, plane.normal])
    axes[:2] *= plane.spacing_mm
    steps = axes @ inverse[:3, :3].T
    steps[np.abs(steps) < NO_STEP] = 0
    return np.concatenate([[apply_affine(inverse, plane.first_mm)], steps])


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
