"""A property set in one viewport goes to all, or with Shift stays there."""

from __future__ import annotations

from typing import Any

from napari_nora.viewports.looks import OWN_NAMES, set_own
from napari_nora.viewports.state import Desk


def set_look(
    desk: Desk, layer: Any, name: str, value: Any, key: str, *, only_here: bool
) -> None:
    """Set a property of napari's layer, or one of ``looks.OWN_NAMES``.

    With ``only_here`` just the viewport ``key`` changes, and keeps differing.
    Otherwise all viewports follow that do not differ already.
    """
    item = str(layer.unique_id)
    if only_here:
        desk.override(item, key, **{name: value})
        return
    desk.clear_override(item, key, name)
    if name in OWN_NAMES:
        set_own(layer, name, value)
    elif name == "contrast_limits":
        _set_limits(layer, value)
    else:
        setattr(layer, name, value)


def _set_limits(layer: Any, limits: tuple[float, float]) -> None:
    """Set the window; the sliders' range grows with it."""
    low, high = limits
    if not high > low:
        return
    lowest, highest = layer.contrast_limits_range
    if low < lowest or high > highest:
        layer.contrast_limits_range = (min(low, lowest), max(high, highest))
    layer.contrast_limits = (low, high)
