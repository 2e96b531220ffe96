"""What the menu of a viewbar asks for beyond how a layer looks."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from qtpy.QtCore import QObject
from qtpy.QtWidgets import QFileDialog, QWidget

from napari_nora.desktop.header_sheet import show_header
from napari_nora.opening.export import file_affine_of, reformatted, volume_of
from napari_nora.opening.mask import add_empty_mask
from napari_nora.opening.placed import placed_of
from napari_nora.opening.rows import rows_of
from napari_nora.session import Session
from napari_nora.tasks import Task, TaskError
from napari_nora.viewports.controller import ViewportController
from napari_nora.viewports.grid import ViewportGrid
from napari_nora.viewports.sources import is_sampled
from napari_nora.viewports.three_d.creating import create_surface
from napari_nora.viewports.three_d.items import items_of
from nora_core.errors import BadInput
from nora_core.images import Volume, write_volume
from nora_core.images.export import burn_affine
from nora_core.images.header_text import header_lines

NIFTI = "NIfTI (*.nii.gz *.nii)"
PNG = "PNG (*.png)"
AskPath = Callable[[QWidget, str, str, str], Path | None]


def ask_path(parent: QWidget, title: str, name: str, filter_: str) -> Path | None:
    """Ask the user where to save."""
    path, _ = QFileDialog.getSaveFileName(parent, title, name, filter_)
    return Path(path) if path else None


class Extras(QObject):
    """Answers the menus of the viewbars; long work goes to threads.

    Parameters
    ----------
    ask : callable
        Asks where to save; see :func:`ask_path`.
    """

    def __init__(
        self,
        viewer: Any,
        session: Session,
        grid: ViewportGrid,
        ask: AskPath = ask_path,
    ) -> None:
        super().__init__(grid)
        self._viewer = viewer
        self._session = session
        self._grid = grid
        self._ask = ask
        self._answers: dict[str, Callable[[str, Any], None]] = {
            "new_mask": self._new_mask,
            "header": self._show_header,
            "isosurface": self._make_surface,
            "burn_in": self._burn_in,
            "reformat": self._reformat,
            "screenshot": self._take_picture,
            "save_copy": self._save_copy,
        }
        grid.extra_wanted.connect(self.answer)

    def answer(self, key: str, layer_id: str, what: str) -> None:
        """Do what the menu of a layer in a viewport asked for."""
        layer = self._grid.layers.get(layer_id)
        if layer is None:
            return
        try:
            self._answers[what](key, layer)
        except BadInput as error:
            self._session.noticed.emit(error.message)

    def _new_mask(self, _: str, layer: Any) -> None:
        add_empty_mask(self._viewer, "mask", layer)
        self._session.desk.draw(True)

    def _show_header(self, _: str, layer: Any) -> None:
        placed = placed_of(layer)
        if placed is None or placed.source is None:
            show_header(layer.name, header_lines(_volume_of(layer)), self._grid)
            return
        self._run(
            lambda task: header_lines(self._file_of(layer, task)),
            lambda lines: show_header(layer.name, lines, self._grid),
            f"Reading the header of {layer.name}",
        )

    def _make_surface(self, key: str, layer: Any) -> None:
        own = self._controller(key).state.overrides.get(str(layer.unique_id), {})
        (item,) = items_of(
            [layer],
            {str(layer.unique_id): own},
            {str(layer.unique_id): self._time_of(layer)},
        )
        create_surface(self._viewer, self._session.tasks, item, self._fail)

    def _burn_in(self, _: str, layer: Any) -> None:
        path = self._ask(
            self._grid, "Save with this position", f"{layer.name}.nii.gz", NIFTI
        )
        if path is None:
            return
        placed, volume = placed_of(layer), _volume_of(layer)
        has_file = placed is not None and placed.source is not None and placed.grid

        def work(task: Task) -> Path:
            if has_file:
                burn_affine(self._file_of(layer, task), path, file_affine_of(layer))
            else:
                write_volume(path, volume)
            return path

        self._run(work, self._told_saved, f"Saving {path.name}")

    def _reformat(self, key: str, layer: Any) -> None:
        shown = self._controller(key).shown_layers()
        background = next((other for other in shown if is_sampled(other)), layer)
        if background is layer:
            raise BadInput(f"{layer.name} is the background; choose a layer above it")
        path = self._ask(self._grid, "Save on its grid", f"{layer.name}.nii.gz", NIFTI)
        if path is None:
            return
        onto = volume_of(background).grid

        def work(_: Task) -> Path:
            write_volume(path, reformatted(layer, onto))
            return path

        self._run(work, self._told_saved, f"Saving {path.name}")

    def _take_picture(self, key: str, layer: Any) -> None:
        path = self._ask(self._grid, "Save the picture", f"{layer.name}.png", PNG)
        if path is not None:
            path = path if path.suffix else path.with_suffix(".png")
            self._grid.viewport(key).grab_picture().save(str(path))
            self._told_saved(path)

    def _save_copy(self, _: str, layer: Any) -> None:
        placed = placed_of(layer)
        if placed is None or placed.source is None:
            raise BadInput(f"{layer.name} is not from a study; use File › Save")
        name = placed.source.relative_name.rpartition("/")[2] or layer.name
        path = self._ask(self._grid, "Save the file", name, "")
        if path is None:
            return

        def work(task: Task) -> Path:
            shutil.copyfile(self._file_of(layer, task), path)
            return path

        self._run(work, self._told_saved, f"Saving {path.name}")

    def _file_of(self, layer: Any, task: Task) -> Path:
        """Return the layer's file on this computer; called from a thread."""
        placed = placed_of(layer)
        assert placed is not None
        source = placed.source
        assert source is not None
        if len(source.file_ids) != 1:
            raise BadInput(f"{layer.name} is a series of slices; save it as NIfTI")
        client, name = self._session.client, source.relative_name
        rows = rows_of(client, source.project, source.study_id, source.file_ids, name)
        return client.download(
            source.project, rows[0], progress=task.progress, cancelled=task.cancelled
        )

    def _controller(self, key: str) -> ViewportController:
        return self._grid.viewport(key).controller

    def _time_of(self, layer: Any) -> int:
        return self._grid.layers.time_of(layer)

    def _told_saved(self, path: Path) -> None:
        self._session.noticed.emit(f"{path.name} saved in {path.parent}")

    def _run(
        self, work: Callable[[Task], Any], done: Callable[[Any], Any], title: str
    ) -> None:
        self._session.tasks.run(work, done, self._fail, title=title)

    def _fail(self, error: TaskError) -> None:
        self._session.noticed.emit(error.message)


def _volume_of(layer: Any) -> Volume:
    if not is_sampled(layer):
        raise BadInput(f"{layer.name} has no voxels; choose an image or a mask")
    return volume_of(layer)
