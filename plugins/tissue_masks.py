"""Split a T1-weighted image of a brain into fluid, gray and white matter."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from nora_core import Mask, Tool, Volume, hookimpl, tool
from nora_core.errors import ToolFailed

CLASSES = 4
"""Background, fluid, gray matter and white matter, from dark to bright."""


class Tissues(NamedTuple):
    """Three masks that do not overlap."""

    fluid: Mask
    gray: Mask
    white: Mask


@tool(title="Tissue masks (T1, Otsu)", memory_gb=4, minutes=5)
def tissue_masks(image: Volume) -> Tissues:
    """Split a T1-weighted brain by brightness, at three thresholds of Otsu.

    A quick look, no segmentation to measure with: there is no correction of the
    field, and what lies outside the brain is split as well. Otsu, IEEE Trans.
    Systems, Man and Cybernetics 9 (1979) 62-66.
    """
    from skimage.filters import threshold_multiotsu

    if image.frame_count != 1:
        raise ToolFailed(
            f"the image has {image.frame_count} frames; choose an image with one"
        )
    data = np.nan_to_num(image.data.astype(np.float32, copy=False))
    try:
        thresholds = threshold_multiotsu(data.ravel(), classes=CLASSES)
    except ValueError as error:
        raise ToolFailed(
            f"the image cannot be split into {CLASSES} classes, it has too few shades; "
            "choose a T1-weighted image"
        ) from error
    tissue = np.digitize(data, thresholds, right=True)
    return Tissues(*(Mask(tissue == index, image.grid) for index in range(1, CLASSES)))


@hookimpl
def register_tools(register: Callable[[Tool], None]) -> None:
    """Offer the tool in the panel, on the command line and as a job."""
    register(tissue_masks)
