"""Opens the results of a case over the image that they were made from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psygnal import Signal

from napari_nora.opening.fetch import fetch_plans
from napari_nora.opening.plan import LayerPlan
from napari_nora.opening.show import show_plan
from napari_nora.session import Session
from napari_nora.tasks import Task
from napari_nora.widgets.batch.layers import is_open
from nora_core.errors import NotFound
from nora_core.images import FileKind, kind_of
from nora_core.wire.archive import FileRow, SelectQuery
from nora_core.wire.jobs import OrderCaseRow

_SHOWN = frozenset({FileKind.IMAGE, FileKind.SURFACE, FileKind.DICOM})
_MAX_TEXT_BYTES = 200_000


@dataclass(frozen=True)
class OpenedResults:
    """Layers in the order in which they are added, and texts to read."""

    plans: list[LayerPlan]
    texts: dict[str, str]


class ResultOpener:
    """Fetches results in the background and shows them."""

    failed = Signal(object)
    texts_came = Signal(dict)
    """Results that are text, by name."""

    def __init__(self, session: Session, viewer: Any) -> None:
        self._session = session
        self._viewer = viewer

    def open(self, case: OrderCaseRow, image_pattern: str) -> None:
        """Show what a case has brought, over its image."""
        if self._session.project is None or case.study_id is None:
            return
        client, project = self._session.client, self._session.project.name
        study_id = case.study_id

        def work(task: Task) -> OpenedResults:
            files = client.files(project, study_id)
            results = [file for file in files if file.id in case.result_file_ids]
            if not results:
                raise NotFound("this case has no results; its log may say why")
            images = [file for file in results if _is_shown(file)]
            texts = [file for file in results if _is_text(file)]
            if images and image_pattern:
                query = SelectQuery(pattern=image_pattern, study_ids=[study_id])
                images = [*client.select(project, query)[:1], *images]
            return OpenedResults(
                self._plans(project, images, task), self._texts(project, texts)
            )

        self._session.tasks.run(
            work, self._on_opened, self.failed.emit, title="Opening results"
        )

    def _plans(self, project: str, files: list[FileRow], task: Task) -> list[LayerPlan]:
        wanted = [[file] for file in files if not is_open(self._viewer, file.id)]
        return fetch_plans(self._session.client, project, wanted, task)

    def _texts(self, project: str, files: list[FileRow]) -> dict[str, str]:
        texts: dict[str, str] = {}
        for file in files:
            if file.size_bytes <= _MAX_TEXT_BYTES:
                path = self._session.client.download(project, file)
                texts[file.relative_name] = path.read_text("utf-8", "replace")
        return texts

    def _on_opened(self, opened: OpenedResults) -> None:
        for plan in opened.plans:
            show_plan(self._viewer, plan)
        if opened.texts:
            self.texts_came.emit(opened.texts)


def _is_text(file: FileRow) -> bool:
    is_provenance = file.relative_name.endswith(".provenance.json")
    return not _is_shown(file) and not is_provenance


def _is_shown(file: FileRow) -> bool:
    return kind_of(Path(file.relative_name)) in _SHOWN
