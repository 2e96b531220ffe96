"""What the menu of a viewbar asks for beyond how a layer looks."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from qtpy.QtCore import QObject
from qtpy.QtWidgets import QFileDialog, QWidget

from napari_nora.desktop.header_sheet import show_header
from napari_nora.opening.export import file_affine_of, reformatting, volume_of
from napari_nora.opening.mask import add_empty_mask
from napari_nora.opening.placed import Source, placed_of
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
        name, source = layer.name, _source_of(layer)
        if source is None:
            show_header(name, header_lines(_volume_of(layer)), self._grid)
            return
        file_of = self._file_of(name, source)
        self._run(
            lambda task: header_lines(file_of(task)),
            lambda lines: show_header(name, lines, self._grid),
            f"Reading the header of {name}",
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

        def told(_: Any) -> None:
            self._told_saved(path)

        source, volume = _source_of(layer), _volume_of(layer)
        title = f"Saving {path.name}"
        if source is None:
            self._run(lambda _: write_volume(path, volume), told, title)
            return
        file_of, affine = self._file_of(layer.name, source), file_affine_of(layer)
        self._run(lambda task: burn_affine(file_of(task), path, affine), told, title)

    def _reformat(self, key: str, layer: Any) -> None:
        shown = self._controller(key).shown_layers()
        background = next((other for other in shown if is_sampled(other)), layer)
        if background is layer:
            raise BadInput(f"{layer.name} is the background; choose a layer above it")
        path = self._ask(self._grid, "Save on its grid", f"{layer.name}.nii.gz", NIFTI)
        if path is None:
            return
        onto = volume_of(background).grid

        cut = reformatting(layer, onto)

        def work(_: Task) -> Path:
            write_volume(path, cut())
            return path

        self._run(work, self._told_saved, f"Saving {path.name}")

    def _take_picture(self, key: str, layer: Any) -> None:
        path = self._ask(self._grid, "Save the picture", f"{layer.name}.png", PNG)
        if path is not None:
            path = path if path.suffix else path.with_suffix(".png")
            self._grid.viewport(key).grab_picture().save(str(path))
            self._told_saved(path)

    def _save_copy(self, _: str, layer: Any) -> None:
        source = _source_of(layer)
        if source is None:
            raise BadInput(f"{layer.name} has no file in a study; use File › Save")
        name = source.relative_name.rpartition("/")[2] or layer.name
        path = self._ask(self._grid, "Save the file", name, "")
        if path is None:
            return

        file_of = self._file_of(layer.name, source)

        def work(task: Task) -> Path:
            shutil.copyfile(file_of(task), path)
            return path

        self._run(work, self._told_saved, f"Saving {path.name}")

    def _file_of(self, layer_name: str, source: Source) -> Callable[[Task], Path]:
        """Return the work that brings a layer's file to this computer.

        It knows the file, not the layer, which may hold another case by then.
        """
        if len(source.file_ids) != 1:
            raise BadInput(f"{layer_name} is a series of slices; save it as NIfTI")
        client, project, name = (
            self._session.client,
            source.project,
            source.relative_name,
        )

        def work(task: Task) -> Path:
            rows = rows_of(client, project, source.study_id, source.file_ids, name)
            return client.download(
                project, rows[0], progress=task.progress, cancelled=task.cancelled
            )

        return work

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


def _source_of(layer: Any) -> Source | None:
    """Return the files that a layer came from; ``None`` where no study holds it."""
    placed = placed_of(layer)
    source = placed.source if placed is not None else None
    return source if source is not None and source.file_ids else None


def _volume_of(layer: Any) -> Volume:
    if not is_sampled(layer):
        raise BadInput(f"{layer.name} has no voxels; choose an image or a mask")
    return volume_of(layer)
