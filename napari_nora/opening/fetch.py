"""Brings files of a study to this machine and plans their layers, in threads."""

from __future__ import annotations

import re
import shutil
import tempfile
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Protocol, TypeVar

from napari_nora.opening.placed import Source
from napari_nora.opening.plan import LayerPlan, name_of_file, plan_file
from nora_core.wire.archive import FileRow

if TYPE_CHECKING:
    from nora_core.client import Client

Item = TypeVar("Item")
Result = TypeVar("Result")

_SERIES_NUMBER = re.compile(r"s\d{3,}", re.IGNORECASE)
PARALLEL = 5
"""So many files come, and are decoded, at the same time."""


class Watch(Protocol):
    """Who waits for the files; a :class:`napari_nora.tasks.Task` is one."""

    def cancelled(self) -> bool:
        """Whether somebody asked to stop."""

    def check(self) -> None:
        """Raise :class:`nora_core.errors.Cancelled` if somebody asked to stop."""

    def progress(self, done: float, total: float, text: str = "") -> None:
        """Hear how far it is; called from any thread."""


def fetch_plans(
    client: Client,
    project: str,
    groups: Sequence[Sequence[FileRow]],
    watch: Watch,
) -> list[LayerPlan]:
    """Download several layers' files together and plan the layers, in their order.

    Each group is the files of one layer: one, or the slices of a DICOM series.
    """
    everything = [file for files in groups for file in files]
    return _in_parallel(_Fetch(client, project, everything, watch).plan, groups)


def fetch_plan(
    client: Client, project: str, files: Sequence[FileRow], watch: Watch
) -> LayerPlan:
    """Download a file, or the slices of a DICOM series, and plan the layer."""
    return _Fetch(client, project, files, watch).plan(files)


def layer_name(files: Sequence[FileRow]) -> str:
    """Return the name of a file without its ending, or of a series' folder."""
    name = PurePosixPath(files[0].relative_name)
    if len(files) > 1:
        return str(name.parent) if str(name.parent) != "." else "DICOM series"
    stem = name_of_file(name.name)
    folder = name.parent.name
    if not folder or not (stem == "result" or _SERIES_NUMBER.fullmatch(stem)):
        return stem
    return folder if stem.casefold() in folder.casefold() else f"{folder} {stem}"


class _Fetch:
    """Downloads side by side, a few at a time, and adds up their bytes."""

    def __init__(
        self, client: Client, project: str, files: Sequence[FileRow], watch: Watch
    ) -> None:
        self._client = client
        self._project = project
        self._watch = watch
        self._total_bytes = sum(file.size_bytes for file in files)
        self._text = f"{len(files)} files" if len(files) > 1 else ""
        self._done_bytes: dict[int, int] = {}
        self._lock = threading.Lock()
        self._places = threading.Semaphore(PARALLEL)

    def plan(self, files: Sequence[FileRow]) -> LayerPlan:
        """Return the plan of one layer."""
        name, tags = layer_name(files), tuple(files[0].tags)
        ids = tuple(file.id for file in files)
        first = files[0]
        source = Source(self._project, first.study_id, ids, first.relative_name)
        paths = _in_parallel(self._download, files)
        self._watch.check()
        if len(paths) == 1:
            return plan_file(paths[0], name=name, tags=tags, source=source)
        with tempfile.TemporaryDirectory(prefix="nora-series-") as folder:
            for number, path in enumerate(paths):
                _link(path, Path(folder) / f"{number:06}.dcm")
            return plan_file(Path(folder), name=name, tags=tags, source=source)

    def _download(self, file: FileRow) -> Path:
        with self._places:
            self._watch.check()
            return self._client.download(
                self._project,
                file,
                progress=lambda done, _: self._count(file, done),
                cancelled=self._watch.cancelled,
            )

    def _count(self, file: FileRow, done_bytes: int) -> None:
        with self._lock:
            self._done_bytes[file.id] = done_bytes
            done = sum(self._done_bytes.values())
        self._watch.progress(done, self._total_bytes, self._text)


def _in_parallel(work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """Return the results in the items' order; the first error ends the rest."""
    if len(items) <= 1:
        return [work(item) for item in items]
    with ThreadPoolExecutor(PARALLEL, thread_name_prefix="nora-fetch") as pool:
        futures = [pool.submit(work, item) for item in items]
        try:
            return [future.result() for future in futures]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _link(path: Path, target: Path) -> None:
    try:
        target.hardlink_to(path)
    except OSError:  # another disk, or links are not allowed
        shutil.copyfile(path, target)
