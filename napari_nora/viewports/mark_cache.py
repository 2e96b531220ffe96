"""What layers without voxels leave on planes, prepared once per change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from napari_nora.viewports.looks import has_components, value_of
from napari_nora.viewports.marks import source_of
from napari_nora.viewports.marks_quiver import quiver
from napari_nora.viewports.marks_sources import Marks, MarkSource
from napari_nora.viewports.sources import affine_of, components_of, is_sampled
from napari_nora.viewports.vector_axes import ARROWS, turn_of
from nora_core.geometry.plane import Plane


class MarkCache:
    """Keeps what planes are put through, by layer and time."""

    def __init__(self) -> None:
        self._sources: dict[str, tuple[int, MarkSource | None]] = {}

    def marks_on(
        self,
        layers: Sequence[Any],
        plane: Plane,
        reach_mm: float,
        time: Callable[[Any], int],
    ) -> tuple[Marks, ...]:
        """Return the marks of layers on a plane."""
        found = (
            self._source(layer, time(layer))
            for layer in layers
            if not is_sampled(layer)
        )
        marks = [source.on(plane, reach_mm) for source in found if source]
        arrows = (_arrows_on(layer, plane) for layer in layers)
        return (*marks, *(found for found in arrows if found))

    def forget(self, key: str) -> None:
        """A layer has changed or is gone."""
        self._sources.pop(key, None)

    def _source(self, layer: Any, time: int) -> MarkSource | None:
        key = str(layer.unique_id)
        known = self._sources.get(key)
        if known is None or known[0] != time:
            known = (time, source_of(layer, time))
            self._sources[key] = known
        return known[1]


def _arrows_on(layer: Any, plane: Plane) -> Marks | None:
    """Return an arrow for each vector on the plane, where they are read so."""
    if not has_components(layer):
        return None
    reading = value_of(layer, "reading", {})
    if reading not in ARROWS or not layer.visible:
        return None
    vectors = components_of(layer)[..., :3]
    arrows = quiver(vectors, affine_of(layer), plane, turn=turn_of(layer, reading))
    return None if arrows.is_empty else arrows
