"""Cases with real images on disk, a client that gives them, and a viewer's desk."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import create_autospec

import numpy as np
import pytest

from napari_nora.autoloaders.loading import Autoloading, autoloading_of
from napari_nora.session import Connection, Patient, Selection, Session
from nora_core.client import Client
from nora_core.errors import NotFound
from nora_core.geometry.grid import Grid
from nora_core.images import Volume, write_volume
from nora_core.patterns import CaseFacts, Mode, matches_file, parse_pattern
from nora_core.wire.archive import FileRow, SelectManyQuery
from nora_core.wire.preset import Autoloader
from tests.gui.fake_client import NOW, PROJECT

AFFINE = np.array(
    [
        [-1.9, 0.2, 0.0, 40.0],
        [0.2, 1.9, 0.1, -35.0],
        [0.0, -0.1, 2.5, -30.0],
        [0, 0, 0, 1],
    ]
)


class CaseFiles:
    """An archive whose files lie in a folder; ``client`` answers from it.

    Studies have the number of their subject; subject 1 is ``P1``, with study ``S1``.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: dict[int, tuple[FileRow, Path]] = {}
        self.is_readable = True
        self.downloads: list[int] = []
        self.before_download: Callable[[FileRow], None] = lambda file: None
        self.client: Any = create_autospec(Client, instance=True)
        self.client.url = "https://nora.test"
        self.client.select_many.side_effect = self._select_many
        self.client.download.side_effect = self._download

    def add(
        self,
        study: int,
        name: str,
        *,
        value: float = 0.0,
        tags: tuple[str, ...] = (),
        affine: Any = AFFINE,
        shape: tuple[int, ...] = (6, 7, 5),
        dtype: str = "f4",
    ) -> FileRow:
        """Store an image whose first voxel is ``value`` above the others."""
        data = np.linspace(0, 100, int(np.prod(shape))).reshape(shape) + value
        if tags and "mask" in tags:
            data = (data > 80).astype("u1")
        number = len(self.files) + 1
        path = self.folder / f"{number}" / Path(name).name
        path.parent.mkdir(parents=True)
        i, j, k = shape[:3]
        write_volume(path, Volume(data.astype(dtype), Grid((i, j, k), affine)))
        row = FileRow(
            id=number,
            study_id=study,
            relative_name=name,
            size_bytes=path.stat().st_size,
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
            tags=list(tags),
            created_at=NOW,
            created_by="anna",
            is_in_place=False,
        )
        self.files[number] = (row, path)
        return row

    def _select_many(self, project: str, query: SelectManyQuery) -> list[list[FileRow]]:
        if not self.is_readable:
            raise NotFound(f"no project {project!r}, or no right to see it")
        return [self._matching(text) for text in query.patterns]

    def _matching(self, text: str) -> list[FileRow]:
        tree = parse_pattern(text, Mode.AUTOLOADER)
        return [
            row
            for row, _ in self.files.values()
            if matches_file(
                tree,
                row.relative_name,
                tags=row.tags,
                case=CaseFacts(
                    patients_id=f"P{row.study_id}", studies_ids=(f"S{row.study_id}",)
                ),
            )
        ]

    def _download(self, project: str, file: FileRow, **_: Any) -> Path:
        self.downloads.append(file.id)
        self.before_download(file)
        return self.files[file.id][1]


@pytest.fixture
def case_files(tmp_path: Path) -> CaseFiles:
    return CaseFiles(tmp_path / "archive")


@pytest.fixture
def session(viewer: Any, case_files: CaseFiles) -> Session:
    """The viewer's session, connected, in the project ``demo``."""
    from napari_nora.session import session_of

    session = session_of(viewer)
    connection = Connection(case_files.client, "https://nora.test", "anna", "1")
    session.connect(connection)
    session.choose_project(PROJECT)
    return session


@pytest.fixture
def open_layers(viewer: Any, session: Session) -> Iterator[Any]:
    """What ties the viewer's layers to the viewports in a window."""
    from napari_nora.viewports.open_layers import OpenLayers

    layers = OpenLayers(viewer, session.desk)
    yield layers
    layers.close()


@pytest.fixture
def choose(session: Session) -> Callable[..., None]:
    """Choose a case in the table: ``choose(2)`` is study S2 of P2."""

    def choose(number: int, *, is_study: bool = True) -> None:
        patient = Patient(
            subject_id=number,
            study_id=number if is_study else None,
            patients_id=f"P{number}",
            studies_id=f"S{number}" if is_study else None,
        )
        session.select(Selection(case_ids=(number,), patient=patient))

    return choose


def loader(pattern: str, viewports: str = "0", **intent: Any) -> Autoloader:
    return Autoloader.model_validate(
        {"pattern": pattern, "viewports": viewports, "intent": intent}
    )


@pytest.fixture
def auto(viewer: Any, session: Session, open_layers: Any) -> Autoloading:
    return autoloading_of(viewer)


@pytest.fixture
def go(
    choose: Callable[..., None], auto: Autoloading, qtbot: Any
) -> Callable[..., None]:
    """Choose a case and wait until it is shown."""

    def go(number: int, **more: Any) -> None:
        choose(number, **more)
        qtbot.waitUntil(lambda: not auto.feedback.is_loading, timeout=5000)

    return go
