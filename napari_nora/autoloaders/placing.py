"""Puts layers into viewports and aims these, as the autoloaders say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from napari_nora.autoloaders.dressing import converted
from napari_nora.autoloaders.looks import Dress, planes_of
from napari_nora.autoloaders.resolve import Resolution, Slot
from napari_nora.opening.placed import placed_of
from napari_nora.viewports.state import NO_TURN, Desk
from nora_core.geometry.grid import Grid

Grids = Mapping[str, Grid | None]
"""By viewport, the grid of its background."""


class Notes:
    """Sentences to show in viewports."""

    def __init__(self) -> None:
        self._sentences: dict[str, list[str]] = defaultdict(list)

    def add(self, keys: Iterable[str], sentence: str) -> None:
        """Say something in some viewports, once."""
        for key in keys:
            if sentence not in self._sentences[key]:
                self._sentences[key].append(sentence)

    def of(self, key: str) -> str:
        """Return what is said in one viewport."""
        return " · ".join(self._sentences[key])


class Placing:
    """Which layer of a case stands in which viewport.

    Parameters
    ----------
    slots : mapping
        The layers of the case, from the background up.
    """

    def __init__(
        self,
        resolution: Resolution,
        slots: Mapping[Slot, Any],
        dresses: Mapping[Slot, Dress],
    ) -> None:
        self._items = {slot: str(layer.unique_id) for slot, layer in slots.items()}
        self._slots = slots
        self._dresses = dresses
        self._empty = resolution.empty
        self._matched = {match.slot for match in resolution.matches}
        self._spots = {
            (place.viewport, match.slot)
            for match in resolution.matches
            for place in match.placements
        }

    def apply(self, desk: Desk, notes: Notes, open_items: set[str]) -> None:
        """Show the layers in the viewports on the screen.

        Layers that are open and not of the case stay below where they are.
        """
        others = open_items - set(self._items.values())
        for key in desk.layout.keys:
            present = desk[key].items
            below = [item for item in present if item in others]
            desk.change(
                key,
                items=(*below, *self._shown(key, present)),
                overrides=MappingProxyType(self._overrides(key)),
                note=notes.of(key),
                **self._fields(key),
            )

    def _shown(self, key: str, present: tuple[str, ...]) -> list[str]:
        """Return the case's layers in a viewport; new masks stay where they are."""
        return [
            item
            for slot, item in self._items.items()
            if (key, slot) in self._spots
            or (slot not in self._matched and item in present)
        ]

    def _overrides(self, key: str) -> dict[str, Mapping[str, Any]]:
        return {
            self._items[slot]: converted(self._slots[slot], dress.overrides[key])
            for slot, dress in self._dresses.items()
            if key in dress.overrides
        }

    def _fields(self, key: str) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        for autoloader in self._empty:
            planes = planes_of(autoloader.intent, autoloader.placements())
            fields.update(planes.get(key, {}))
        for dress in self._dresses.values():
            fields.update(dress.viewports.get(key, {}))
        return fields


def grids_in(viewer: Any, desk: Desk) -> Grids:
    """Return the grids of the backgrounds of the viewports on the screen."""
    placed = {str(layer.unique_id): placed_of(layer) for layer in viewer.layers}
    found: dict[str, Grid | None] = {}
    for key in desk.layout.keys:
        places = [placed.get(item) for item in desk[key].items]
        grids = [place.grid for place in places if place is not None and place.grid]
        found[key] = grids[0] if grids else None
    return found


def aim(desk: Desk, before: Grids, after: Grids, main_viewport: str | None) -> None:
    """Keep zoom and place where the grids agree, else show whole images."""
    shown = {key: grid for key, grid in after.items() if grid is not None}
    changed = [key for key, grid in shown.items() if not _agree(before.get(key), grid)]
    for key in changed:
        desk.change(key, turn=NO_TURN, focus_mm=None, mm_per_pixel=None)
    main = main_viewport if main_viewport in shown else next(iter(shown), None)
    if main is not None and main in changed:
        desk.move_crosshair(shown[main].center_mm)


def _agree(before: Grid | None, after: Grid) -> bool:
    return before is not None and before.is_close(after)
