"""Find the brain in an MR image by dipy's median filter and Otsu's threshold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypedDict

import numpy as np
from pydantic import Field

from nora_core import Mask, Tool, ToolContext, Volume, hookimpl, tool
from nora_core.errors import ToolFailed

Radius = Annotated[int, Field(ge=1, le=10, description="Radius of the median filter")]
Passes = Annotated[int, Field(ge=1, le=10, description="How often it is filtered")]


class Brain(TypedDict):
    """The mask and the image with everything else set to 0."""

    mask: Mask
    brain: Volume


@tool(title="Brain mask (dipy)", memory_gb=6, minutes=20)
def brain_mask(
    image: Volume,
    context: ToolContext,
    radius_voxels: Radius = 4,
    passes: Passes = 4,
) -> Brain:
    """Mask the brain in a T2-weighted or diffusion-weighted MR image.

    Several frames are averaged first. Needs dipy: install ``napari-nora[diffusion]``.
    """
    try:
        from dipy.segment.mask import median_otsu
    except ImportError as error:
        raise ToolFailed(
            "dipy is not installed on this machine; "
            "pip install 'napari-nora[diffusion]' brings it"
        ) from error

    data = image.data.astype(np.float32, copy=False)
    if data.ndim == 4:
        data = data.mean(axis=3, dtype=np.float32)
    context.progress(0.1, "filtering")
    _, inside = median_otsu(data, median_radius=radius_voxels, numpass=passes)
    context.progress(0.9, "masking")
    inside = np.asarray(inside, dtype=bool)
    return Brain(
        mask=Mask(inside, image.grid),
        brain=image.with_data(np.where(inside, data, np.float32(0))),
    )


@hookimpl
def register_tools(register: Callable[[Tool], None]) -> None:
    """Offer the tool in the panel, on the command line and as a job."""
    register(brain_mask)
