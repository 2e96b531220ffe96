"""Which part of a plane lies inside an image: what is drawn of it in 3D."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from nora_core.geometry.plane import Plane


@dataclass(frozen=True, eq=False)
class Patch:
    """A convex piece of a picture in the world.

    Parameters
    ----------
    vertices_mm : (n, 3) float32 array
        Its corners in order, RAS+ mm.
    triangles : (n - 2, 3) int32 array
    texcoords : (n, 2) float32 array
        Where the corners lie in the picture: 0 to 1 from the left and from below.
    """

    vertices_mm: NDArray[np.float32]
    triangles: NDArray[np.int32]
    texcoords: NDArray[np.float32]


def patch_of(plane: Plane, corners_mm: NDArray[np.floating]) -> Patch | None:
    """Return the part of a plane's rectangle inside a box; ``None`` if there is none.

    Parameters
    ----------
    plane : Plane
        Where the picture lies.
    corners_mm : (8, 3) array
        Of a box with straight edges, in the order of :class:`Background`: the last
        axis fastest.
    """
    outline = _section(plane, corners_mm)
    rows, cols = plane.shape
    for axis, size in ((0, cols), (1, rows)):
        outline = _clipped(outline, axis, -0.5, 1.0)
        outline = _clipped(outline, axis, size - 0.5, -1.0)
    if len(outline) < 3:
        return None
    vertices = plane.to_world(outline[:, 0], outline[:, 1]).astype(np.float32)
    across = (outline[:, 0] + 0.5) / cols
    up = 1 - (outline[:, 1] + 0.5) / rows
    fan = np.arange(1, len(outline) - 1)
    triangles = np.stack([np.zeros_like(fan), fan, fan + 1], axis=1)
    texcoords = np.stack([across, up], axis=1).astype(np.float32)
    return Patch(vertices, triangles.astype(np.int32), texcoords)


def _section(plane: Plane, corners_mm: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the polygon in which a plane cuts a box, (n, 2) column and row."""
    pixels = plane.to_pixels(corners_mm)
    crossings = []
    for first, last in combinations(range(8), 2):
        if bin(first ^ last).count("1") != 1:
            continue  # no edge of the box
        near, far = pixels[first], pixels[last]
        if (near[2] >= 0) != (far[2] >= 0):
            part = near[2] / (near[2] - far[2])
            crossings.append(near[:2] + part * (far[:2] - near[:2]))
    if len(crossings) < 3:
        return np.zeros((0, 2))
    points = np.array(crossings)
    away = points - points.mean(axis=0)
    return points[np.argsort(np.arctan2(away[:, 1], away[:, 0]))]


def _clipped(
    outline: NDArray[np.float64], axis: int, limit: float, sign: float
) -> NDArray[np.float64]:
    """Cut a convex polygon along a straight line (Sutherland and Hodgman 1974)."""
    kept: list[NDArray[np.float64]] = []
    for number, point in enumerate(outline):
        before = outline[number - 1]
        inside, was_inside = (
            sign * (place[axis] - limit) >= 0 for place in (point, before)
        )
        if inside != was_inside:
            part = (limit - before[axis]) / (point[axis] - before[axis])
            kept.append(before + part * (point - before))
        if inside:
            kept.append(point)
    return np.array(kept).reshape(-1, 2)
