"""The grid on which an image lies: the only bridge between voxels and the world."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nora_core.errors import BadInput
from nora_core.geometry.affine import Affine, apply_affine, check_affine, zooms_of
from nora_core.geometry.orientation import orientation_code

CLOSE_MM = 0.01
"""Grids whose corners lie closer than this are taken for the same grid."""


@dataclass(frozen=True, eq=False)
class Grid:
    """A regular 3D grid of voxels in RAS+ millimetres.

    Voxels are counted (i, j, k) from the center of the first one, so voxel (0, 0, 0)
    covers -0.5 to 0.5 in each direction. Oblique and left-handed grids are fine.
    Two grids are equal when shape and affine are equal to the last bit; see
    :meth:`is_close` for the everyday question.

    Parameters
    ----------
    shape : tuple of 3 int
        Voxels along i, j and k, each at least 1.
    affine : (4, 4) array
        Voxel to RAS+ mm; kept as a read-only float64 copy.

    Examples
    --------
    >>> grid = Grid((10, 20, 30), np.diag([2.0, 2.0, 3.0, 1.0]))
    >>> grid.to_world((1, 1, 1)).tolist()
    [2.0, 2.0, 3.0]
    >>> grid.orientation, grid.voxel_volume_ml
    ('RAS', 0.012)
    """

    shape: tuple[int, int, int]
    affine: Affine

    def __post_init__(self) -> None:
        sizes = tuple(int(size) for size in self.shape)
        if len(sizes) != 3 or min(sizes) < 1:
            raise BadInput(f"grid has the shape {sizes}; it needs three sizes of 1 up")
        object.__setattr__(self, "shape", sizes)
        object.__setattr__(self, "affine", check_affine(self.affine))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Grid):
            return NotImplemented
        return self.shape == other.shape and np.array_equal(self.affine, other.affine)

    def __hash__(self) -> int:
        return hash((self.shape, self.affine.tobytes()))

    @property
    def voxel_count(self) -> int:
        """How many voxels it has."""
        return self.shape[0] * self.shape[1] * self.shape[2]

    @property
    def zooms_mm(self) -> tuple[float, float, float]:
        """Distance between voxel centers along i, j and k, in mm."""
        x, y, z = zooms_of(self.affine)
        return float(x), float(y), float(z)

    @property
    def voxel_volume_ml(self) -> float:
        """Volume of one voxel in milliliters (sheared grids included)."""
        return float(abs(np.linalg.det(self.affine[:3, :3]))) / 1000.0

    @property
    def orientation(self) -> str:
        """Where i, j and k point to, as in ``RAS`` or ``LPI``."""
        return orientation_code(self.affine)

    @cached_property
    def inverse(self) -> Affine:
        """RAS+ mm to voxel, (4, 4)."""
        inverse = np.linalg.inv(self.affine).astype(np.float64)
        inverse.flags.writeable = False
        return inverse

    @property
    def center_mm(self) -> NDArray[np.float64]:
        """The point in the middle, (3,) RAS+ mm."""
        return self.to_world((np.array(self.shape) - 1) / 2)

    @property
    def corners_mm(self) -> NDArray[np.float64]:
        """The outer corners of its corner voxels, (8, 3) RAS+ mm."""
        ends = [(-0.5, size - 0.5) for size in self.shape]
        return self.to_world(list(product(*ends)))

    @property
    def bounding_box_mm(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Lowest and highest x, y, z that its voxels reach: two (3,), RAS+ mm."""
        corners = self.corners_mm
        return corners.min(axis=0), corners.max(axis=0)

    def to_world(self, voxels: ArrayLike) -> NDArray[np.float64]:
        """Return where voxels lie: (..., 3) indices to (..., 3) RAS+ mm."""
        return apply_affine(self.affine, voxels)

    def to_voxels(self, points_mm: ArrayLike) -> NDArray[np.float64]:
        """Return the fractional indices of points: (..., 3) RAS+ mm to (..., 3)."""
        return apply_affine(self.inverse, points_mm)

    def contains(self, points_mm: ArrayLike) -> NDArray[np.bool_]:
        """Tell which points lie in one of its voxels: (..., 3) RAS+ mm to (...)."""
        voxels = self.to_voxels(points_mm)
        inside = (voxels >= -0.5) & (voxels < np.array(self.shape) - 0.5)
        return np.asarray(inside.all(axis=-1))

    def is_close(self, other: Grid, tolerance_mm: float = CLOSE_MM) -> bool:
        """Tell whether both have one shape and no corner differs by more than that."""
        if self.shape != other.shape:
            return False
        distances = np.linalg.norm(self.corners_mm - other.corners_mm, axis=1)
        return bool(distances.max() <= tolerance_mm)
