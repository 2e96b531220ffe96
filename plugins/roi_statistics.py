"""Count and measure the voxels of an image inside a region."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from nora_core import Mask, Tool, Volume, hookimpl, tool
from nora_core.errors import ToolFailed

PERCENTILES = (5, 25, 50, 75, 95)


class RoiStatistics(TypedDict):
    """One row; ``p5`` to ``p95`` are percentiles, ``std`` is that of a sample."""

    voxel_count: int
    volume_ml: float
    finite_voxel_count: int
    mean: float
    std: float
    minimum: float
    p5: float
    p25: float
    median: float
    p75: float
    p95: float
    maximum: float


@tool(title="ROI statistics", memory_gb=4, minutes=5)
def roi_statistics(image: Volume, mask: Mask) -> RoiStatistics:
    """Describe the image's values inside the mask, wherever the mask's grid lies.

    A mask on another grid is brought onto the image's: the nearest voxel decides.
    Voxels that are not finite numbers count for the volume only.
    """
    if image.frame_count != 1:
        raise ToolFailed(
            f"the image has {image.frame_count} frames; choose an image with one"
        )
    inside = mask.onto(image.grid)
    values = image.data[inside.data].astype(np.float64)
    if values.size == 0:
        raise ToolFailed("no voxel of the image lies in the mask; do they overlap?")
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        raise ToolFailed("no voxel in the mask has a finite value")
    return describe_values(finite, inside.voxel_count, inside.volume_ml)


def describe_values(
    values: NDArray[np.float64], voxel_count: int, volume_ml: float
) -> RoiStatistics:
    """Return the row for the finite ``values``, (n,), in a mask of this size."""
    p5, p25, median, p75, p95 = (float(x) for x in np.percentile(values, PERCENTILES))
    return RoiStatistics(
        voxel_count=voxel_count,
        volume_ml=volume_ml,
        finite_voxel_count=int(values.size),
        mean=float(values.mean()),
        std=float(values.std(ddof=1)) if values.size > 1 else 0.0,
        minimum=float(values.min()),
        p5=p5,
        p25=p25,
        median=median,
        p75=p75,
        p95=p95,
        maximum=float(values.max()),
    )


@hookimpl
def register_tools(register: Callable[[Tool], None]) -> None:
    """Offer the tool in the panel, on the command line and as a job."""
    register(roi_statistics)
