"""A triangle mesh in the world."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nora_core.errors import BadInput


@dataclass(frozen=True, eq=False)
class Surface:
    """A mesh of triangles.

    Parameters
    ----------
    vertices_mm : (n, 3) float32 array
        Corners, RAS+ mm.
    triangles : (m, 3) int32 array
        Three indices into ``vertices_mm`` each.
    """

    vertices_mm: NDArray[np.float32]
    triangles: NDArray[np.int32]

    def __post_init__(self) -> None:
        for name, array in (("vertices", self.vertices_mm), ("faces", self.triangles)):
            if array.ndim != 2 or array.shape[1] != 3:
                raise BadInput(f"{name} have the shape {array.shape}; give (n, 3)")
        if len(self.triangles) and not self._has_all_corners():
            raise BadInput(
                f"a triangle names vertex {int(self.triangles.max())}; "
                f"there are {len(self.vertices_mm)}, counted from 0"
            )

    def _has_all_corners(self) -> bool:
        triangles = self.triangles
        return bool(triangles.min() >= 0 and triangles.max() < len(self.vertices_mm))
