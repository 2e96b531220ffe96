"""From the key to the next case on the screen, with and without fetching ahead.

``python benchmarks/next_case.py [--quick | --full]``

Four images of 256^3 int16 (gzipped NIfTI) of each case in four viewports of a real
window, from a server on loopback over HTTP with 20 ms of added delay. Ahead: the time
from the key in the table until all viewports are painted. Not ahead: the same, beside
a bare ``requests.get`` of the four files and ``nibabel`` reading them, on the same
connection in the same run.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

os.environ.setdefault("NAPARI_CONFIG", f"{tempfile.mkdtemp()}/settings.yaml")

import nibabel as nib
import numpy as np
import requests
from delaying_proxy import DelayingProxy

from nora_core.client import Client, start_embedded
from nora_core.demo.screen import lacks_display, screen_in_memory
from nora_core.geometry.grid import Grid
from nora_core.images import Volume, write_volume
from nora_core.wire.archive import FileRow, NewStudy
from nora_core.wire.preset import Autoloader
from nora_core.wire.project import NewProject

GOAL_MS = 300.0
COLD_GOAL = 1.0
DELAY_S = 0.02
PROJECT = "walk"
NAMES = ("t1", "t2", "flair", "pd")


@dataclass(frozen=True)
class Plan:
    """How large images are, and how many cases are walked through."""

    size: int
    ahead: int
    cold: int

    @property
    def cases(self) -> int:
        """How many cases there are."""
        return self.ahead + self.cold + 2


PLANS = {"quick": Plan(256, 3, 1), "default": Plan(256, 5, 2), "full": Plan(256, 9, 3)}


@dataclass
class Archive:
    """A server behind a slow network, and its files by study."""

    url: str
    token: str
    studies: list[list[FileRow]]
    folder: Path


@contextmanager
def archive(plan: Plan) -> Iterator[Archive]:
    """Start a server and fill it with cases."""
    with tempfile.TemporaryDirectory(prefix="nora-walk-") as name:
        folder = Path(name)
        with start_embedded(folder / "data") as server:
            with Client(server.url, server.token, cache=folder / "up") as client:
                studies = _fill(client, folder, plan)
            port = urlsplit(server.url).port
            assert port is not None
            proxy = DelayingProxy(port, DELAY_S)
            try:
                yield Archive(proxy.url, server.token, studies, folder)
            finally:
                proxy.close()


def _fill(client: Client, folder: Path, plan: Plan) -> list[list[FileRow]]:
    client.create_project(NewProject(name=PROJECT))
    rng = np.random.default_rng(1)
    shape = (plan.size,) * 3
    i, j, k = np.ogrid[: shape[0], : shape[1], : shape[2]]
    waves = ((np.sin(i / 9) + np.cos(j / 11) + np.sin(k / 7)) * 300 + 900).astype("i2")
    waves += rng.integers(0, 40, shape, dtype="i2")
    angle = 0.1
    affine = np.diag([1.0, 1.0, 1.0, 1.0])
    affine[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    affine[:3, 3] = -np.array(shape) / 2
    studies = []
    for case in range(plan.cases):
        new = NewStudy(patients_id=f"P{case:03}", studies_id="S1", name=f"P{case:03}")
        study = client.create_study(PROJECT, new).study_id
        rows = []
        for number, name in enumerate(NAMES):
            path = folder / f"{name}.nii.gz"
            data = waves + np.int16(100 * number + case)
            write_volume(path, Volume(data, Grid(shape, affine)))
            rows.append(client.upload(PROJECT, path, study, f"{name}_s003/s003.nii.gz"))
            path.unlink()
        studies.append(rows)
    return studies


class Window:
    """The desktop, connected, with four autoloaders."""

    def __init__(self, of: Archive) -> None:
        import napari
        from qtpy.QtCore import QSize
        from qtpy.QtWidgets import QApplication

        from napari_nora.autoloaders.loading import autoloading_of
        from napari_nora.desktop.layout import open_desktop
        from napari_nora.remembered import Remembered
        from napari_nora.session import Session, set_session

        viewer = napari.Viewer(show=False)
        remembered = Remembered(of.folder / "window.ini")
        remembered.set("project", PROJECT)
        set_session(viewer, Session(remembered))
        self.desktop = open_desktop(viewer, QSize(1600, 1000))
        self.session = self.desktop.session
        self.app: Any = QApplication.instance()
        self.auto = autoloading_of(viewer)
        self.grid = self.desktop.center.grid
        self._connect(of)
        self.auto.book.set(autoloaders=_autoloaders())

    def _connect(self, of: Archive) -> None:
        from napari_nora.session import Connection

        client = Client(of.url, of.token, cache=of.folder / "cache")
        self.session.connect(Connection(client, of.url, "bench", "1"))
        self.wait(lambda: len(self.desktop.browser.model.rows) > 0)

    def wait(self, is_so: Callable[[], bool], seconds: float = 60.0) -> None:
        """Let the window work until something holds."""
        end = time.perf_counter() + seconds
        while not is_so():
            if time.perf_counter() > end:
                raise TimeoutError("the window did not get ready in time")
            self.app.processEvents()
            time.sleep(0.0005)

    def choose_first(self) -> None:
        """Choose the first row of the table and wait for its images."""
        self.desktop.browser.page.table.selectRow(0)
        self.wait(self._is_painted)

    def press_down(self) -> float:
        """Press the key for the next case; return the milliseconds until it is seen."""
        from qtpy.QtCore import Qt
        from qtpy.QtTest import QTest

        before = self.auto.stage.case
        start = time.perf_counter()
        QTest.keyClick(self.desktop.browser.page.table, Qt.Key.Key_Down)
        self.wait(lambda: self.auto.stage.case not in (before, None))
        self.wait(self._is_painted)
        self.app.processEvents()
        return (time.perf_counter() - start) * 1000

    def _is_painted(self) -> bool:
        is_loaded = self.auto.stage.case is not None
        return is_loaded and not self.auto.feedback.is_loading and self.grid.is_idle

    def close(self) -> None:
        """End it."""
        self.session.close()
        self.desktop.viewer.close()


def _autoloaders() -> list[Autoloader]:
    look = {"intent": {"gl": False, "slicing": "axial"}}
    return [
        Autoloader.model_validate(
            {"pattern": f"{name}*/s*.nii.gz", "viewports": str(number), **look}
        )
        for number, name in enumerate(NAMES)
    ]


def bare_get(of: Archive, rows: list[FileRow]) -> float:
    """Fetch and read four files without us; return milliseconds."""
    session = requests.Session()
    session.trust_env = False
    session.headers["Authorization"] = f"Bearer {of.token}"
    session.headers["Accept-Encoding"] = "identity"
    start = time.perf_counter()
    for row in rows:
        url = f"{of.url}/api/v1/projects/{PROJECT}/files/{row.id}/content"
        answer = session.get(url, timeout=60)
        answer.raise_for_status()
        image = nib.Nifti1Image.from_stream(_unpacked(answer.content))
        assert np.asanyarray(image.dataobj).shape
    return (time.perf_counter() - start) * 1000


def _unpacked(content: bytes) -> io.BytesIO:
    """Unpack with the standard library, as nibabel does by itself."""
    import gzip

    return io.BytesIO(gzip.decompress(content))


def measure(plan: Plan) -> list[dict[str, Any]]:
    """Walk through the cases and return the figures."""
    with archive(plan) as of:
        window = Window(of)
        window.choose_first()
        ahead = []
        for _ in range(plan.ahead):
            window.wait(lambda: window.auto.is_idle)
            ahead.append(window.press_down())
        window.wait(lambda: window.auto.is_idle)
        window.session.neighbor_source = None
        window.press_down()  # its images were fetched ahead
        cold, bare = [], []
        for rows in of.studies[plan.ahead + 2 :]:
            bare.append(bare_get(of, rows))
            cold.append(window.press_down())
        window.close()
    return _figures(ahead, cold, bare)


def _figures(
    ahead: list[float], cold: list[float], bare: list[float]
) -> list[dict[str, Any]]:
    print("ahead, ms:", [round(one) for one in ahead])
    print("cold, ms:", [round(one) for one in cold], "bare:", [round(o) for o in bare])
    median = statistics.median(ahead)
    ours, peer = statistics.median(cold), statistics.median(bare)
    return [
        {
            "name": "next case, fetched ahead, ms",
            "ours": round(median),
            "peer": None,
            "ratio": None,
            "goal": f"< {GOAL_MS:g}",
            "met": median < GOAL_MS,
        },
        {
            "name": "next case, not fetched ahead, ms; peer: requests.get and nibabel",
            "ours": round(ours),
            "peer": round(peer),
            "ratio": round(ours / peer, 2),
            "goal": f"ratio <= {COLD_GOAL:g}",
            "met": ours <= COLD_GOAL * peer,
        },
    ]


def main() -> int:
    """Run the benchmark and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--full", action="store_true")
    options = parser.parse_args()
    name = "quick" if options.quick else "full" if options.full else "default"
    figures = measure(PLANS[name])
    print(json.dumps({"figures": figures}))
    return 0 if all(figure["met"] for figure in figures) else 1


if __name__ == "__main__":
    if lacks_display(os.environ):
        with screen_in_memory():
            sys.exit(main())
    sys.exit(main())
