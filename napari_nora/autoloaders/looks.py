"""How an autoloader's intent makes a layer look, everywhere and in one viewport."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from napari_nora.autoloaders.resolve import Match
from napari_nora.opening.plan import MASK_OPACITY, LayerKind
from napari_nora.opening.windows import WINDOW_PRESETS, Limits, WindowPreset
from napari_nora.viewports.state import Kind
from napari_nora.viewports.three_d.items import (
    COLOR_KEY,
    SHOWN_KEY,
    THRESHOLD_KEY,
    Shown,
)
from nora_core.errors import BadInput
from nora_core.wire.preset import Intent, Placement

OVERLAY_COLORMAP = "hot"
OVERLAY_OPACITY = 0.6
Properties = Mapping[str, Any]
"""napari's names of properties, and those of ``viewports.looks.OWN_NAMES``."""


@dataclass(frozen=True)
class Dress:
    """The look of one layer and the planes of its viewports."""

    common: Properties
    overrides: Mapping[str, Properties] = field(default_factory=dict)
    """By viewport, what differs there."""
    viewports: Mapping[str, Properties] = field(default_factory=dict)
    """By viewport, fields of its :class:`~napari_nora.viewports.state.ViewportState`.
    """


def dress(
    match: Match, kind: LayerKind, limits: Callable[[WindowPreset], Limits]
) -> Dress:
    """Return how the image of a match looks.

    ``limits`` gives the window of a preset for this image.

    Raises
    ------
    BadInput
        There is no window of the intent's name.
    """
    common = {**_defaults(match, kind), **_fixed(match, kind, limits)}
    places = match.placements
    each = [_of_placement(place, kind) for place in places]
    shared = each[0] if all(one == each[0] for one in each) else {}
    overrides: dict[str, Properties] = {
        place.viewport: own
        for place, own in zip(places, each, strict=True)
        if own and own != shared
    }
    for place in places:
        in_3d = _in_3d(match, place, kind)
        if in_3d:
            overrides[place.viewport] = {**overrides.get(place.viewport, {}), **in_3d}
    viewports = planes_of(match.autoloader.intent, places)
    return Dress(
        {**common, **shared},
        overrides,
        viewports,
    )


def planes_of(intent: Intent, places: Iterable[Placement]) -> dict[str, Properties]:
    """Return how the viewports of an autoloader look at the world, where it says."""
    found = {place.viewport: _plane(intent, place) for place in places}
    return {key: fields for key, fields in found.items() if fields}


def window_named(name: str) -> WindowPreset:
    """Return the window preset of a name, whatever its case and blanks.

    Examples
    --------
    >>> window_named("soft_tissue").name
    'Soft tissue'
    """
    wanted = _letters(name)
    for preset in WINDOW_PRESETS:
        if wanted in (_letters(preset.name), preset.key):
            return preset
    known = ", ".join(preset.name for preset in WINDOW_PRESETS)
    raise BadInput(f"no window {name!r}; known: {known}")


def _letters(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _defaults(match: Match, kind: LayerKind) -> dict[str, Any]:
    intent = match.autoloader.intent
    if kind is LayerKind.LABELS:
        return {"opacity": MASK_OPACITY}
    if kind is LayerKind.IMAGE and intent.overlay:
        return {
            "opacity": OVERLAY_OPACITY,
            "colormap": OVERLAY_COLORMAP,
            "blending": "translucent_no_depth",
            "clips_below": True,
        }
    return {"opacity": 1.0, "clips_below": False} if kind is LayerKind.IMAGE else {}


def _fixed(
    match: Match, kind: LayerKind, limits: Callable[[WindowPreset], Limits]
) -> dict[str, Any]:
    intent = match.autoloader.intent
    found: dict[str, Any] = {}
    if kind is LayerKind.IMAGE:
        if intent.clim is not None:
            found["contrast_limits"] = intent.clim
        elif intent.windowing is not None:
            found["contrast_limits"] = limits(window_named(intent.windowing))
        if intent.transparent is True:
            found["clips_below"] = True
    if not isinstance(intent.transparent, bool):
        found["opacity"] = float(intent.transparent)
    return found


def _of_placement(place: Placement, kind: LayerKind) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if place.cmap is not None and kind is LayerKind.IMAGE:
        found["colormap"] = place.cmap
    if place.color is not None:
        found["color"] = place.color
    return found


def _in_3d(match: Match, place: Placement, kind: LayerKind) -> dict[str, Any]:
    """Return how a 3D viewport shows the image, where the intent says it."""
    threshold = match.autoloader.intent.isosurf
    if threshold is None or kind is LayerKind.SURFACE:
        return {}
    if threshold is False:
        return {SHOWN_KEY: Shown.VOLUME.value}
    found: dict[str, Any] = {SHOWN_KEY: Shown.ISOSURFACE.value}
    if threshold is not True:
        found[THRESHOLD_KEY] = float(threshold)
    if place.color is not None:
        found[COLOR_KEY] = place.color
    return found


def _plane(intent: Intent, place: Placement) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if place.slicing is not None:
        fields["orientation"] = place.slicing
    gl = intent.gl
    if gl is not None and not place.viewport.startswith("b"):
        fields["kind"] = Kind.VOLUME if gl else Kind.PLANE
    return fields
