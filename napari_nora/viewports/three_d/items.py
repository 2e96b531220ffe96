"""What a 3D viewport shows of a layer, and how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import numpy as np
from napari.layers import Image, Labels
from numpy.typing import NDArray

from napari_nora.viewports.looks import value_of
from napari_nora.viewports.sources import frame_of
from nora_core.geometry.plane import Plane

SHOWN_KEY = "shown_in_3d"
"""In a viewport's overrides: one of :class:`Shown`; see also THRESHOLD_KEY."""
THRESHOLD_KEY = "isosurface_threshold"
COLOR_KEY = "isosurface_color"
ISOSURFACE_COLORS = ("#e9c9a5", "#e69f00", "#56b4e9", "#009e73", "#f0e442", "#cc79a7")
"""Skin, then Okabe and Ito's colors."""


class Shown(StrEnum):
    """How a layer appears in 3D."""

    VOLUME = "volume"
    ISOSURFACE = "isosurface"
    AS_IT_IS = "as it is"
    """Surfaces, points, lines."""
    HIDDEN = "hidden"


@dataclass(frozen=True, eq=False)
class Item3D:
    """A layer and how a 3D viewport shows it.

    Parameters
    ----------
    layer : napari layer
        Its world is RAS+ mm.
    overrides : mapping
        Properties that differ from the layer's own here.
    time : int
        Index along the layer's time axis, where it has one.
    threshold : float or None
        Of the isosurface, in the image's values; ``None`` for Otsu's.
    color : str
        Of the isosurface of an image.
    """

    layer: Any
    shown: Shown
    overrides: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    time: int = 0
    threshold: float | None = None
    color: str = ISOSURFACE_COLORS[0]

    @property
    def key(self) -> str:
        """The layer's id."""
        return str(self.layer.unique_id)

    @property
    def is_visible(self) -> bool:
        """Whether anything is to be seen of it."""
        return self.shown is not Shown.HIDDEN and bool(self.look("visible"))

    def look(self, name: str) -> Any:
        """Return a property as this viewport shows it."""
        return value_of(self.layer, name, self.overrides)


@dataclass(frozen=True, eq=False)
class PlanePicture:
    """A plane of another viewport with its finished picture.

    Parameters
    ----------
    key : str
        Of the viewport.
    rgba : (rows, cols, 4) uint8 array
        What it shows, without letters and lines.
    """

    key: str
    plane: Plane
    rgba: NDArray[np.uint8]


def items_of(
    layers: Sequence[Any],
    overrides: Mapping[str, Mapping[str, Any]],
    times: Mapping[str, int] | None = None,
    *,
    has_planes: bool = False,
) -> list[Item3D]:
    """Return how the layers of a viewport are shown, from the background up.

    What is not said in ``overrides`` is chosen: the lowest image is a volume unless
    planes of other viewports show it already, images over it are hidden, regions are
    isosurfaces, everything else is as it is.
    """
    items, images = [], 0
    for layer in layers:
        own = overrides.get(str(layer.unique_id), {})
        is_background = isinstance(layer, Image) and not isinstance(layer, Labels)
        first = _first_shown(layer, is_lowest=images == 0, has_planes=has_planes)
        items.append(
            Item3D(
                layer,
                Shown(own.get(SHOWN_KEY, first)),
                own,
                (times or {}).get(str(layer.unique_id), 0),
                own.get(THRESHOLD_KEY),
                own.get(COLOR_KEY, ISOSURFACE_COLORS[images % len(ISOSURFACE_COLORS)]),
            )
        )
        images += is_background
    return items


def choices_of(layer: Any) -> tuple[Shown, ...]:
    """Return how a layer may be shown."""
    if isinstance(layer, Image) and _is_colors(layer):
        return (Shown.HIDDEN,)  # napari draws no volumes of colors
    if isinstance(layer, Image | Labels):
        return Shown.VOLUME, Shown.ISOSURFACE, Shown.HIDDEN
    return Shown.AS_IT_IS, Shown.HIDDEN


def _is_colors(layer: Any) -> bool:
    """Whether each voxel of an image has several values."""
    return bool(frame_of(layer, 0).ndim > 3)


def _first_shown(layer: Any, *, is_lowest: bool, has_planes: bool) -> Shown:
    if isinstance(layer, Labels):
        return Shown.ISOSURFACE
    if not isinstance(layer, Image):
        return Shown.AS_IT_IS
    if _is_colors(layer) or not is_lowest or has_planes:
        return Shown.HIDDEN
    return Shown.VOLUME
