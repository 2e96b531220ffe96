"""A folder on this computer becomes a project, however its images lie in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from napari_nora.tasks import Task
from napari_nora.widgets.browser.connect import OpenedFolder, open_folder
from nora_core.geometry.grid import Grid
from nora_core.images import Volume, write_volume
from nora_core.wire.archive import CaseQuery


def files_of(opened: OpenedFolder) -> dict[str, list[str]]:
    """Return the names of the files of each subject."""
    client, project = opened.connection.client, opened.project
    return {
        row.patients_id: [
            file.relative_name for file in client.files(project, row.study_id or 0)
        ]
        for row in client.page(project, CaseQuery(limit=10)).rows
    }


def test_images_beside_folders_are_found_too(tmp_path: Path) -> None:
    folder = tmp_path / "my scans"
    for name in ("brain.nii.gz", "P1/t1.nii.gz"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        image = Volume(np.zeros((4, 5, 6), np.int16), Grid((4, 5, 6), np.eye(4)))
        write_volume(folder / name, image)
    (folder / "notes.txt").write_text("nothing to see")
    for _ in range(2):  # opened again, nothing is taken in twice
        task = Task("", None, lambda call: call())
        opened = open_folder(folder, task, tmp_path / "data")
        try:
            assert files_of(opened) == {
                "my scans": ["brain.nii.gz"],
                "P1": ["t1.nii.gz"],
            }
        finally:
            opened.connection.client.close()
            opened.connection.server.stop()
