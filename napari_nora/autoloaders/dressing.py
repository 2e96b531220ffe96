"""Gives napari's layers the voxels and the look that a case asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from napari.layers import Image, Labels

from napari_nora.autoloaders.looks import Dress
from napari_nora.opening.plan import LayerKind, LayerPlan
from napari_nora.opening.show import finish_layer
from napari_nora.scenes.looks import one_color
from napari_nora.viewports.looks import OWN_KEY, OWN_NAMES

_MUCH_LONGER = 1.5


def can_take(layer: Any, plan: LayerPlan) -> bool:
    """Whether a layer can hold the voxels of a plan instead of its own.

    Making a layer takes napari a hundred times longer than giving it other voxels.
    """
    if plan.kind is LayerKind.IMAGE:
        is_rgb = bool(plan.options.get("rgb", False))
        same = isinstance(layer, Image) and layer.rgb == is_rgb
    else:
        same = plan.kind is LayerKind.LABELS and isinstance(layer, Labels)
    return bool(same) and layer.data.ndim == plan.data.ndim


def give(viewer: Any, layer: Any, plan: LayerPlan) -> None:
    """Put the voxels of a plan into a layer, at their place and with their name."""
    _set(layer, "name", plan.name)
    layer.data = plan.data
    _set_place(layer, plan)
    layer.metadata = plan.metadata
    if isinstance(layer, Labels):
        _forget_strokes(layer)
        finish_layer(viewer, layer, plan)


def wear(layer: Any, plan: LayerPlan | None, dress: Dress) -> None:
    """Let a layer look as an autoloader says, else as it is opened by itself."""
    planned = plan.options if plan is not None else {}
    look: dict[str, Any] = {
        name: planned[name]
        for name in ("colormap", "contrast_limits", "interpolation2d", "opacity")
        if name in planned
    }
    look.update(converted(layer, dress.common))
    own = {name: look.pop(name) for name in OWN_NAMES & look.keys()}
    limits = look.pop("contrast_limits", None)
    if limits is not None:
        set_limits(layer, limits, plan.value_range if plan is not None else None)
    look.setdefault("blending", "translucent")
    if isinstance(layer, Image):
        look.setdefault("gamma", 1.0)
    look.setdefault("visible", True)
    for name, value in look.items():
        _set(layer, name, value)
    before = layer.metadata.get(OWN_KEY, {})
    if before != own:
        layer.metadata = {**layer.metadata, OWN_KEY: own}


def converted(layer: Any, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return properties as napari takes them: a color becomes a colormap."""
    found = dict(properties)
    color = found.pop("color", None)
    if color is not None:
        found["colormap"] = one_color(color, of_labels=isinstance(layer, Labels))
    return found


def set_limits(
    layer: Any, limits: tuple[float, float], reach: tuple[float, float] | None
) -> None:
    """Set the window and how far its sliders reach."""
    low, high = (float(value) for value in limits)
    if not high > low:
        high = low + 1.0
    lowest, highest = reach if reach is not None else (low, high)
    lowest, highest = min(low, lowest), max(high, highest)
    if not _fits(layer.contrast_limits_range, lowest, highest):
        layer.contrast_limits_range = (lowest, highest)
    if list(layer.contrast_limits) != [low, high]:
        layer.contrast_limits = (low, high)


def _fits(reach: tuple[float, float], lowest: float, highest: float) -> bool:
    """Whether sliders that reach so far suit these values; changing them takes time."""
    length = highest - lowest
    is_inside = reach[0] <= lowest and highest <= reach[1]
    return is_inside and reach[1] - reach[0] <= _MUCH_LONGER * length


def _set_place(layer: Any, plan: LayerPlan) -> None:
    """Put a layer where a plan says, wherever the user had moved it before."""
    if np.any(layer.translate):
        layer.translate = np.zeros(layer.ndim)
    if not np.array_equal(layer.rotate, np.eye(layer.ndim)):
        layer.rotate = np.eye(layer.ndim)
    if np.any(layer.shear):
        layer.shear = np.zeros_like(layer.shear)
    scale, affine = plan.options["scale"], np.asarray(plan.options["affine"])
    if not np.array_equal(layer.scale, scale):
        layer.scale = scale
    if not np.array_equal(np.asarray(layer.affine), affine):
        layer.affine = affine


def _set(layer: Any, name: str, value: Any) -> None:
    present = getattr(layer, name, None)
    if name == "colormap":
        if getattr(present, "name", None) == value:
            return
    elif present == value:
        return
    setattr(layer, name, value)


def _forget_strokes(layer: Labels) -> None:
    """Drop the strokes that could be undone: they are of the mask before."""
    mode = layer.mode
    layer.editable = False
    layer.editable = True
    layer.mode = mode
