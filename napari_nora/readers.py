"""napari's reader for medical images and for files dragged from the browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import napari

from napari_nora.opening.placed import METADATA_KEY
from napari_nora.opening.plan import LayerPlan, name_of_file, plan_file
from napari_nora.opening.show import accept_oblique_layers, finish_layer
from nora_core.images import FileKind, kind_of

FILE_SCHEME = "nora-file://"
LayerData = tuple[Any, dict[str, Any], str]
_NOTHING: list[Any] = [(None,)]
"""What a reader returns that adds its layers later."""


def reader_of(path: str | list[str]) -> Callable[[Any], list[Any]] | None:
    """Return the function that reads ``path``.

    ``None`` for a list of paths, and for a folder that holds no DICOM slices.
    """
    if isinstance(path, list):
        return None
    if path.startswith(FILE_SCHEME):
        return read_dragged
    is_other_folder = Path(path).is_dir() and kind_of(path) is not FileKind.DICOM
    return None if is_other_folder else read_file


def read_file(path: str) -> list[LayerData]:
    """Read an image, a folder of DICOM slices or a surface with its position.

    The file stays on this computer: no server is asked or told.
    """
    plan = plan_file(Path(path), name=name_of_file(Path(path).name))
    accept_oblique_layers()
    viewer = napari.current_viewer()
    if viewer is not None:
        _finish_when_added(viewer, plan)
    return [(plan.data, plan.all_options, plan.kind.value)]


def _finish_when_added(viewer: Any, plan: LayerPlan) -> None:
    """Give the layer what napari's readers cannot: sliders and colors of masks."""

    def finish(event: Any) -> None:
        if event.value.metadata.get(METADATA_KEY) is plan.placed:
            viewer.layers.events.inserted.disconnect(finish)
            finish_layer(viewer, event.value, plan)

    viewer.layers.events.inserted.connect(finish)


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
