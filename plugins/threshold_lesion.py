"""Mark voxels brighter than a threshold."""

from typing import Annotated

from pydantic import Field

from nora_core import Mask, Volume, hookimpl, tool

Hounsfield = Annotated[float, Field(ge=-1024, le=3071, description="Hounsfield units")]


@tool(title="Threshold lesion", memory_gb=4, minutes=5)
def threshold_lesion(image: Volume, lower: Hounsfield = 60.0) -> Mask:
    """Mark every voxel of ``image`` at or above ``lower``."""
    return Mask(image.data >= lower, image.grid)


@hookimpl
def register_tools(register):
    """Offer the tool in the panel, on the command line and as a job."""
    register(threshold_lesion)
