"""napari's writer for masks: NIfTI on the grid of the image that was drawn on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import napari
import numpy as np

from napari_nora.opening.mask import reference_of, write_mask_file
from napari_nora.opening.placed import Placed, shown_affine_of
from nora_core.errors import BadInput


def write_labels(path: str, data: Any, meta: dict[str, Any]) -> list[str]:
    """Write a Labels layer as a NIfTI mask."""
    layer = napari.layers.Labels(
        np.asarray(data),
        scale=meta.get("scale"),
        translate=meta.get("translate"),
        affine=meta.get("affine"),
        metadata=meta.get("metadata", {}),
    )
    place = _place(layer)
    write_mask_file(Path(path), layer.data, shown_affine_of(layer), place)
    return [path]


def _place(layer: Any) -> Placed:
    viewer = napari.current_viewer()
    place = reference_of(viewer, layer) if viewer is not None else None
    if place is None:
        raise BadInput("no image with a grid is open; open the image you drew on")
    return place
