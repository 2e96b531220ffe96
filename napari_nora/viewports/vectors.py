"""Images of colors and of vectors: which colors their components are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nora.viewports.looks import RgbLook
from nora_core.geometry.affine import Affine, zooms_of


def colors_of(
    values: NDArray[Any], look: RgbLook, affine: Affine
) -> tuple[NDArray[Any], float]:
    """Return the colors of sampled components, and the value of full color.

    ``values`` is (rows, columns, 3 or 4) float32; vectors run along the voxel axes,
    as FSL stores them, and ``affine`` (4, 4), voxel to RAS+ mm, turns them into the
    world.
    """
    from napari_nora.viewports.compositing import as_rgb, direction_colors

    if look.reading == "direction":
        return direction_colors(in_world(values[..., :3], affine)), 1.0
    return as_rgb(values, look.reading), look.white


def in_world(vectors: NDArray[Any], affine: Affine) -> NDArray[Any]:
    """Return vectors (..., 3) along voxel axes as vectors in the world, RAS+."""
    return np.asarray(vectors @ (affine[:3, :3] / zooms_of(affine)).T)
