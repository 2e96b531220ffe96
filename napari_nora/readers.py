"""napari's reader for medical images and for files dragged from the browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import napari

from napari_nora.opening.plan import METADATA_KEY, plan_file
from napari_nora.opening.show import frame_in

FILE_SCHEME = "nora-file://"
LayerData = tuple[Any, dict[str, Any], str]
_NOTHING: list[Any] = [(None,)]
"""What a reader returns that adds its layers later."""


def reader_of(path: str | list[str]) -> Callable[[Any], list[Any]] | None:
    """Return the function that reads ``path``, or ``None`` for a list of paths."""
    if isinstance(path, list):
        return None
    return read_dragged if path.startswith(FILE_SCHEME) else read_file


def read_file(path: str) -> list[LayerData]:
    """Read an image or a surface with its position; nothing is uploaded."""
    viewer = napari.current_viewer()
    frame = frame_in(viewer) if viewer is not None else None
    plan = plan_file(Path(path), name=Path(path).name.split(".")[0], frame=frame)
    options = {"name": plan.name, "metadata": {METADATA_KEY: plan.placed}}
    return [(plan.data, {**options, **plan.options}, plan.kind.value)]


def read_dragged(path: str) -> list[Any]:
    """Show a file that was dragged from the browser into the viewer.

    ``path`` is ``nora-file://<session>/<study>/<file>``. The browser downloads it in
    the background and adds the layer, so there is nothing to return here.
    """
    from napari_nora.session import session_of

    key, study_id, file_id = unquote(path.removeprefix(FILE_SCHEME)).split("/")
    session = session_of(napari.current_viewer())
    if session.key == key:
        session.file_dropped.emit(int(study_id), int(file_id))
    return _NOTHING
