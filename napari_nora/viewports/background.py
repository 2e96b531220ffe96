"""The image that a viewport is fitted to: its lowest one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from napari_nora.viewports.state import Point
from nora_core.errors import BadInput
from nora_core.geometry.affine import Affine, check_affine

_SAME_SLICE = 0.05
"""A plane is a slice when it leaves the slice by no more than this part of it."""


@dataclass(frozen=True, eq=False)
class Background:
    """Where the voxels of an image lie.

    Parameters
    ----------
    shape : tuple of 3 int
        Voxels along i, j, k.
    affine : (4, 4) array
        Voxel to RAS+ mm.

    Raises
    ------
    BadInput
        No voxels, or a singular affine.
    """

    shape: tuple[int, int, int]
    affine: Affine

    def __post_init__(self) -> None:
        if min(self.shape) < 1:
            raise BadInput(f"an image of {self.shape} voxels is empty; it needs some")
        object.__setattr__(self, "affine", check_affine(self.affine))

    @cached_property
    def inverse(self) -> Affine:
        """RAS+ mm to voxel."""
        return np.asarray(np.linalg.inv(self.affine), dtype=np.float64)

    @cached_property
    def center_mm(self) -> NDArray[np.float64]:
        """The middle of all voxels, (3,)."""
        middle = (np.array(self.shape) - 1) / 2
        return np.asarray(self.affine[:3, :3] @ middle + self.affine[:3, 3])

    @cached_property
    def corners_mm(self) -> NDArray[np.float64]:
        """Outer corners of the corner voxels, (8, 3)."""
        ends = [(-0.5, size - 0.5) for size in self.shape]
        corners = np.stack(np.meshgrid(*ends, indexing="ij"), axis=-1).reshape(-1, 3)
        return np.asarray(corners @ self.affine[:3, :3].T + self.affine[:3, 3])

    def step_mm(self, normal: NDArray[np.float64], axis: int | None = None) -> float:
        """Return how far it is along ``normal`` to the next voxel.

        With ``axis`` to the next slice along that voxel axis; where axes are at no
        right angle, voxels of another one may be nearer.
        """
        steps = np.abs(self.inverse[:3, :3] @ normal)
        return float(1 / (steps.max() if axis is None else steps[axis]))

    def range_mm(self, direction: NDArray[np.float64]) -> tuple[float, float]:
        """Return where it begins and ends along a direction from the origin."""
        places = self.corners_mm @ direction
        return float(places.min()), float(places.max())

    def slice_axis(
        self, right: NDArray[np.float64], down: NDArray[np.float64]
    ) -> int | None:
        """Return the voxel axis across the plane of two vectors, if it is a slice."""
        size_mm = float(np.ptp(self.corners_mm, axis=0).max())
        for axis in range(3):
            row = self.inverse[axis, :3]
            leaves = max(abs(row @ right), abs(row @ down)) * size_mm
            if leaves < _SAME_SLICE:
                return axis
        return None

    def on_slice(self, point_mm: NDArray[np.float64], axis: int) -> tuple[Point, int]:
        """Return the point moved onto the nearest slice, and that slice's index."""
        voxel = self.inverse[:3, :3] @ point_mm + self.inverse[:3, 3]
        number = int(np.clip(np.round(voxel[axis]), 0, self.shape[axis] - 1))
        row = self.inverse[axis, :3]
        x, y, z = point_mm + row * ((number - voxel[axis]) / (row @ row))
        return (float(x), float(y), float(z)), number

    def nearest_voxel(
        self, point_mm: NDArray[np.float64]
    ) -> tuple[int, int, int] | None:
        """Return the voxel in which a point lies; ``None`` outside."""
        voxel = np.round(self.inverse[:3, :3] @ point_mm + self.inverse[:3, 3])
        i, j, k = (int(index) for index in voxel)
        inside = all(
            0 <= index < size for index, size in zip((i, j, k), self.shape, strict=True)
        )
        return (i, j, k) if inside else None

    def is_like(self, other: Background | None) -> bool:
        """Whether a view that fits one fits the other."""
        return (
            other is not None
            and self.shape == other.shape
            and bool(np.allclose(self.affine, other.affine, atol=1e-3))
        )
