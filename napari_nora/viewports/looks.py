"""How a layer looks in a viewport: its own properties, but for what differs there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from napari.layers import Image, Labels, Layer
from napari.utils.colormaps import Colormap, ensure_colormap
from numpy.typing import NDArray

from napari_nora.viewports.compositing import Coloring, LabelColors, white_of
from napari_nora.viewports.vector_axes import ARROWS, DIRECTIONS, turn_of

OWN_KEY = "nora look"
"""In ``layer.metadata``: properties that napari does not know (see OWN_NAMES)."""
OWN_NAMES = frozenset({"clips_below", "reading"})
_LUT_SIZE = 256


@dataclass(frozen=True, eq=False)
class ImageLook:
    """How an image is colored."""

    coloring: Coloring
    opacity: float
    blending: str
    is_nearest: bool


@dataclass(frozen=True, eq=False)
class LabelsLook:
    """How regions are colored; they are filled where ``contour_px`` is 0."""

    colors: LabelColors
    opacity: float
    blending: str
    contour_px: int


@dataclass(frozen=True, eq=False)
class RgbLook:
    """How an image of colors or directions is drawn.

    Parameters
    ----------
    reading : str
        An order of colors, or one of ``vector_axes.DIRECTIONS``.
    white : float
        The value of full color.
    """

    opacity: float
    blending: str
    is_nearest: bool
    reading: str = "rgb"
    white: float = 255.0
    turn: NDArray[np.float64] | None = None
    """Turns vectors into the world, (3, 3); ``None`` for colors."""


Look = ImageLook | LabelsLook | RgbLook


def value_of(layer: Any, name: str, overrides: Mapping[str, Any]) -> Any:
    """Return a property as a viewport shows it."""
    if name in overrides:
        return overrides[name]
    if name in OWN_NAMES:
        return layer.metadata.get(OWN_KEY, {}).get(name)
    return getattr(layer, name)


def has_components(layer: Any) -> bool:
    """Whether the first axis may hold three or four values of each voxel."""
    is_scalar = isinstance(layer, Image) and not layer.rgb
    return is_scalar and layer.ndim == 4 and layer.data.shape[0] in {3, 4}


def set_own(layer: Any, name: str, value: Any) -> None:
    """Set a property that napari does not know; it is told as a change of metadata."""
    own = {**layer.metadata.get(OWN_KEY, {}), name: value}
    layer.metadata = {**layer.metadata, OWN_KEY: own}


def look_of(layer: Layer, overrides: Mapping[str, Any]) -> Look | None:
    """Return how a layer looks; ``None`` where it is not drawn as pixels."""

    def value(name: str) -> Any:
        return value_of(layer, name, overrides)

    if not value("visible"):
        return None
    opacity, blending = float(value("opacity")), str(value("blending"))
    if isinstance(layer, Labels):
        colors = LabelColors.of(value("colormap"))
        return LabelsLook(colors, opacity, blending, int(value("contour")))
    if not isinstance(layer, Image):
        return None
    is_nearest = str(value("interpolation2d")) == "nearest"
    reading = value("reading") if has_components(layer) else None
    if reading in ARROWS:
        return None  # they are marks
    if layer.rgb or reading:
        white = white_of(layer.dtype)
        turn = turn_of(layer, reading) if reading in DIRECTIONS else None
        is_nearest = is_nearest or turn is not None  # v and -v are one axis
        return RgbLook(opacity, blending, is_nearest, reading or "rgb", white, turn)
    low, high = (float(limit) for limit in value("contrast_limits"))
    lut, hides_low = lut_of(value("colormap")), bool(value("clips_below"))
    coloring = Coloring(lut, low, high, float(value("gamma")), hides_low)
    return ImageLook(coloring, opacity, blending, is_nearest)


def lut_of(colormap: Colormap | str) -> NDArray[np.float32]:
    """Return the colors of a colormap, (256, 4), 0 to 1."""
    map_ = ensure_colormap(colormap)
    return np.asarray(map_.map(np.linspace(0, 1, _LUT_SIZE)), dtype=np.float32)
