"""How much of a large volume goes to the graphics card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nora.viewports.three_d.meshes import step_to
from nora_core.geometry.affine import Affine

BUDGET_MB = 256
"""Memory of the graphics card for one volume; larger ones are thinned out."""
MAX_SIZE = 2048
"""Voxels along an axis that every graphics card can hold."""
_BYTES = {"uint8": 1, "int8": 1, "bool": 1, "uint16": 2}
"""Per voxel on the card; all other types become float32."""


@dataclass(frozen=True, eq=False)
class Texture:
    """Every n-th voxel of a volume, as a view of it."""

    voxels: NDArray[Any]
    affine: Affine
    step: int

    @property
    def note(self) -> str:
        """What the user should know; empty where all voxels are shown."""
        if self.step == 1:
            return ""
        return f"every {_ordinal(self.step)} voxel"


def texture_of(
    voxels: NDArray[Any], affine: Affine, budget_mb: float = BUDGET_MB
) -> Texture:
    """Return what of a volume is shown within the budget.

    Parameters
    ----------
    voxels : (i, j, k) array
        Is not copied.
    affine : (4, 4) array
        Voxel to RAS+ mm.
    budget_mb : float
        Most memory on the graphics card.
    """
    each = _BYTES.get(voxels.dtype.name, 4)
    step = step_to(voxels.shape, max(int(budget_mb * 2**20) // each, 1))
    while max(voxels.shape) / step > MAX_SIZE:
        step += 1
    thinned = voxels[::step, ::step, ::step]
    return Texture(thinned, affine @ np.diag([step, step, step, 1.0]), step)


def _ordinal(number: int) -> str:
    return {2: "2nd", 3: "3rd"}.get(number, f"{number}th")
