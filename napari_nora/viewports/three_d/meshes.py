"""Isosurfaces of volumes and the surfaces of regions, in RAS+ mm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nora_core.errors import BadInput
from nora_core.geometry.affine import Affine, apply_affine

MAX_VOXELS = 8_000_000
"""Larger volumes are averaged over blocks first."""
MAX_REGIONS = 256
OTSU_BINS = 256
THIN = np.float32(0.6)
"""What a voxel of a region has at least after smoothing; the surface is at 0.5."""
Check = Callable[[float], None]
"""Is told the done part, 0 to 1; raises to stop."""


@dataclass(frozen=True, eq=False)
class Mesh:
    """Triangles; counterclockwise from outside.

    Parameters
    ----------
    vertices_mm : (v, 3) float32 array
        RAS+ mm.
    triangles : (t, 3) int32 array
    labels : (v,) int array or None
        Whose region each vertex belongs to.
    threshold : float or None
        The value on the surface.
    """

    vertices_mm: NDArray[np.float32]
    triangles: NDArray[np.int32]
    labels: NDArray[np.int32] | None = None
    threshold: float | None = None

    @property
    def volume_ml(self) -> float:
        """The volume inside, where the surface is closed."""
        corners = self.vertices_mm[self.triangles].astype(np.float64)
        corners -= corners.mean(axis=(0, 1)) if len(corners) else 0.0
        faces = np.cross(corners[:, 1], corners[:, 2])
        return float(np.einsum("ij,ij->", corners[:, 0], faces) / 6000)


def _no_check(_: float) -> None:
    """Go on."""


def otsu_threshold(voxels: NDArray[Any]) -> float:
    """Return the value that parts an image best in dark and bright (Otsu 1979).

    It lies in the middle between the values that it parts. The highest and lowest
    thousandth of values is not asked; where an image has one value only, it is that.
    """
    steps = [max(1, size // 128) for size in voxels.shape]
    values = voxels[tuple(slice(None, None, step) for step in steps)].ravel()
    values = values[np.isfinite(values)].astype(np.float64)
    if not len(values):
        return 0.0
    low, high = np.quantile(values, (0.001, 0.999))
    if low == high:
        low, high = values.min(), values.max()
    if low == high:
        return float(low)
    from skimage.filters import threshold_otsu

    values = np.clip(values, low, high)
    found = threshold_otsu(values, nbins=OTSU_BINS)
    is_dark = values <= found + (high - low) / OTSU_BINS / 2  # the center of a bin
    if is_dark.all():
        return float(found)
    return float((values[is_dark].max() + values[~is_dark].min()) / 2)


def isosurface(
    voxels: NDArray[Any],
    affine: Affine,
    threshold: float | None = None,
    *,
    smooth_voxels: float = 0.0,
    max_voxels: int = MAX_VOXELS,
    check: Check = _no_check,
) -> Mesh:
    """Return the surface around all that is brighter than a threshold.

    It is closed at the borders of the image.

    Parameters
    ----------
    voxels : (i, j, k) array
        NaN counts as dark.
    affine : (4, 4) array
        Voxel to RAS+ mm.
    threshold : float, optional
        Otsu's without it.
    smooth_voxels : float
        Standard deviation of a Gaussian filter that is applied first.
    max_voxels : int
        Of larger images, blocks are averaged first.
    check : callable
        Is told the done part and may raise.
    """
    check(0.0)
    level = otsu_threshold(voxels) if threshold is None else float(threshold)
    values, coarse = averaged(voxels, affine, max_voxels)
    check(0.2)
    dark = min(level, float(np.nanmin(values))) - 1.0
    values = np.nan_to_num(values, nan=dark, copy=False)
    if smooth_voxels > 0:
        from scipy.ndimage import gaussian_filter

        values = gaussian_filter(values, smooth_voxels)
    check(0.4)
    vertices, triangles = _march(np.pad(values, 1, constant_values=dark), level)
    check(0.9)
    mesh = _in_world(vertices - 1, triangles, coarse)
    return Mesh(mesh.vertices_mm, mesh.triangles, threshold=level)


def regions_mesh(
    labels: NDArray[Any],
    affine: Affine,
    *,
    smooth_voxels: float = 0.0,
    max_voxels: int = MAX_VOXELS,
    check: Check = _no_check,
) -> Mesh:
    """Return the surfaces of all regions of a label image as one mesh.

    Parameters
    ----------
    labels : (i, j, k) int array
        0 for the background.
    affine : (4, 4) array
        Voxel to RAS+ mm.
    smooth_voxels : float
        Standard deviation of a Gaussian filter for each region.
    max_voxels : int
        Of larger images, every n-th voxel is taken.
    check : callable
        Is told the done part and may raise.
    """
    step = step_to(labels.shape, max_voxels)
    thinned = labels[::step, ::step, ::step]
    coarse = affine @ np.diag([step, step, step, 1.0])
    found = _boxes(thinned)
    pieces: list[tuple[int, NDArray[np.float32], NDArray[np.int32]]] = []
    for number, (label, box) in enumerate(found):
        check(number / len(found))
        inside = np.pad((thinned[box] == label).astype(np.float32), 2)
        if smooth_voxels > 0:
            from scipy.ndimage import gaussian_filter

            smooth = gaussian_filter(inside, smooth_voxels)
            inside = np.maximum(smooth, inside * THIN)  # else thin ones would vanish
        vertices, triangles = _march(inside, 0.5)
        vertices += np.array([axis.start - 2 for axis in box], dtype=np.float32)
        pieces.append((label, vertices, triangles))
    return _joined(pieces, coarse)


def averaged(
    voxels: NDArray[Any], affine: Affine, max_voxels: int
) -> tuple[NDArray[np.float32], Affine]:
    """Return a float32 copy whose voxels are means of blocks, and its affine."""
    step = step_to(voxels.shape, max_voxels)
    if step == 1:
        return np.array(voxels, dtype=np.float32), affine
    whole = tuple(slice(0, size // step * step) for size in voxels.shape)
    sizes = [part for size in voxels.shape for part in (size // step, step)]
    means = voxels[whole].reshape(sizes).mean(axis=(1, 3, 5), dtype=np.float32)
    coarse = affine @ np.diag([step, step, step, 1.0])
    coarse[:3, 3] = apply_affine(affine, np.full(3, (step - 1) / 2))
    return means, coarse


def step_to(shape: tuple[int, ...], max_voxels: int) -> int:
    """Return which n-th voxels along each axis are no more than ``max_voxels``."""
    step = 1
    while np.prod([max(size // step, 1) for size in shape]) > max_voxels:
        step += 1
    return min(step, *shape)


def _boxes(labels: NDArray[Any]) -> list[tuple[int, tuple[slice, ...]]]:
    """Return each label with the box around it."""
    from scipy.ndimage import find_objects

    values = np.unique(labels)
    values = values[values != 0]
    if len(values) > MAX_REGIONS:
        raise BadInput(
            f"{len(values)} regions are too many for surfaces; at most {MAX_REGIONS}: "
            "show the image as a volume"
        )
    if not len(values):
        return []
    ranks = np.searchsorted(values, labels) + 1
    ranks = np.where(labels == 0, 0, ranks).astype(np.int32)
    boxes = find_objects(ranks)
    return [(int(value), box) for value, box in zip(values, boxes, strict=True) if box]


def _march(
    values: NDArray[np.float32], level: float
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    from skimage.measure import marching_cubes

    if not values.min() < level < values.max():
        none = np.zeros((0, 3))
        return none.astype(np.float32), none.astype(np.int32)
    vertices, triangles, _, _ = marching_cubes(values, level, allow_degenerate=False)
    return vertices.astype(np.float32), triangles.astype(np.int32)


def _in_world(
    vertices: NDArray[np.float32], triangles: NDArray[np.int32], affine: Affine
) -> Mesh:
    """Turn indices into mm; skimage's triangles run clockwise from outside."""
    if np.linalg.det(affine[:3, :3]) > 0:
        triangles = triangles[:, ::-1]
    places = apply_affine(affine, vertices).astype(np.float32)
    return Mesh(places, np.ascontiguousarray(triangles))


def _joined(
    pieces: list[tuple[int, NDArray[np.float32], NDArray[np.int32]]], affine: Affine
) -> Mesh:
    if not pieces:
        none = np.zeros((0, 3))
        return Mesh(none.astype(np.float32), none.astype(np.int32))
    counts = [len(vertices) for _, vertices, _ in pieces]
    offsets = np.cumsum([0, *counts[:-1]])
    triangles = [
        part + np.int32(offset)
        for (_, _, part), offset in zip(pieces, offsets, strict=True)
    ]
    vertices = np.concatenate([part for _, part, _ in pieces])
    mesh = _in_world(vertices, np.concatenate(triangles), affine)
    labels = np.repeat([label for label, _, _ in pieces], counts).astype(np.int32)
    return Mesh(mesh.vertices_mm, mesh.triangles, labels)
