"""Along which axes the vectors of an image run, and their turn into the world.

Files do not say it. MRtrix and dipy write components along the scanner's axes
(RAS+). FSL writes them along the voxel axes of the file, and counts x from the other
side in images that are stored from left to right (positive determinant of the affine,
FSL's "neurological" storage).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nora.opening.placed import placed_of, shown_affine_of
from nora_core.geometry.affine import Affine, zooms_of

DIRECTIONS: dict[str | None, str] = {
    "direction": "Directions along the scanner's axes (MRtrix, dipy)",
    "direction_fsl": "Directions along the voxels' axes (FSL)",
    "arrows": "Arrows along the scanner's axes (MRtrix, dipy)",
    "arrows_fsl": "Arrows along the voxels' axes (FSL)",
}
"""Readings of three components as a vector, and how they are called."""
ARROWS = frozenset({"arrows", "arrows_fsl"})


def turn_of_fsl(affine: Affine) -> NDArray[np.float64]:
    """Return what turns FSL's vectors into the world, (3, 3).

    ``affine`` (4, 4) is that of the file: voxel to RAS+ mm.
    """
    turn = affine[:3, :3] / zooms_of(affine)
    if np.linalg.det(affine[:3, :3]) > 0:
        turn = turn * np.array([-1.0, 1.0, 1.0])
    return np.asarray(turn)


def turn_of(layer: Any, reading: str | None) -> NDArray[np.float64]:
    """Return what turns a layer's vectors into the world, (3, 3).

    The layer's axes may be turned; FSL's vectors run along those of its file.
    """
    if reading is None or not reading.endswith("_fsl"):
        return np.eye(3)
    placed = placed_of(layer)
    if placed is not None and placed.grid is not None:
        return turn_of_fsl(placed.grid.affine)
    return turn_of_fsl(shown_affine_of(layer))
