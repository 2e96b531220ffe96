"""Displacement fields: the interface through which nonlinear registrations show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from nora_core.errors import GridMismatch
from nora_core.geometry.grid import Grid


@dataclass(frozen=True, eq=False)
class DisplacementField:
    """For every point of the world, how far away its value is looked up.

    What shows at the world point ``p`` is the image at ``p + d(p)``. Between its
    voxels the field is interpolated linearly; outside its grid it is 0.

    Parameters
    ----------
    data : (i, j, k, 3) real array
        Steps along RAS+ x, y, z in mm.
    grid : Grid
        Where they lie.
    """

    data: NDArray[Any]
    grid: Grid

    def __post_init__(self) -> None:
        if self.data.shape != (*self.grid.shape, 3):
            raise GridMismatch(
                f"displacements of shape {self.data.shape} do not fit a grid of "
                f"{self.grid.shape}; they need {(*self.grid.shape, 3)}"
            )
