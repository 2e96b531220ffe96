"""Files come side by side, a few at a time, and become plans in the wanted order."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_nora.opening.fetch import PARALLEL, fetch_plan, fetch_plans
from nora_core.errors import Cancelled, ServerUnreachable
from nora_core.geometry.grid import Grid
from nora_core.images import Volume, write_volume
from nora_core.wire.archive import FileRow
from tests.core.dicom.make_dicom import SeriesToMake
from tests.gui.fake_client import file_row


class Server:
    """Gives out files slowly and counts how many at once."""

    def __init__(self, paths: dict[int, Path], seconds: float = 0.02) -> None:
        self.paths = paths
        self.seconds = seconds
        self.most = 0
        self._now = 0
        self._lock = threading.Lock()

    def download(
        self, project: str, file: FileRow, *, progress: Any, cancelled: Any
    ) -> Path:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        time.sleep(self.seconds)
        with self._lock:
            self._now -= 1
        if file.id not in self.paths:
            raise ServerUnreachable("the server does not answer")
        progress(file.size_bytes, file.size_bytes)
        return self.paths[file.id]


class Watch:
    """Hears how far it is, and may stop it."""

    def __init__(self) -> None:
        self.heard: list[tuple[float, float]] = []
        self.is_stopped = False

    def cancelled(self) -> bool:
        return self.is_stopped

    def check(self) -> None:
        if self.is_stopped:
            raise Cancelled("stopped")

    def progress(self, done: float, total: float, text: str = "") -> None:
        self.heard.append((done, total))


@pytest.fixture
def images(tmp_path: Path) -> dict[int, Path]:
    paths = {}
    for number in range(1, 9):
        paths[number] = tmp_path / f"t{number}.nii.gz"
        data = np.full((3, 4, 5), number, dtype=np.float32)
        write_volume(paths[number], Volume(data, Grid((3, 4, 5), np.eye(4))))
    return paths


def groups(numbers: list[int]) -> list[list[FileRow]]:
    return [[file_row(number, f"t{number}.nii.gz")] for number in numbers]


def test_images_come_side_by_side_and_in_their_order(images: dict[int, Path]) -> None:
    server, watch = Server(images), Watch()

    plans = fetch_plans(server, "demo", groups(list(images)), watch)

    assert [float(plan.data[0, 0, 0]) for plan in plans] == list(images)
    assert [plan.placed.source.file_ids for plan in plans] == [(n,) for n in images]
    assert 2 <= server.most <= PARALLEL
    done, total = max(watch.heard)
    assert done == total == 8 * file_row(1, "x").size_bytes


def test_slices_of_a_series_come_side_by_side(tmp_path: Path) -> None:
    voxels = np.arange(4 * 5 * 12, dtype=np.int16).reshape(4, 5, 12)
    paths = SeriesToMake(voxels, np.diag([1.0, 2, 3, 1])).write(tmp_path / "ct")
    server = Server(dict(enumerate(paths, start=1)))
    files = [file_row(n, f"ct/{n:03}.dcm") for n in server.paths]

    plan = fetch_plan(server, "demo", files, Watch())

    assert plan.name == "ct"
    assert np.array_equal(np.sort(plan.data, axis=None), np.sort(voxels, axis=None))
    assert 2 <= server.most <= PARALLEL


def test_a_file_that_does_not_come_ends_the_rest(images: dict[int, Path]) -> None:
    with pytest.raises(ServerUnreachable):
        fetch_plans(Server(images), "demo", groups([1, 99, 2]), Watch())


def test_a_stop_is_heard_before_the_next_file(images: dict[int, Path]) -> None:
    watch = Watch()
    watch.is_stopped = True
    server = Server(images)

    with pytest.raises(Cancelled):
        fetch_plans(server, "demo", groups([1, 2]), watch)

    assert server.most == 0


def test_a_layer_knows_the_name_of_its_file_in_the_study(
    images: dict[int, Path],
) -> None:
    plan = fetch_plan(Server(images), "demo", [file_row(1, "t1/t1.nii.gz")], Watch())

    assert plan.name == "t1"
    assert plan.placed.source.relative_name == "t1/t1.nii.gz"
