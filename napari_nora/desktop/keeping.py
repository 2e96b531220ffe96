"""What the viewports remember of a user from one start to the next."""

from __future__ import annotations

import json
from typing import Any

from napari_nora.remembered import Remembered
from napari_nora.viewports.state import (
    Convention,
    Desk,
    Kind,
    Layout,
    Orientation,
)

_KEY = "viewports"


class DeskKeeper:
    """Writes the desk's settings whenever they change.

    The layout, what kind of view each viewport is, the convention and what is written
    over images are the user's; images, zoom and crosshair are the case's.
    """

    def __init__(self, desk: Desk, remembered: Remembered) -> None:
        self._desk = desk
        self._remembered = remembered
        self._restore()
        desk.layout_changed.connect(self._keep)
        desk.convention_changed.connect(self._keep)
        desk.viewport_changed.connect(self._on_viewport)
        self._kept = self._settings()

    def _on_viewport(self, _: str) -> None:
        self._keep()

    def _settings(self) -> dict[str, Any]:
        desk, layout = self._desk, self._desk.layout
        return {
            "layout": [layout.rows, layout.columns, layout.bars],
            "convention": desk.convention.value,
            "shows_crosshair": desk.shows_crosshair,
            "shows_text": desk.shows_text,
            "scroll_steps": desk.scroll_steps,
            "views": {
                key: [desk[key].kind.value, desk[key].orientation.value]
                for key in layout.keys
            },
        }

    def _keep(self) -> None:
        settings = self._settings()
        if settings != self._kept:
            self._kept = settings
            self._remembered.set(_KEY, json.dumps(settings))

    def _restore(self) -> None:
        """Take what was kept; what cannot be read, of another version, is left out."""
        try:
            settings = json.loads(self._remembered.text(_KEY, "{}"))
            if settings:
                _apply(self._desk, settings)
        except (ValueError, KeyError, TypeError):
            self._remembered.set(_KEY, "{}")


def _apply(desk: Desk, settings: dict[str, Any]) -> None:
    rows, columns, bars = settings["layout"]
    layout, convention = Layout(rows, columns, bars), Convention(settings["convention"])
    views = {
        key: (Kind(kind), Orientation(orientation))
        for key, (kind, orientation) in settings["views"].items()
        if key in layout.keys
    }
    desk.set_layout(layout)
    desk.shows_crosshair = bool(settings["shows_crosshair"])
    desk.shows_text = bool(settings["shows_text"])
    desk.scroll_steps = max(1, int(settings["scroll_steps"]))
    desk.set_convention(convention)
    for key, (kind, orientation) in views.items():
        desk.change(key, kind=kind, orientation=orientation)
