"""What the bars of a viewport say; knows no Qt."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from napari.layers import Image, Labels

from napari_nora.viewports.controller import ViewportController
from napari_nora.viewports.looks import value_of
from napari_nora.viewports.open_layers import OpenLayers
from napari_nora.viewports.sources import has_time


class RowKind(StrEnum):
    """Which menu a bar has."""

    IMAGE = "image"
    LABELS = "labels"
    COLORS = "colors"
    OTHER = "other"


@dataclass(frozen=True)
class Row:
    """One bar.

    Parameters
    ----------
    is_own : bool
        The layer looks different in this viewport.
    time, times : int
        Which frame is shown of how many; 1 without a time axis.
    """

    layer: str
    name: str
    kind: RowKind
    is_visible: bool
    is_own: bool
    is_chosen: bool
    time: int = 0
    times: int = 1


def rows_of(controller: ViewportController, layers: OpenLayers) -> tuple[Row, ...]:
    """Return the bars of a viewport from the background up, in load order."""
    chosen = controller.viewer.layers.selection
    rows = []
    for layer in controller.shown_layers():
        key = str(layer.unique_id)
        own = controller.state.overrides.get(key, {})
        rows.append(
            Row(
                key,
                layer.name,
                kind_of(layer),
                bool(value_of(layer, "visible", own)),
                bool(own),
                layer in chosen,
                layers.time_of(layer),
                int(layer.data.shape[0]) if has_time(layer) else 1,
            )
        )
    return tuple(rows)


def kind_of(layer: Any) -> RowKind:
    """Return which menu the bar of a layer has."""
    if isinstance(layer, Labels):
        return RowKind.LABELS
    if isinstance(layer, Image):
        return RowKind.COLORS if layer.rgb else RowKind.IMAGE
    return RowKind.OTHER
