"""Brings files of a study to this machine and plans their layers, in a thread."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from napari_nora.opening.frame import Frame
from napari_nora.opening.plan import LayerPlan, Source, plan_file
from napari_nora.tasks import Task
from nora_core.wire.archive import FileRow

if TYPE_CHECKING:
    from nora_core.client import Client


def fetch_plan(
    client: Client,
    project: str,
    files: Sequence[FileRow],
    frame: Frame | None,
    task: Task,
) -> LayerPlan:
    """Download a file, or the slices of a DICOM series, and plan the layer."""
    name = layer_name(files)
    source = Source(project, files[0].study_id, tuple(file.id for file in files), name)
    tags = tuple(files[0].tags)
    if len(files) == 1:
        path = _download(client, project, files[0], task)
        return plan_file(path, name=name, tags=tags, frame=frame, source=source)
    with tempfile.TemporaryDirectory(prefix="nora-series-") as folder:
        for number, file in enumerate(files):
            task.check()
            task.progress(number, len(files), f"{number} of {len(files)} slices")
            path = client.download(project, file, cancelled=task.cancelled)
            _link(path, Path(folder) / f"{number:06}.dcm")
        return plan_file(Path(folder), name=name, tags=tags, frame=frame, source=source)


def layer_name(files: Sequence[FileRow]) -> str:
    """Return the name of a file without its ending, or of a series' folder."""
    name = PurePosixPath(files[0].relative_name)
    if len(files) > 1:
        return str(name.parent) if str(name.parent) != "." else "DICOM series"
    stem = name.name
    for ending in (".gz", ".nii", ".mgz", ".mgh", ".nrrd", ".nhdr", ".gii", ".stl"):
        stem = stem.removesuffix(ending)
    is_result = stem == "result" and len(name.parts) > 1
    return f"{name.parent.name} {stem}" if is_result else stem


def _download(client: Client, project: str, file: FileRow, task: Task) -> Path:
    def progress(done: int, total: int) -> None:
        task.progress(done, total)

    return client.download(project, file, progress=progress, cancelled=task.cancelled)


def _link(path: Path, target: Path) -> None:
    try:
        target.hardlink_to(path)
    except OSError:  # another disk, or links are not allowed
        shutil.copyfile(path, target)
