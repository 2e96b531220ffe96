"""Values of layers at a point of the world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from napari_nora.viewports.annotations import number_text
from napari_nora.viewports.sources import background_of, is_sampled, value_at
from nora_core.errors import BadInput


@dataclass(frozen=True)
class Probe:
    """A layer's value at a point, as text."""

    name: str
    text: str


def probe(layer: Any, point_mm: Sequence[float], time: int) -> Probe | None:
    """Return the voxel of a layer in which a point (3,) in RAS+ mm lies.

    ``None`` where the layer has no voxels there.
    """
    if not is_sampled(layer):
        return None
    try:
        background = background_of(layer)
    except BadInput:  # the viewport says why
        return None
    voxel = background.nearest_voxel(np.asarray(point_mm, dtype=np.float64))
    if voxel is None:
        return None
    value = value_at(layer, time, voxel)
    parts = np.atleast_1d(value).ravel()
    text = " ".join(number_text(float(part)) for part in parts)
    return Probe(layer.name, text)
