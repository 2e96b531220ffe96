"""Reads what Qt says is dragged."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path

from qtpy.QtCore import QMimeData

from napari_nora.opening.dragged import DRAGGED_MIME, parse_dragged
from napari_nora.viewports.drops.targets import LocalFiles, OpenLayer, Payload
from napari_nora.viewports.viewbars.dragging import layer_in
from nora_core.errors import BadInput


def payload_of(
    mime: QMimeData, session_key: str, layers: Container[str]
) -> Payload | None:
    """Return what is dragged; ``None`` if it means nothing to this window.

    Rows of another window's table mean nothing: their numbers are of its server. Nor
    do its layers, which are not among ``layers``.
    """
    layer = layer_in(mime)
    if layer is not None:
        return OpenLayer(layer) if layer in layers else None
    if mime.hasFormat(DRAGGED_MIME):
        try:
            dragged = parse_dragged(bytes(mime.data(DRAGGED_MIME).data()))
        except BadInput:
            return None
        return dragged if dragged.session == session_key else None
    paths = [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]
    return LocalFiles(tuple(paths)) if paths else None
