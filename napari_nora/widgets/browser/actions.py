"""What can be done with the chosen rows: show, delete, save; all undoable."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from psygnal import Signal

from napari_nora.autoloaders.unsaved import fingerprint
from napari_nora.opening.fetch import fetch_plan, layer_name
from napari_nora.opening.mask import write_mask_file
from napari_nora.opening.plan import LayerPlan
from napari_nora.opening.show import show_plan
from napari_nora.session import Session
from napari_nora.tasks import Task, TaskError
from napari_nora.widgets.browser.chosen import Chosen
from napari_nora.widgets.browser.layers import MaskToSave, choose_layer, layer_of
from napari_nora.widgets.browser.tagging import complete
from nora_core.errors import Conflict
from nora_core.wire.archive import EventRow, FileRow, TagLevel


class BrowserActions:
    """Starts the work that the panel's buttons and menus ask for.

    Parameters
    ----------
    viewer : napari.Viewer
        Gets the layers.
    """

    done = Signal(str, object)
    """What was done, and a function that takes it back (or ``None``)."""
    failed = Signal(object)
    name_taken = Signal(str)
    """A mask's name exists in its study; ask whether to replace it."""

    def __init__(self, session: Session, viewer: Any) -> None:
        self._session = session
        self._viewer = viewer
        self._opening: set[tuple[str, tuple[int, ...]]] = set()

    def show_files(self, files: list[FileRow]) -> None:
        """Show a file, or the DICOM files of one series; what is open is chosen."""
        project, client = self._project, self._session.client
        key = (project, tuple(file.id for file in files))
        layer = layer_of(self._viewer, *key)
        if layer is not None:
            choose_layer(self._viewer, layer)
            self._session.noticed.emit(f"{layer.name} is open already")
            return
        if key in self._opening:
            return

        def work(task: Task) -> LayerPlan:
            return fetch_plan(client, project, files, task)

        def done(plan: LayerPlan) -> None:
            if not self._session.talks_to(client):
                return
            show_plan(self._viewer, plan)
            self._session.noticed.emit(f"{plan.name} is open")

        title = f"Opening {layer_name(files)}"
        self._opening.add(key)
        task = self._session.tasks.run(work, done, self.failed.emit, title=title)
        task.ended.connect(lambda: self._opening.discard(key))

    def delete(self, chosen: Chosen) -> None:
        """Move files, studies or subjects to the trash; can be undone."""
        project, client = self._project, self._session.client
        move: dict[TagLevel, Callable[..., EventRow]] = {
            TagLevel.FILE: client.delete_files,
            TagLevel.STUDY: client.delete_studies,
            TagLevel.SUBJECT: client.delete_subjects,
        }

        def done(event: EventRow) -> None:
            self._session.files_changed.emit(None)
            self.done.emit(f"{chosen.what} in the trash", lambda: undo(event))

        def undo(event: EventRow) -> None:
            self._run(
                lambda _: client.undo(project, event.id),
                lambda _: self._on_undone(f"{chosen.what} back from the trash"),
            )

        def work(task: Task) -> EventRow:
            every = complete(client, project, chosen, task)
            return move[chosen.level](project, every.ids)

        self._run(work, done)

    def name_study(self, study_id: int, say: Callable[[str], None]) -> None:
        """Say in the window's words which study this is, once the server has told."""
        project, client = self._project, self._session.client
        self._run(
            lambda _: client.study(project, study_id),
            lambda study: say(
                " · ".join(
                    part
                    for part in (study.name, study.patients_id, study.studies_id)
                    if part
                )
            ),
        )

    def save_mask(
        self, mask: MaskToSave, study_id: int, name: str, replace: bool
    ) -> None:
        """Save a layer's labels as a new file of a study."""
        project, client = self._project, self._session.client

        def work(task: Task) -> tuple[FileRow, int]:
            with tempfile.TemporaryDirectory(prefix="nora-mask-") as folder:
                ending = ".nii" if name.endswith(".nii") else ".nii.gz"
                path = Path(folder) / f"mask{ending}"
                task.progress(0, 0, "writing")
                write_mask_file(path, mask.labels, mask.shown, mask.place)
                file = client.upload(
                    project,
                    path,
                    study_id,
                    name,
                    tags=mask.tags,
                    replace=replace,
                    progress=task.progress,
                    cancelled=task.cancelled,
                )
            return file, fingerprint(mask.labels)

        def done(saved: tuple[FileRow, int]) -> None:
            file, as_saved = saved
            self._session.files_changed.emit({study_id})
            if mask.is_of_layer:
                self._session.mask_saved.emit(mask.layer, file, as_saved)
            self.done.emit(
                f"saved as {file.relative_name}",
                None if replace else lambda: self._take_back(file),
            )

        def failed(error: TaskError) -> None:
            if isinstance(error.error, Conflict) and not replace:
                self.name_taken.emit(f"The study has a file {name} already.")
            else:
                self.failed.emit(error)

        self._session.tasks.run(work, done, failed, title=f"Saving {name}")

    @property
    def _project(self) -> str:
        if self._session.project is None:
            raise RuntimeError("no project is open")
        return self._session.project.name

    def _take_back(self, file: FileRow) -> None:
        project, client = self._project, self._session.client
        self._run(
            lambda _: client.delete_files(project, [file.id]),
            lambda _: self._on_undone(f"{file.relative_name} is in the trash"),
        )

    def _on_undone(self, sentence: str) -> None:
        self._session.files_changed.emit(None)
        self.done.emit(sentence, None)

    def _run(self, work: Callable[[Task], Any], done: Callable[[Any], None]) -> None:
        self._session.tasks.run(work, done, self.failed.emit)
