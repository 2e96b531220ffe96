"""From a layer back to an image that can be saved: its voxels, its place, its file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from napari.layers import Labels

from napari_nora.opening.placed import placed_of, shown_affine_of, spatial_shape_of
from nora_core.errors import BadInput
from nora_core.geometry.affine import Affine
from nora_core.geometry.grid import Grid
from nora_core.geometry.orientation import turn_to
from nora_core.images import Components, ImageHeader, Volume
from nora_core.images.export import reformat


def file_affine_of(layer: Any) -> Affine:
    """Return voxel to RAS+ mm of a layer's file, as the layer lies now, (4, 4).

    For the voxels in the order of the file: a layer's axes may be turned. This is
    what :func:`nora_core.images.export.burn_affine` wants after the user or a
    registration has moved the layer.

    Raises
    ------
    BadInput
        The layer comes from no file of ours.
    """
    placed = placed_of(layer)
    if placed is None or placed.grid is None:
        raise BadInput(f"{layer.name} comes from no image file; save it as one first")
    grid = placed.grid
    turned, _ = turn_to(grid.affine, grid.shape, "RAS")
    file_of_layer = np.linalg.inv(grid.affine) @ turned
    affine: Affine = shown_affine_of(layer) @ np.linalg.inv(file_of_layer)
    return affine


def volume_of(layer: Any) -> Volume:
    """Return an image or labels layer as an image where it lies now; a view.

    Colors and frames are along the last axis, as in files.
    """
    data = np.asarray(layer.data)
    is_colored = getattr(layer, "rgb", False)
    if data.ndim == 4 and not is_colored:
        data = np.moveaxis(data, 0, 3)
    placed = placed_of(layer)
    components = placed.components if placed is not None else None
    if is_colored:
        components = Components.COLORS
    grid = Grid(spatial_shape_of(layer), shown_affine_of(layer))
    return Volume(data, grid, ImageHeader(components=components))


def reformatting(layer: Any, onto: Grid) -> Callable[[], Volume]:
    """Return the work that cuts a layer on another grid: labels by the nearest voxel.

    The layer is read at once: when the work is done, it may hold another case.
    """
    volume, is_nearest = volume_of(layer), isinstance(layer, Labels)
    return lambda: reformat(volume, onto, is_nearest=is_nearest)
