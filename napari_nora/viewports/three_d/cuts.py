"""What of a viewport's picture is drawn in 3D: its plane inside the image."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from nora_core.geometry.plane import Plane

MAX_SIZE = 512
"""Pixels along a side; of larger pictures every n-th is taken."""
DARKEST = 12
"""Air around a body: this dark or darker, and joined to the picture's border."""


@dataclass(frozen=True, eq=False)
class Patch:
    """A part of a picture in the world.

    Parameters
    ----------
    vertices_mm : (n, 3) float32 array
        RAS+ mm.
    triangles : (m, 3) int32 array
    texcoords : (n, 2) float32 array
        Where the vertices lie in the texture: 0 to 1 from the left and from below.
    texture : (rows, cols, 4) uint8 array
    """

    vertices_mm: NDArray[np.float32]
    triangles: NDArray[np.int32]
    texcoords: NDArray[np.float32]
    texture: NDArray[np.uint8]


def patch_of(
    plane: Plane, rgba: NDArray[np.uint8], corners_mm: NDArray[np.floating]
) -> Patch | None:
    """Return what is to be seen of a plane in 3D; ``None`` if it is nothing.

    That is what lies in the box of an image, without the air around the body, which
    would hide the other planes.

    Parameters
    ----------
    plane : Plane
        Where the picture lies.
    rgba : (rows, cols, 4) uint8 array
        The picture.
    corners_mm : (8, 3) array
        Of the box, the last axis fastest.
    """
    step = -(-max(plane.shape) // MAX_SIZE)
    texture = np.ascontiguousarray(rgba[::step, ::step])
    inside = _inside(section_of(plane, corners_mm) / step, texture.shape[:2])
    if not inside.any():
        return None
    row, first, last = _runs(inside & ~_air(texture))
    if not len(row):
        return None
    cols = np.stack([first, last, last, first], axis=1).ravel() - 0.5
    rows = np.stack([row - 0.5, row - 0.5, row + 0.5, row + 0.5], axis=1).ravel()
    corner = np.arange(len(row), dtype=np.int32)[:, np.newaxis] * 4
    halves = np.array([[0, 1, 2], [0, 2, 3]], dtype=np.int32)
    triangles = np.concatenate([corner + half for half in halves])
    height, width = texture.shape[:2]
    texcoords = np.stack([(cols + 0.5) / width, 1 - (rows + 0.5) / height], axis=1)
    return Patch(
        plane.to_world(cols * step, rows * step).astype(np.float32),
        triangles,
        texcoords.astype(np.float32),
        texture,
    )


def section_of(plane: Plane, corners_mm: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the convex polygon in which a plane cuts a box, (n, 2) column and row."""
    pixels = plane.to_pixels(corners_mm)
    crossings = []
    for first, last in combinations(range(8), 2):
        if (first ^ last).bit_count() != 1:
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


def _inside(outline: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return which pixels' centers lie in a convex polygon with growing angles."""
    rows, cols = shape[:2]
    inside = np.full((rows, cols), len(outline) >= 3)
    row, col = np.ogrid[:rows, :cols]
    for start, end in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        x, y = end - start
        inside &= x * (row - start[1]) - y * (col - start[0]) >= 0
    return inside


def _air(texture: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return which pixels are dark or clear and joined to the border through such."""
    from scipy.ndimage import label

    brightest = texture[..., :3].max(axis=-1)
    parts, count = label((brightest <= DARKEST) | (texture[..., 3] == 0))
    border = np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]])
    is_outside = np.zeros(count + 1, dtype=np.bool_)
    is_outside[border] = True
    is_outside[0] = False
    air: NDArray[np.bool_] = is_outside[parts]
    return air


def _runs(
    seen: NDArray[np.bool_],
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Return row, first and behind the last column of pixels side by side."""
    steps = np.diff(np.pad(seen.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    row, first = np.nonzero(steps == 1)
    _, last = np.nonzero(steps == -1)
    return row, first, last
