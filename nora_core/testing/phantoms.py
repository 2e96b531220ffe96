"""Small images made in code: oblique, flipped and anisotropic, as real ones are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nora_core.geometry import Grid
from nora_core.images import Mask, Volume

PHANTOM_SHAPE = (14, 12, 10)
PHANTOM_ZOOMS_MM = (1.2, 1.5, 2.5)


def oblique_grid(shape: tuple[int, int, int] = PHANTOM_SHAPE) -> Grid:
    """Return a grid that is turned about two axes, flipped in i, and anisotropic."""
    turn_z, turn_x = _turn(0.3, 0, 1), _turn(-0.2, 1, 2)
    affine = np.eye(4)
    affine[:3, :3] = turn_z @ turn_x @ np.diag(np.array(PHANTOM_ZOOMS_MM) * (-1, 1, 1))
    affine[:3, 3] = (12.5, -31.0, 7.25)
    return Grid(shape, affine)


def phantom_mask(grid: Grid | None = None, radius_mm: float = 6.0) -> Mask:
    """Return a ball in the middle of ``grid``; the oblique grid where not given."""
    grid = grid or oblique_grid()
    return Mask(_distances_mm(grid) <= radius_mm, grid)


def phantom_volume(grid: Grid | None = None, frame_count: int = 1) -> Volume:
    """Return a bright ball (about 100) with a soft edge in dark noise (0 to 5)."""
    grid = grid or oblique_grid()
    noise = np.random.default_rng(7).uniform(0, 5, grid.shape)
    ball = 100 / (1 + np.exp(_distances_mm(grid) - 6.0))
    data = (ball + noise).astype(np.float32)
    if frame_count > 1:
        data = np.stack([data * (1 + 0.1 * t) for t in range(frame_count)], axis=3)
    return Volume(data, grid)


def _distances_mm(grid: Grid) -> NDArray[np.float64]:
    """Return how far each voxel lies from the grid's center, (i, j, k) in mm."""
    indices = np.moveaxis(np.indices(grid.shape), 0, -1)
    points_mm = grid.to_world(indices)
    distances: NDArray[np.float64] = np.linalg.norm(points_mm - grid.center_mm, axis=-1)
    return distances


def _turn(angle: float, first: int, second: int) -> NDArray[np.float64]:
    matrix = np.eye(3)
    matrix[first, first] = matrix[second, second] = np.cos(angle)
    matrix[first, second], matrix[second, first] = -np.sin(angle), np.sin(angle)
    return matrix
