"""From a layer of napari to voxels that planes are sampled from."""

from __future__ import annotations

from typing import Any

import numpy as np
from napari.layers import Image, Labels
from numpy.typing import NDArray

from napari_nora.viewports.background import Background
from napari_nora.viewports.looks import OWN_KEY
from nora_core.geometry.affine import Affine
from nora_core.geometry.planes import PlaneSource

_MAX_COMPONENTS = 4


def is_sampled(layer: Any) -> bool:
    """Whether planes show its voxels; others leave marks."""
    return isinstance(layer, Image | Labels)


def affine_of(layer: Any) -> Affine:
    """Return voxel to RAS+ mm of a layer's three axes of space, (4, 4)."""
    axes = _space_axes(layer)
    count = layer.ndim
    origin = np.asarray(layer.data_to_world(np.zeros(count)))
    affine = np.eye(4)
    affine[:3, 3] = origin[-3:] if count >= 3 else [0.0, *origin]
    for column, axis in enumerate(axes):
        if axis is None:
            continue
        moved = np.asarray(layer.data_to_world(np.eye(count)[axis]))
        step = (moved - origin)[-3:]
        affine[:3, column] = step if count >= 3 else [0.0, *step]
    return affine


def background_of(layer: Any) -> Background:
    """Return where the voxels of a layer lie."""
    shape = voxel_shape(layer)
    return Background(shape, affine_of(layer))


def voxel_shape(layer: Any) -> tuple[int, int, int]:
    """Return how many voxels a layer has along its axes of space."""
    sizes = tuple(layer.data.shape[: layer.ndim])
    i, j, k = (sizes[-3:]) if len(sizes) >= 3 else (1, *sizes)
    return int(i), int(j), int(k)


def frame_of(layer: Any, time: int) -> NDArray[Any]:
    """Return the voxels at a time, (i, j, k) or (i, j, k, colors); a view."""
    data = np.asarray(layer.data[0] if layer.multiscale else layer.data)
    if _has_components(layer):
        return np.moveaxis(data, 0, -1)
    if layer.ndim == 2:
        return data[np.newaxis]
    while data.ndim > 3 + bool(getattr(layer, "rgb", False)):
        data = data[min(max(time, 0), data.shape[0] - 1)]
        time = 0
    return data


def source_of(layer: Any, time: int, is_nearest: bool) -> PlaneSource:
    """Return what planes of a layer are sampled from.

    ``time`` is the index along the first axis of a layer with time; labels are never
    interpolated, images unless ``is_nearest``.
    """
    is_labels = isinstance(layer, Labels)
    return PlaneSource(
        frame_of(layer, time),
        affine_of(layer),
        is_nearest=is_nearest or is_labels,
        as_float=not is_labels,
    )


def has_time(layer: Any) -> bool:
    """Whether a layer has an axis before those of space."""
    return layer.ndim > 3 and not _has_components(layer)


def _has_components(layer: Any) -> bool:
    """Whether the first axis holds the components of a vector and is shown so."""
    reads = bool(layer.metadata.get(OWN_KEY, {}).get("reading"))
    few = layer.ndim == 4 and layer.data.shape[0] <= _MAX_COMPONENTS
    return bool(reads and few and not getattr(layer, "rgb", False))


def _space_axes(layer: Any) -> tuple[int | None, int, int]:
    count = layer.ndim
    if count == 2:  # an image without depth lies at x = 0
        return None, 0, 1
    return count - 3, count - 2, count - 1
