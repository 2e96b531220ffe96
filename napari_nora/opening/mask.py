"""From a Labels layer to the mask file of a study, on the grid of its image."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nora.opening.placed import (
    METADATA_KEY,
    Placed,
    placed_of,
    spatial_shape_of,
    study_of,
)
from napari_nora.opening.plan import MASK_OPACITY
from napari_nora.opening.show import color_few_labels
from nora_core.errors import BadInput
from nora_core.geometry.affine import Affine
from nora_core.geometry.grid import Grid
from nora_core.geometry.resample import resample_nearest
from nora_core.images import Volume, write_volume

MAX_LABEL = 65535


def reference_of(viewer: Any, layer: Any) -> Placed | None:
    """Return the place whose grid a mask in ``layer`` should have.

    That of the layer itself where it came from a file, else of the active or the
    first image that did.
    """
    others = [*viewer.layers.selection, *viewer.layers]
    for candidate in [layer, *others]:
        placed = placed_of(candidate)
        if placed is not None and placed.grid is not None:
            return placed
    return None


def mask_volume(labels: NDArray[Any], shown: Affine, reference: Placed) -> Volume:
    """Return labels as an image on the reference's grid.

    Parameters
    ----------
    labels : (i, j, k) or (t, i, j, k) integer array
        0 outside; frames of a time axis are put together.
    shown : (4, 4) array
        Voxel to RAS+ mm.
    reference : Placed
        The grid of the result.

    Raises
    ------
    BadInput
        There is nothing painted, or a label is above 65,535.
    """
    if labels.ndim == 4:
        labels = labels.max(axis=0)
    if labels.ndim != 3:
        raise BadInput(f"the layer has {labels.ndim} axes; a mask has three")
    highest = int(labels.max(initial=0))
    if highest == 0:
        raise BadInput("the layer is empty; paint something before saving it")
    if highest > MAX_LABEL:
        raise BadInput(f"label {highest} is too high; {MAX_LABEL} is the highest")
    small = labels.astype(np.uint8 if highest < 256 else np.uint16)
    return _on_grid(small, shown, reference.grid)


def _on_grid(labels: NDArray[Any], affine: Affine, grid: Grid | None) -> Volume:
    i, j, k = labels.shape
    own = Grid((i, j, k), affine)
    if grid is None:
        return Volume(labels, own)
    turned = Volume(labels, own).turned_to(grid.orientation)
    if turned.grid.is_close(grid):
        return Volume(np.asfortranarray(turned.data), grid)
    return Volume(resample_nearest(labels, own, grid), grid)


def write_mask_file(
    path: Path, labels: NDArray[Any], shown: Affine, at: Placed
) -> None:
    """Write a layer's labels as NIfTI."""
    write_volume(path, mask_volume(labels, shown, at))


def add_empty_mask(viewer: Any, name: str, layer: Any | None = None) -> Any:
    """Add a Labels layer on the voxels of ``layer`` or of the first image.

    Raises
    ------
    BadInput
        No image is open.
    """
    candidates = [layer] if layer is not None else list(viewer.layers)
    for image in candidates:
        placed = placed_of(image)
        if placed is not None and placed.grid is not None:
            break
    else:
        raise BadInput("no image is open; open one to draw on")
    empty = np.zeros(spatial_shape_of(image), dtype=np.uint8, order="F")
    mask = viewer.add_labels(
        empty,
        name=name,
        scale=image.scale[-3:],
        affine=np.asarray(image.affine.affine_matrix)[-4:, -4:],
        metadata={METADATA_KEY: Placed(placed.grid, study_of(image))},
        opacity=MASK_OPACITY,
    )
    color_few_labels(mask, viewer, count=1)
    mask.brush_size = 10
    mask.mode = "paint"
    return mask
