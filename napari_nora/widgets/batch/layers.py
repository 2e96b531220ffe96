"""What the batch panel does with the viewer's layers."""

from __future__ import annotations

from typing import Any

from napari_nora.opening.placed import placed_of


def is_open(viewer: Any, file_id: int) -> bool:
    """Whether a layer shows this file."""
    for layer in viewer.layers:
        placed = placed_of(layer)
        if placed is None or placed.source is None:
            continue
        if file_id in placed.source.file_ids:
            return True
    return False
