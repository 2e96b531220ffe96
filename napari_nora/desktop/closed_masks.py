"""A mask that is closed with strokes that no file holds can be brought back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from napari.layers import Labels

from napari_nora.autoloaders.loading import Autoloading

Offer = Callable[[str, Callable[[], None]], None]
"""Says what was done, and keeps what takes it back."""


class ClosedMasks:
    """Watches masks leave the viewer, by whatever button.

    Masks of a case that is left are kept with their case (see
    :class:`~napari_nora.autoloaders.unsaved.UnsavedMasks`).
    """

    def __init__(self, viewer: Any, autoloading: Autoloading, offer: Offer) -> None:
        self._viewer = viewer
        self._autoloading = autoloading
        self._offer = offer
        viewer.layers.events.removing.connect(self._on_removing)
        viewer.layers.events.removed.connect(self._on_removed)
        self._leaving: Any = None

    def _on_removing(self, event: Any) -> None:
        layer = self._viewer.layers[event.index]
        is_unsaved = isinstance(layer, Labels) and (
            self._autoloading.unsaved.is_unsaved(layer)
        )
        self._leaving = layer if is_unsaved else None

    def _on_removed(self, event: Any) -> None:
        layer, self._leaving = self._leaving, None
        if layer is None or layer is not event.value:
            return
        if any(mask.layer is layer for mask in self._autoloading.unsaved.kept):
            return
        self._offer(
            f"{layer.name} was closed, its strokes are not saved",
            lambda: self._bring_back(layer),
        )

    def _bring_back(self, layer: Any) -> None:
        if layer not in self._viewer.layers:
            self._viewer.add_layer(layer)
