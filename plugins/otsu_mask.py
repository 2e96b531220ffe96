"""Find the head, or any bright body, in front of a dark background."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from nora_core import Mask, Tool, Volume, hookimpl, tool
from nora_core.errors import ToolFailed

ClosingMm = Annotated[float, Field(ge=0, le=30, description="Widest closed gap")]


@tool(title="Head mask (Otsu)", memory_gb=4, minutes=5)
def otsu_mask(image: Volume, closing_mm: ClosingMm = 4.0) -> Mask:
    """Mask the largest body brighter than Otsu's threshold, its holes filled."""
    from scipy import ndimage
    from skimage.filters import threshold_otsu

    data = mean_over_time(image)
    values = data[np.isfinite(data)]
    if values.size == 0 or values.min() == values.max():
        raise ToolFailed("the image has one value only; Otsu's threshold needs two")
    bright = np.nan_to_num(data, nan=float(values.min())) > threshold_otsu(values)
    body = largest_component(bright)
    body = close_gaps(body, closing_mm, image.grid.zooms_mm)
    return Mask(ndimage.binary_fill_holes(body), image.grid)


def mean_over_time(image: Volume) -> NDArray[np.float32]:
    """Return the (i, j, k) values, averaged where there are several frames."""
    data = image.data.astype(np.float32, copy=False)
    return data if data.ndim == 3 else data.mean(axis=3, dtype=np.float32)


def largest_component(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Keep the largest of the parts of a (i, j, k) mask that do not touch."""
    from scipy import ndimage

    labels, count = ndimage.label(inside)
    if count < 2:
        return inside
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    largest: NDArray[np.bool_] = labels == sizes.argmax()
    return largest


def close_gaps(
    inside: NDArray[np.bool_], closing_mm: float, zooms_mm: tuple[float, float, float]
) -> NDArray[np.bool_]:
    """Close gaps up to ``closing_mm`` wide: grow by half of it, then shrink again."""
    from scipy import ndimage

    radius_mm = closing_mm / 2
    margin = [int(np.ceil(radius_mm / zoom)) + 1 for zoom in zooms_mm]
    padded = np.pad(inside, [(size, size) for size in margin])
    distance_mm = ndimage.distance_transform_edt(~padded, sampling=zooms_mm)
    grown = distance_mm <= radius_mm
    inner_mm = ndimage.distance_transform_edt(grown, sampling=zooms_mm)
    closed = padded | (inner_mm > radius_mm)
    crop = tuple(slice(size, -size) for size in margin)
    result: NDArray[np.bool_] = closed[crop]
    return result


@hookimpl
def register_tools(register: Callable[[Tool], None]) -> None:
    """Offer the tool in the panel, on the command line and as a job."""
    register(otsu_mask)
