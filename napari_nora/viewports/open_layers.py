"""The layers of the viewer by their ids, and what changes about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from psygnal import Signal

from napari_nora.viewports.sources import (
    background_of,
    has_time,
    is_sampled,
    time_index,
)
from napari_nora.viewports.state import Desk
from nora_core.errors import BadInput

_LOOK_EVENTS = (
    "affine",
    "blending",
    "colormap",
    "contour",
    "contrast_limits",
    "data",
    "gamma",
    "interpolation2d",
    "labels_update",
    "metadata",
    "name",
    "opacity",
    "paint",
    "rotate",
    "scale",
    "selected_label",
    "set_data",
    "shear",
    "show_selected_label",
    "translate",
    "visible",
)
"""Events of napari's layers after which they look different."""


class OpenLayers(Mapping[str, Any]):
    """Layers by ``str(layer.unique_id)``; puts new ones into the viewports.

    Parameters
    ----------
    viewer : napari.Viewer or ViewerModel
        Its layers are the truth.
    """

    changed = Signal(str)
    """A layer looks different."""
    inserted = Signal(object)
    removed = Signal(str)
    time_changed = Signal()
    chosen_changed = Signal()
    """Other layers are chosen in napari's list."""

    def __init__(self, viewer: Any, desk: Desk) -> None:
        self._viewer = viewer
        self._desk = desk
        self._layers: dict[str, Any] = {}
        events = viewer.layers.events
        events.inserted.connect(self._on_inserted)
        events.removed.connect(self._on_removed)
        events.reordered.connect(self._on_reordered)
        viewer.layers.selection.events.changed.connect(self._on_chosen)
        viewer.dims.events.point.connect(self._on_time)
        desk.closed_layer.connect(self._on_closed)
        for layer in viewer.layers:
            self._add(layer)

    def __getitem__(self, key: str) -> Any:
        return self._layers[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._layers)

    def __len__(self) -> int:
        return len(self._layers)

    def time_of(self, layer: Any) -> int:
        """Return the present index along a layer's time axis; 0 without one."""
        return time_index(layer, self._viewer.dims.point)

    def close(self) -> None:
        """Listen no more."""
        events = self._viewer.layers.events
        events.inserted.disconnect(self._on_inserted)
        events.removed.disconnect(self._on_removed)
        events.reordered.disconnect(self._on_reordered)
        self._viewer.layers.selection.events.changed.disconnect(self._on_chosen)
        self._viewer.dims.events.point.disconnect(self._on_time)
        self._desk.closed_layer.disconnect(self._on_closed)
        for layer in self._layers.values():
            self._unwatch(layer)
        self._layers.clear()

    def _on_inserted(self, event: Any) -> None:
        self._add(event.value)
        self._on_reordered()

    def _add(self, layer: Any) -> None:
        is_first = not any(is_sampled(other) for other in self._layers.values())
        key = str(layer.unique_id)
        self._layers[key] = layer
        for name in _LOOK_EVENTS:
            emitter = getattr(layer.events, name, None)
            if emitter is not None:
                emitter.connect(self._on_look)
        if is_first and is_sampled(layer):
            with suppress(BadInput):  # the viewports say what is wrong with it
                self._desk.move_crosshair(background_of(layer).center_mm)
        self._desk.place(key)
        self.inserted.emit(layer)

    def _on_removed(self, event: Any) -> None:
        key = str(event.value.unique_id)
        if self._layers.pop(key, None) is not None:
            self._unwatch(event.value)
            self._desk.forget(key)
            self.removed.emit(key)

    def _unwatch(self, layer: Any) -> None:
        for name in _LOOK_EVENTS:
            emitter = getattr(layer.events, name, None)
            if emitter is not None:
                emitter.disconnect(self._on_look)

    def _on_look(self, event: Any) -> None:
        self.changed.emit(str(event.source.unique_id))

    def _on_reordered(self, _: object = None) -> None:
        self._desk.order(str(layer.unique_id) for layer in self._viewer.layers)

    def _on_chosen(self, _: object = None) -> None:
        self.chosen_changed.emit()

    def _on_time(self, _: object = None) -> None:
        if any(has_time(layer) for layer in self._layers.values()):
            self.time_changed.emit()

    def _on_closed(self, key: str) -> None:
        layer = self._layers.get(key)
        if layer is not None and layer in self._viewer.layers:
            self._viewer.layers.remove(layer)
