"""Layers that are dragged from one viewport into another."""

from __future__ import annotations

from qtpy.QtCore import QByteArray, QMimeData

LAYER_MIME = "application/x-nora-layer"


def mime_of_layer(layer: str) -> QMimeData:
    """Return what is dragged: the id of an open layer."""
    mime = QMimeData()
    mime.setData(LAYER_MIME, QByteArray(layer.encode()))
    return mime


def layer_in(mime: QMimeData) -> str | None:
    """Return the id of the layer that is dragged; ``None`` if it is something else."""
    if not mime.hasFormat(LAYER_MIME):
        return None
    return bytes(mime.data(LAYER_MIME).data()).decode(errors="replace")
