"""Menus of bars: what they write is of the image that they were opened for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nibabel
import numpy as np
import pytest

from napari_nora.desktop.extras import Extras
from napari_nora.opening.placed import Placed, Source
from napari_nora.opening.plan import plan_volume
from napari_nora.opening.show import show_plan
from napari_nora.session import session_of
from nora_core.geometry.grid import Grid
from nora_core.images import Volume, write_volume
from tests.gui.fake_client import FakeArchive, file_row
from tests.gui.viewports.board import Board

GRID = Grid((3, 4, 5), np.diag([-1.0, 2.0, 3.0, 1.0]))


class Later:
    """Tasks that wait until they are let go."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Callable[..., Any], Callable[..., Any]]] = []

    def run(self, work: Any, done: Any = None, *_: Any, **__: Any) -> None:
        self.waiting.append((work, done))

    def go(self) -> None:
        task = SimpleNamespace(progress=lambda *_: None, cancelled=lambda: False)
        for work, done in self.waiting:
            done(work(task))


@pytest.fixture
def board(viewer: Any) -> Iterator[Board]:
    board = Board(viewer)
    yield board
    board.close()


def shown(viewer: Any, value: float, source: Source | None) -> Any:
    volume = Volume(np.full(GRID.shape, value, "f4"), GRID)
    return show_plan(viewer, plan_volume(volume, name="t1", source=source))


@pytest.mark.window
@pytest.mark.parametrize("what", ["save_copy", "burn_in"])
def test_the_next_case_does_not_change_what_is_being_saved(
    board: Board, archive: FakeArchive, tmp_path: Path, what: str
) -> None:
    files = {}
    for number in (1, 2):
        files[number] = tmp_path / f"{number}.nii"
        write_volume(files[number], Volume(np.full(GRID.shape, number, "f4"), GRID))
    client = archive.client
    client.files.side_effect = lambda project, study_id: [
        file_row(study_id, "t1.nii", study_id=study_id)
    ]
    client.download.side_effect = lambda project, row, **_: files[row.id]
    session = session_of(board.viewer)
    session.connection = SimpleNamespace(client=client, server=None)
    later, target = Later(), tmp_path / "out.nii"
    session.tasks, tasks = later, session.tasks
    extras = Extras(board.viewer, session, board.grid, lambda *_: target)
    layer = shown(board.viewer, 1.0, Source("demo", 1, (1,), "t1.nii"))

    extras.answer("0", str(layer.unique_id), what)
    layer.metadata = {"nora": Placed(GRID, Source("demo", 2, (2,), "t1.nii"))}
    later.go()
    session.tasks, session.connection = tasks, None

    assert nibabel.load(target).get_fdata().max() == 1


@pytest.mark.window
def test_a_mask_that_no_file_holds_is_saved_with_its_position(
    board: Board, tmp_path: Path, qtbot: Any
) -> None:
    target = tmp_path / "out.nii"
    extras = Extras(board.viewer, board.session, board.grid, lambda *_: target)
    layer = shown(board.viewer, 3.0, Source("demo", 1, (), ""))
    extras.answer("0", str(layer.unique_id), "burn_in")
    qtbot.waitUntil(target.exists, timeout=5000)
    qtbot.waitUntil(lambda: not board.session.tasks.titled, timeout=5000)
    assert nibabel.load(target).get_fdata().max() == 3
