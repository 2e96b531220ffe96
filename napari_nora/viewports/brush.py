"""A round brush on the voxels of a mask, placed in the world."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nora.viewports.background import Background
from napari_nora.viewports.sources import background_of
from nora_core.geometry.plane import Plane

DEFAULT_RADIUS_MM = 3.0
MIN_RADIUS_MM, MAX_RADIUS_MM = 0.2, 100.0


def disc(
    mask: Background, plane: Plane, start_mm: Any, end_mm: Any, radius_mm: float
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Return the voxels that a round brush covers between two points of a plane.

    A voxel is covered when the plane goes through it and its center, put onto the
    plane, is at most ``radius_mm`` from the way between the points, (3,) RAS+ mm.
    The voxels under both points always are.

    Returns
    -------
    tuple of 3 arrays
        Indices i, j, k of voxels inside the mask.
    """
    start, end = np.asarray(start_mm, float), np.asarray(end_mm, float)
    box = _box(mask, start, end, radius_mm, plane.normal)
    if box is None:
        empty = np.empty(0, dtype=np.intp)
        return empty, empty, empty
    ranges = [np.arange(low, high + 1) for low, high in box]
    i, j, k = np.meshgrid(*ranges, indexing="ij")
    voxels = np.stack([i, j, k], axis=-1)
    centers = voxels @ mask.affine[:3, :3].T + mask.affine[:3, 3]
    depth = (centers - start) @ plane.normal
    reach_mm = _reach_mm(mask, plane.normal)
    flat = centers - depth[..., np.newaxis] * plane.normal
    is_near = _distance(flat, start, end) <= radius_mm
    covered = is_near & (np.abs(depth) <= reach_mm * (1 - 1e-9))
    for point in (start, end):
        voxel = mask.nearest_voxel(point)
        if voxel is not None:
            covered |= (voxels == voxel).all(axis=-1)
    return i[covered], j[covered], k[covered]


def paint(
    layer: Any,
    plane: Plane,
    way_mm: tuple[Any, Any],
    radius_mm: float,
    value: int,
    time: int = 0,
) -> int:
    """Set the voxels of a Labels layer under the brush; return how many changed.

    ``way_mm`` holds two points of the plane, (3,) RAS+ mm; ``time`` is the index
    along the first axis of a layer with time. Changes are put into the layer's own
    history, so that its undo takes them back.
    """
    i, j, k = disc(background_of(layer), plane, *way_mm, radius_mm)
    if not len(i):
        return 0
    lead = (np.full_like(i, time),) * (layer.ndim - 3)
    indices = (*lead, i, j, k)[-layer.ndim :]
    is_other = layer.data[indices] != value
    if not is_other.any():
        return 0
    layer.data_setitem(tuple(axis[is_other] for axis in indices), value)
    return int(is_other.sum())


def _reach_mm(mask: Background, normal: NDArray[np.float64]) -> float:
    """Return how far the center of a voxel may be from a plane that cuts it."""
    return float(np.abs(normal @ mask.affine[:3, :3]).sum() / 2)


def _box(
    mask: Background,
    start: NDArray[np.float64],
    end: NDArray[np.float64],
    radius_mm: float,
    normal: NDArray[np.float64],
) -> list[tuple[int, int]] | None:
    """Return first and last voxel along each axis that may be covered."""
    step = mask.inverse[:3, :3]
    ends = np.stack([step @ point + mask.inverse[:3, 3] for point in (start, end)])
    depth = np.abs(step @ normal) * _reach_mm(mask, normal)
    reach = np.linalg.norm(step, axis=1) * radius_mm + depth + 1
    low = np.maximum(np.floor(ends.min(axis=0) - reach), 0).astype(int)
    size = np.array(mask.shape)
    high = np.minimum(np.ceil(ends.max(axis=0) + reach), size - 1).astype(int)
    if (low > high).any():
        return None
    return [(int(a), int(b)) for a, b in zip(low, high, strict=True)]


def _distance(
    points: NDArray[np.float64], start: NDArray[np.float64], end: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the distance of points (..., 3) from the way between two points."""
    way = end - start
    length = float(way @ way)
    share = np.zeros(points.shape[:-1])
    if length > 0:
        share = np.clip((points - start) @ way / length, 0, 1)
    nearest = start + share[..., np.newaxis] * way
    return np.asarray(np.linalg.norm(points - nearest, axis=-1))
