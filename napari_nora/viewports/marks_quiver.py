"""Arrows of a vector image on a plane, in the colors of their directions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nora.viewports.marks_sources import NO_MARKS, Lines, Marks
from nora_core.geometry.affine import Affine, apply_affine
from nora_core.geometry.plane import Plane

HEAD_PART = 0.3
"""Length of an arrow's head as part of the arrow."""
MIN_LENGTH_PX = 1.0


def quiver(
    vectors: NDArray[Any],
    affine: Affine,
    plane: Plane,
    step_px: float = 12.0,
    *,
    turn: NDArray[np.float64] | None = None,
    length_px: float | None = None,
    has_heads: bool = True,
) -> Marks:
    """Return an arrow for each voxel on the plane, about one per ``step_px``.

    An arrow begins where its voxel's center is projected to and shows the part of
    the vector that lies in the plane. Red runs left to right, green back to front,
    blue foot to head.

    Parameters
    ----------
    vectors : (i, j, k, 3) array
        Any unit; NaN for none.
    affine : (4, 4) array
        Voxel to RAS+ mm.
    plane : Plane
        What the viewport shows.
    step_px : float
        Distance between arrows; one arrow for each voxel where these are larger.
    turn : (3, 3) array, optional
        Turns the vectors into the world; without it they run to the patient's right,
        front and top.
    length_px : float, optional
        Of the longest vector that is shown; ``step_px`` without it.
    has_heads : bool
        False for axes such as of fibers, which have no sign.
    """
    index = _voxels_on(plane, vectors.shape[:3], affine, step_px)
    arrows = np.asarray(vectors[tuple(index.T)], dtype=np.float64)
    if turn is not None:
        arrows = arrows @ turn.T
    lengths = np.linalg.norm(arrows, axis=1)
    is_there = np.isfinite(lengths) & (lengths > 0)
    index, arrows, lengths = index[is_there], arrows[is_there], lengths[is_there]
    if not len(index):
        return NO_MARKS
    size = (step_px if length_px is None else length_px) / lengths.max()
    starts = plane.to_pixels(apply_affine(affine, index))[:, :2]
    ways = arrows @ np.stack([plane.right, plane.down], axis=1) * size
    colors = np.ones((len(index), 4), dtype=np.float32)
    colors[:, :3] = np.abs(arrows) / lengths[:, np.newaxis]
    lines = np.stack([starts, starts + ways], axis=1)
    if has_heads:
        lines, colors = _with_heads(lines, colors)
    return Marks(lines=(Lines(lines.astype(np.float32), colors, 1.2),))


def _voxels_on(
    plane: Plane, shape: tuple[int, ...], affine: Affine, step_px: float
) -> NDArray[np.intp]:
    """Return the voxels, (n, 3), nearest to a grid of places on the plane."""
    rows, cols = plane.shape
    col, row = np.meshgrid(
        np.arange((step_px - 1) / 2, cols, step_px),
        np.arange((step_px - 1) / 2, rows, step_px),
    )
    places = plane.to_world(col.ravel(), row.ravel())
    to_voxels = np.linalg.inv(affine).astype(np.float64)
    index = np.rint(apply_affine(to_voxels, places)).astype(np.intp)
    is_inside = ((index >= 0) & (index < shape)).all(axis=1)
    flat = np.ravel_multi_index(tuple(index[is_inside].T), shape)
    return np.stack(np.unravel_index(np.unique(flat), shape), axis=1)


def _with_heads(
    lines: NDArray[np.float64], colors: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Add two short lines at the tip of each arrow that is long enough."""
    way = lines[:, 1] - lines[:, 0]
    is_long = np.linalg.norm(way, axis=1) >= MIN_LENGTH_PX
    tip, back = lines[is_long, 1], way[is_long] * HEAD_PART
    side = np.stack([-back[:, 1], back[:, 0]], axis=1) / 2
    heads = [np.stack([tip, tip - back + turn * side], axis=1) for turn in (1, -1)]
    return (
        np.concatenate([lines, *heads]),
        np.concatenate([colors, colors[is_long], colors[is_long]]),
    )
