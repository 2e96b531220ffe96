"""Calls about files: list, upload, download, delete, restore."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from nora_core.client.calls import Calls, project_path
from nora_core.client.connection import Call
from nora_core.client.downloading import download
from nora_core.client.uploading import Source, upload
from nora_core.client.watch import Watch
from nora_core.wire.archive import EventRow, FileRow

Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]


class FileCalls(Calls):
    """The files of studies and their bytes."""

    def files(self, project: str, study_id: int) -> list[FileRow]:
        """Return the files of one study, by name."""
        path = project_path(project, f"/studies/{study_id}/files")
        return self._connection.ask(Call("GET", path, repeatable=True), list[FileRow])

    def upload(  # noqa: PLR0913  the four after * are seldom given
        self,
        project: str,
        path: Path,
        study_id: int,
        relative_name: str,
        *,
        tags: Iterable[str] = (),
        replace: bool = False,
        progress: Progress | None = None,
        cancelled: Cancelled | None = None,
    ) -> FileRow:
        """Store the file at ``path`` in a study under ``relative_name``.

        A broken connection is picked up where it broke. When this returns, the
        file is on the server's disk and its checksum is proven.

        Raises
        ------
        Conflict
            The study has a file of this name and ``replace`` is False.
        Cancelled
            ``cancelled`` returned True; the server keeps nothing visible.
        """
        source = Source(Path(path), study_id, relative_name, tuple(tags), replace)
        watch = Watch(progress, cancelled)
        return upload(self._connection, project, source, watch)

    def download(
        self,
        project: str,
        file: FileRow,
        *,
        progress: Progress | None = None,
        cancelled: Cancelled | None = None,
    ) -> Path:
        """Return where the bytes of ``file`` lie on this machine.

        They come from the cache where it has them, else from the server; they
        carry the file's own name and must not be changed.
        """
        watch = Watch(progress, cancelled)
        return download(self._connection, self._cache, project, file, watch)

    def delete_files(self, project: str, ids: Sequence[int]) -> EventRow:
        """Move files to the trash; originals in place are only forgotten."""
        return self._change_files(project, "/files/delete", ids)

    def restore_files(self, project: str, ids: Sequence[int]) -> EventRow:
        """Take files out of the trash."""
        return self._change_files(project, "/files/restore", ids)

    def _change_files(self, project: str, path: str, ids: Sequence[int]) -> EventRow:
        call = Call("POST", project_path(project, path), body={"ids": list(ids)})
        return self._connection.ask(call, EventRow)
