"""Smooth an image by the same width in millimetres in every direction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import numpy as np
from pydantic import Field

from nora_core import Tool, Volume, hookimpl, tool

SIGMA_PER_FWHM = 1 / np.sqrt(8 * np.log(2))
"""Standard deviation of a Gaussian of full width 1 at half its height."""

FwhmMm = Annotated[
    float,
    Field(ge=0.1, le=50, description="Width at half maximum"),
]


@tool(title="Smooth (Gaussian)", memory_gb=4, minutes=10)
def smooth(image: Volume, fwhm_mm: FwhmMm = 6.0) -> Volume:
    """Smooth each frame with a Gaussian that is round in space, not in voxels."""
    from scipy import ndimage

    sigmas = [fwhm_mm * SIGMA_PER_FWHM / zoom for zoom in image.grid.zooms_mm]
    smoothed = np.empty(image.shape, np.float32)
    for index in range(image.frame_count):
        frame = smoothed if len(image.shape) == 3 else smoothed[..., index]
        source = image.frame(index).astype(np.float32, copy=False)
        ndimage.gaussian_filter(source, sigmas, output=frame, mode="nearest")
    return image.with_data(smoothed)


@hookimpl
def register_tools(register: Callable[[Tool], None]) -> None:
    """Offer the tool in the panel, on the command line and as a job."""
    register(smooth)
