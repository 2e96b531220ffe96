"""Looks of layers as data, and back to napari's properties."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from napari.layers import Image, Labels
from napari.utils.colormaps import (
    AVAILABLE_COLORMAPS,
    Colormap,
    CyclicLabelColormap,
    ensure_colormap,
)
from napari.utils.colormaps.standardize_color import transform_color

from napari_nora.opening.plan import VOLUME_KEY
from napari_nora.opening.show import MASK_COLORS
from napari_nora.viewports.looks import OWN_KEY, OWN_NAMES
from napari_nora.viewports.three_d.items import COLOR_KEY, SHOWN_KEY, THRESHOLD_KEY
from nora_core.wire.scene import Look

ONE_COLOR = "one color"
"""Name of a colormap that goes from black (or nothing) to :attr:`Look.color`."""
MASKS = "masks"
"""Colors for few labels, the first of which is :attr:`Look.color`."""
_FIELDS = {
    "contrast_limits": "limits",
    "gamma": "gamma",
    "opacity": "opacity",
    "blending": "blending",
    "interpolation2d": "interpolation",
    "visible": "visible",
    "contour": "contour_px",
    "reading": "reading",
    "clips_below": "clips_below",
    SHOWN_KEY: "in_3d",
    THRESHOLD_KEY: "isosurface",
    COLOR_KEY: "color",
}
_PROPERTIES = {field: name for name, field in _FIELDS.items()}
_OF_IMAGES = ("gamma", "interpolation2d")


def one_color(color: str, *, of_labels: bool) -> Any:
    """Return a colormap of one color: for regions, or from black for images."""
    rgba = transform_color(color)[0]
    if of_labels:
        clear = np.zeros(4, dtype=np.float32)
        return CyclicLabelColormap(
            colors=[clear, rgba], background_value=0, name=ONE_COLOR
        )
    return Colormap([[0, 0, 0, 1], rgba], name=f"{ONE_COLOR} {hex_of(rgba)}")


def mask_colors(first: str) -> CyclicLabelColormap:
    """Return the colors of masks with few labels, beginning with ``first``."""
    colors = [color for color in MASK_COLORS if color != first]
    if first in MASK_COLORS:
        start = MASK_COLORS.index(first)
        colors = [*MASK_COLORS[start + 1 :], *MASK_COLORS[:start]]
    return CyclicLabelColormap(
        colors=["transparent", first, *colors], background_value=0
    )


def hex_of(rgba: Any) -> str:
    """Return a color as ``#rrggbb``."""
    return "#" + "".join(f"{round(float(part) * 255):02x}" for part in rgba[:3])


def look_of_layer(layer: Any, time: int | None) -> Look:
    """Return how a layer looks by itself."""
    properties: dict[str, Any] = {
        name: getattr(layer, name)
        for name in ("opacity", "blending", "visible", *_OF_IMAGES, "contour")
        if _has(layer, name)
    }
    if isinstance(layer, Image) and not layer.rgb:
        properties["contrast_limits"] = layer.contrast_limits
    if isinstance(layer, Image | Labels) and not getattr(layer, "rgb", False):
        properties["colormap"] = layer.colormap
    properties.update(layer.metadata.get(OWN_KEY, {}))
    look = look_of_properties(properties)
    time = layer.metadata.get(VOLUME_KEY, time)
    return look if time is None else look.model_copy(update={"time": time})


def look_of_properties(properties: Mapping[str, Any]) -> Look:
    """Return napari's properties, and those of our own, as data."""
    fields: dict[str, Any] = {
        _FIELDS[name]: _plain(value)
        for name, value in properties.items()
        if name in _FIELDS and value is not None
    }
    if properties.get("colormap") is not None:
        fields.update(_fields_of_colormap(properties["colormap"]))
    return Look(**fields)


def properties_of_look(look: Look, layer: Any) -> dict[str, Any]:
    """Return a look as napari's properties for a layer; unknown colormaps are left."""
    given = look.model_dump(exclude_none=True)
    found = {
        _PROPERTIES[field]: value
        for field, value in given.items()
        if field in _PROPERTIES and field != "color"
    }
    colormap = _colormap_of(look, of_labels=isinstance(layer, Labels))
    if colormap is not None:
        found["colormap"] = colormap
    elif look.color is not None:
        found[COLOR_KEY] = look.color
    return found


def apply_look(layer: Any, look: Look) -> None:
    """Let a layer look as data say; what they leave out stays."""
    properties = properties_of_look(look, layer)
    own = {name: properties.pop(name) for name in OWN_NAMES & properties.keys()}
    limits = properties.pop("contrast_limits", None)
    if limits is not None and hasattr(layer, "contrast_limits_range"):
        low, high = limits
        lowest, highest = layer.contrast_limits_range
        layer.contrast_limits_range = (min(low, lowest), max(high, highest))
        layer.contrast_limits = (low, high)
    for name, value in properties.items():
        if _has(layer, name) or name == "colormap":
            setattr(layer, name, value)
    layer.metadata = {**layer.metadata, OWN_KEY: own}


def _has(layer: Any, name: str) -> bool:
    if name in _OF_IMAGES:
        return isinstance(layer, Image)
    return isinstance(layer, Labels) if name == "contour" else hasattr(layer, name)


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple | np.ndarray):
        return tuple(float(part) for part in value)
    return str(value) if isinstance(value, str) else value


def _fields_of_colormap(colormap: Any) -> dict[str, Any]:
    if isinstance(colormap, str):
        return {"colormap": colormap}
    if isinstance(colormap, CyclicLabelColormap):
        colors = [hex_of(color) for color in colormap.colors]
        if colormap.name == ONE_COLOR:
            return {"colormap": ONE_COLOR, "color": colors[1]}
        if len(colors) == len(MASK_COLORS) + 1 and set(colors[1:]) == set(MASK_COLORS):
            return {"colormap": MASKS, "color": colors[1]}
        return {}
    name = str(getattr(colormap, "name", ""))
    if name.startswith(ONE_COLOR):
        return {"colormap": ONE_COLOR, "color": hex_of(colormap.colors[-1])}
    return {"colormap": name} if is_colormap(name) else {}


def _colormap_of(look: Look, *, of_labels: bool) -> Any:
    if look.colormap == ONE_COLOR and look.color is not None:
        return one_color(look.color, of_labels=of_labels)
    if of_labels:
        is_masks = look.colormap == MASKS and look.color is not None
        return mask_colors(str(look.color)) if is_masks else None
    return look.colormap if is_colormap(look.colormap or "") else None


def is_colormap(name: str) -> bool:
    """Whether napari knows a colormap of this name."""
    if not name or name in AVAILABLE_COLORMAPS:
        return bool(name)
    try:
        ensure_colormap(name)
    except (KeyError, TypeError, ValueError):
        return False
    return True
