"""Where surfaces, points and lines of the world meet a plane; numpy only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nora_core.geometry.plane import Plane

Floats = NDArray[np.floating]
Indices = NDArray[np.intp]

NO_INDICES: Indices = np.zeros(0, dtype=np.intp)
_OTHERS = np.array([[1, 2], [2, 0], [0, 1]])


@dataclass(frozen=True, eq=False)
class Cut:
    """What of many things lies on a plane.

    Parameters
    ----------
    pixels : (n, 2, 2) or (n, 2) float32 array
        Column and row of both ends of lines, or of points.
    index : (n,) int array
        Which of the things each one comes from.
    distance_mm : (n,) array or None
        Along the plane's normal; ``None`` for lines.
    """

    pixels: NDArray[np.float32]
    index: Indices
    distance_mm: NDArray[np.float32] | None = None


def contours_of_surface(
    vertices_mm: Floats, triangles: NDArray[np.integer], plane: Plane
) -> NDArray[np.float32]:
    """Return the lines along which a surface passes through a plane.

    Parameters
    ----------
    vertices_mm : (v, 3) array
        RAS+ mm; float32 is fastest.
    triangles : (t, 3) int array
        Three vertices each.
    plane : Plane
        What the viewport shows.

    Returns
    -------
    (n, 2, 2) float32 array
        Column and row of both ends of each line.
    """
    return cut_triangles(vertices_mm, triangles, plane).pixels


def cut_triangles(
    vertices_mm: Floats, triangles: NDArray[np.integer], plane: Plane
) -> Cut:
    """Return one line for each triangle that passes through the plane.

    A vertex on the plane counts as behind it, so that no triangle is cut twice and
    one that lies in the plane is left out.
    """
    distance = distances_mm(vertices_mm, plane)
    behind = (distance >= 0).view(np.uint8)
    a, b, c = triangles.T
    count = behind.take(a)
    count += behind.take(b)
    count += behind.take(c)
    index = np.flatnonzero((count == 1) | (count == 2))
    corners = triangles[index]
    lone = np.argmax(behind[corners] == (count[index] == 1)[:, np.newaxis], axis=1)
    tip = np.take_along_axis(corners, lone[:, np.newaxis], axis=1)
    base = np.take_along_axis(corners, _OTHERS[lone], axis=1)
    part = distance[tip] / (distance[tip] - distance[base])
    start, step = vertices_mm[tip], vertices_mm[base] - vertices_mm[tip]
    crossings = start + part[..., np.newaxis] * step
    return _on_screen(plane, crossings, index)


def distances_mm(points_mm: Floats, plane: Plane) -> NDArray[np.float32]:
    """Return how far (n, 3) points lie behind the plane."""
    normal = plane.normal.astype(np.float32)
    offset = np.float32(plane.normal @ plane.center_mm)
    distance: NDArray[np.float32] = np.asarray(points_mm, np.float32) @ normal - offset
    return distance


def points_near(points_mm: Floats, plane: Plane, reach_mm: Floats | float) -> Cut:
    """Return the points that lie at most ``reach_mm`` before or behind the plane.

    Parameters
    ----------
    points_mm : (n, 3) array
        RAS+ mm.
    plane : Plane
        What the viewport shows.
    reach_mm : float or (n,) array
        For all points or each.
    """
    distance = distances_mm(points_mm, plane)
    index = np.flatnonzero(np.abs(distance) <= reach_mm)
    pixels = plane.to_pixels(points_mm[index])[:, :2].astype(np.float32)
    return Cut(pixels, index, distance[index])


def segments_near(
    starts_mm: Floats, ends_mm: Floats, plane: Plane, reach_mm: float
) -> Cut:
    """Return the parts of straight lines within ``reach_mm`` of the plane.

    Parameters
    ----------
    starts_mm, ends_mm : (n, 3) array
        Both ends, RAS+ mm.
    plane : Plane
        What the viewport shows.
    reach_mm : float
        How far before and behind it.
    """
    first, last = distances_mm(starts_mm, plane), distances_mm(ends_mm, plane)
    reach = np.float32(reach_mm)
    is_near = (np.minimum(first, last) <= reach) & (np.maximum(first, last) >= -reach)
    index = np.flatnonzero(is_near)
    first, last = first[index], last[index]
    along = last - first
    with np.errstate(divide="ignore", invalid="ignore"):
        front, back = (-reach - first) / along, (reach - first) / along
    is_level = along == 0
    enter = np.where(is_level, 0, np.clip(np.minimum(front, back), 0, 1))
    leave = np.where(is_level, 1, np.clip(np.maximum(front, back), 0, 1))
    parts = np.stack([enter, leave], axis=1)[..., np.newaxis]
    start = starts_mm[index][:, np.newaxis]
    step = ends_mm[index][:, np.newaxis] - start
    return _on_screen(plane, start + parts * step, index)


def box_misses(corners_mm: Floats, plane: Plane, reach_mm: float = 0.0) -> bool:
    """Whether a box, (8, 3) corners in RAS+ mm, lies on one side of the plane."""
    distance = distances_mm(corners_mm, plane)
    return bool(distance.min() > reach_mm or distance.max() < -reach_mm)


def corners_of(points_mm: Floats) -> NDArray[np.float32]:
    """Return the eight corners of the box around (n, 3) points."""
    if not len(points_mm):
        return np.full((8, 3), np.inf, dtype=np.float32)
    ends = np.stack([points_mm.min(axis=0), points_mm.max(axis=0)])
    choice = np.indices((2, 2, 2)).reshape(3, 8)
    corners: NDArray[np.float32] = ends[choice, np.arange(3)[:, None]].T.astype("f4")
    return corners


def _on_screen(plane: Plane, lines_mm: Floats, index: Indices) -> Cut:
    """Project (n, 2, 3) lines; those beside the plane's rectangle are left out."""
    pixels = plane.to_pixels(lines_mm)[..., :2].astype(np.float32)
    rows, cols = plane.shape
    size = np.array([cols, rows], dtype=np.float32)
    is_seen = (pixels.max(axis=1) >= -1).all(axis=1)
    is_seen &= (pixels.min(axis=1) <= size).all(axis=1)
    return Cut(pixels[is_seen], index[is_seen])
