"""From a layer of napari to voxels that planes are sampled from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from napari.layers import Image, Labels
from numpy.typing import NDArray

from napari_nora.viewports.background import Background
from napari_nora.viewports.looks import has_components, value_of
from nora_core.geometry.affine import Affine
from nora_core.geometry.planes import PlaneSource


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
    sizes = tuple(_stored(layer).shape[: layer.ndim])
    i, j, k = (sizes[-3:]) if len(sizes) >= 3 else (1, *sizes)
    return int(i), int(j), int(k)


def frame_of(layer: Any, time: int) -> NDArray[Any]:
    """Return the voxels at a time, (i, j, k) or (i, j, k, colors); a view."""
    if shows_components(layer):
        return components_of(layer)
    return np.asarray(_stored_frame(layer, time))


def components_of(layer: Any) -> NDArray[Any]:
    """Return the frames of a layer as values of its voxels, (i, j, k, c); a view."""
    return np.moveaxis(np.asarray(_stored(layer)), 0, -1)


def value_at(layer: Any, time: int, voxel: tuple[int, int, int]) -> NDArray[Any]:
    """Return the value of one voxel, or its values, (c,); reads no more than that."""
    if shows_components(layer):
        return np.asarray(_stored(layer)[(slice(None), *voxel)])
    return np.asarray(_stored_frame(layer, time)[voxel])


def _stored(layer: Any) -> Any:
    """Return the voxels in full detail; arrays may be lazy."""
    return layer.data[0] if layer.multiscale else layer.data


def _stored_frame(layer: Any, time: int) -> Any:
    data = _stored(layer)
    if layer.ndim == 2:
        return data[np.newaxis]
    while data.ndim > 3 + bool(getattr(layer, "rgb", False)):
        data = data[min(max(time, 0), data.shape[0] - 1)]
        time = 0
    return data


def source_of(
    layer: Any, time: int, is_nearest: bool, *, has_components: bool = False
) -> PlaneSource:
    """Return what planes of a layer are sampled from.

    ``time`` is the index along the first axis of a layer with time; labels are never
    interpolated, images unless ``is_nearest``. With ``has_components`` that axis
    holds the values of each voxel.
    """
    is_labels = isinstance(layer, Labels)
    return PlaneSource(
        components_of(layer)
        if has_components
        else np.asarray(_stored_frame(layer, time)),
        affine_of(layer),
        is_nearest=is_nearest or is_labels,
        as_float=not is_labels,
    )


def has_time(layer: Any) -> bool:
    """Whether a layer has an axis before those of space."""
    return layer.ndim > 3 and not shows_components(layer)


def time_index(layer: Any, point: Sequence[float]) -> int:
    """Return the index along a layer's time axis at a point of napari's dims."""
    if not has_time(layer):
        return 0
    index = round(float(layer.world_to_data(point[-layer.ndim :])[0]))
    return int(min(max(index, 0), layer.data.shape[0] - 1))


def shows_components(layer: Any) -> bool:
    """Whether the first axis holds the values of each voxel, and is shown so."""
    return has_components(layer) and bool(value_of(layer, "reading", {}))


def _space_axes(layer: Any) -> tuple[int | None, int, int]:
    count = layer.ndim
    if count == 2:  # an image without depth lies at x = 0
        return None, 0, 1
    return count - 3, count - 2, count - 1
