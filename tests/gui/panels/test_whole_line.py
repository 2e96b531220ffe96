"""The main job with the real server: open a folder, look, draw, save, run, open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_nora.widgets.batch.panel import BatchPanel
from napari_nora.widgets.browser import connect
from napari_nora.widgets.browser.panel import BrowserPanel
from nora_core.geometry.grid import Grid
from nora_core.images import Volume, write_volume

SECONDS = 60_000
OBLIQUE = np.array(
    [[-1.8, 0.3, 0.2, 40], [0.31, 1.9, -0.4, -20], [0.2, 0.3, 3.9, 5], [0, 0, 0, 1.0]]
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two subjects with a bright ball each, on an oblique grid."""
    shape = (12, 14, 10)
    center = (np.array(shape) - 1) / 2
    place = np.moveaxis(np.indices(shape), 0, -1) - center
    ball = 100.0 + 800.0 * (np.linalg.norm(place, axis=-1) < 4)
    for subject in ("anna", "ben"):
        path = tmp_path / "images" / subject / "mr1" / "t1.nii.gz"
        path.parent.mkdir(parents=True)
        noise = np.random.default_rng(1).normal(0, 5, shape)
        write_volume(path, Volume((ball + noise).astype("f4"), Grid(shape, OBLIQUE)))
    return tmp_path / "images"


def name_in(browser: BrowserPanel, row: int) -> str:
    return str(browser.model.index(row, 0).data())


def test_from_a_folder_to_a_result(
    qtbot: Any,
    viewer: Any,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connect, "data_folder", lambda: tmp_path / "data")
    before = {path: path.stat() for path in folder.rglob("*")}
    browser, batch = BrowserPanel(viewer), BatchPanel(viewer)
    for widget in (browser, batch):
        qtbot.addWidget(widget)
        widget.show()

    browser.open_folder(folder)
    qtbot.waitUntil(lambda: browser.model.rowCount() > 0, timeout=SECONDS)
    assert browser.login.error.text == browser.page.error.text == ""
    browser.page.table.selectRow(0)
    browser.page.table.toggle_requested.emit(0)
    qtbot.waitUntil(lambda: name_in(browser, 1) == "t1.nii.gz", timeout=SECONDS)
    browser.page.table.selectRow(1)
    browser.page.show_files.click()
    qtbot.waitUntil(lambda: len(viewer.layers) == 1, timeout=SECONDS)

    browser.page.new_mask.click()
    viewer.layers[1].data[4:7, 4:7, 4:7] = 1
    browser.page.save_mask.click()
    browser.page.save_form.save.click()
    name = "masks/mask.nii.gz"
    qtbot.waitUntil(lambda: name_in(browser, 1) == name, timeout=SECONDS)

    qtbot.waitUntil(lambda: batch.run_tab.tool is not None, timeout=SECONDS)
    batch.run_tab.choose_tool("otsu_mask")
    browser.page.table.selectRow(0)
    batch.run_tab.form.fields["image"].value = "t1.nii.gz"
    batch.run_tab.run.click()
    jobs = batch.jobs_tab
    qtbot.waitUntil(
        lambda: bool(jobs.case and jobs.case.result_file_ids), timeout=SECONDS
    )
    jobs.open.click()
    qtbot.waitUntil(lambda: len(viewer.layers) == 3, timeout=SECONDS)

    result = viewer.layers[2]
    assert type(result).__name__ == "Labels"
    assert result.data.shape == viewer.layers[0].data.shape
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == {
        path: status.st_mtime_ns for path, status in before.items()
    }, "the originals are as they were"
