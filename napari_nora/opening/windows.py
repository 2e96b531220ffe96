"""Which intensities are shown black and white: presets for CT, and automatic ones."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Limits = tuple[float, float]
"""The intensities shown as black and as white."""

SAMPLE_VOXELS = 200_000
"""So many values are looked at, however large the image is."""
_LINE = 8
_PERCENTILES = (0.5, 99.7)
_AIR_HU = -900.0
_SOFT_TISSUE_HU = (-160.0, 240.0)


class WindowKind(StrEnum):
    """How a preset finds its limits."""

    AUTO = "auto"
    """Nearly all of what the image holds."""
    AUTO_FROM_ZERO = "auto from zero"
    """From 0 up to nearly the highest."""
    FIXED = "fixed"
    """From center and width."""


@dataclass(frozen=True)
class WindowPreset:
    """A window that a key chooses.

    Parameters
    ----------
    name : str
        For menus.
    key : str
        The digit that chooses it.
    center_hu, width_hu : float
        Of fixed windows, in Hounsfield units.
    """

    name: str
    key: str
    kind: WindowKind = WindowKind.FIXED
    center_hu: float = 0.0
    width_hu: float = 0.0

    def limits(self, data: NDArray[Any]) -> Limits:
        """Return the window of an image's voxels, an array of any shape."""
        if self.kind is WindowKind.AUTO:
            return auto_limits(data)
        if self.kind is WindowKind.AUTO_FROM_ZERO:
            return auto_limits_from_zero(data)
        half = self.width_hu / 2
        return self.center_hu - half, self.center_hu + half


WINDOW_PRESETS = (
    WindowPreset("Auto from zero", "0", WindowKind.AUTO_FROM_ZERO),
    WindowPreset("Auto", "1", WindowKind.AUTO),
    WindowPreset("Brain", "2", center_hu=50.0, width_hu=100.0),
    WindowPreset("Bone", "3", center_hu=500.0, width_hu=2000.0),
    WindowPreset("Soft tissue", "4", center_hu=50.0, width_hu=350.0),
    WindowPreset("Liver", "5", center_hu=100.0, width_hu=200.0),
    WindowPreset("Lung", "6", center_hu=-500.0, width_hu=1440.0),
)
"""NORA's keys 0 to 6."""


def sample_of(data: NDArray[Any]) -> NDArray[Any]:
    """Return some of the values, evenly spread, as a flat copy.

    Parameters
    ----------
    data : array
        Any shape and type; at most about :data:`SAMPLE_VOXELS` of it are read.
    """
    steps = _steps(data.shape, data.strides)
    return data[tuple(slice(None, None, step) for step in steps)].ravel(order="K")


def _steps(shape: tuple[int, ...], strides: tuple[int, ...]) -> list[int]:
    """Return a step for each axis: the longest are thinned first.

    The axis that runs fastest is thinned last, since memory comes in lines.
    """
    steps = [1] * len(shape)
    kept = list(shape)
    worth = [1.0] * len(shape)
    worth[int(np.argmin(np.abs(strides)))] = 1 / _LINE
    while np.prod(kept, dtype=np.float64) > SAMPLE_VOXELS:
        axis = int(np.argmax(np.multiply(kept, worth)))
        steps[axis] += 1
        kept[axis] = -(-shape[axis] // steps[axis])
    return steps


def auto_limits(data: NDArray[Any]) -> Limits:
    """Return limits between which nearly all values of a sample lie."""
    sample = _finite(sample_of(data))
    if not len(sample):
        return 0.0, 1.0
    low, high = _percentiles(sample, _PERCENTILES)
    if high <= low:
        low, high = float(sample.min()), float(sample.max())
    return (low, high) if high > low else (low, low + 1.0)


def auto_limits_from_zero(data: NDArray[Any]) -> Limits:
    """Return limits from 0 up to nearly the highest value of a sample.

    An image that has no values above 0 goes from its lowest up to 0.
    """
    low, high = auto_limits(data)
    if high > 0:
        return 0.0, high
    return (low, 0.0) if low < 0 else (0.0, 1.0)


def default_limits(sample: NDArray[Any]) -> Limits:
    """Return the window with which an image is opened.

    Hounsfield units get the window of soft tissue; other images nearly all of
    what they hold.

    Parameters
    ----------
    sample : array
        Values of the image, or the image.
    """
    low, high = auto_limits(sample)
    is_ct = high > 100 and float(np.nanmin(sample_of(sample))) <= _AIR_HU
    return _SOFT_TISSUE_HU if is_ct else (low, high)


def range_of(data: NDArray[Any]) -> Limits:
    """Return the lowest and the highest finite value of a sample."""
    sample = _finite(sample_of(data))
    if not len(sample) or sample.min() == sample.max():
        return 0.0, 1.0
    return float(sample.min()), float(sample.max())


def _finite(sample: NDArray[Any]) -> NDArray[np.float32]:
    values = sample.astype(np.float32)
    return values[np.isfinite(values)]


def _percentiles(sample: NDArray[np.float32], parts: tuple[float, float]) -> Limits:
    low, high = np.percentile(sample, parts)
    return float(low), float(high)
