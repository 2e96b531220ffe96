"""Where the archive's files lie, and that nobody is led out of there."""

import os
import shutil
from pathlib import Path
from typing import BinaryIO

from nora_core.errors import NotFound, StorageFull
from nora_server.database.archive import File
from nora_server.storage.incoming import Incoming

MANAGED = "managed:"
IN_PLACE = "in_place:"
SPARE_BYTES = 100_000_000
"""Kept free for the database, so that a full disk never stops clean-up."""


class Storage:
    """A folder with all managed files.

    ``projects/<project>/<subject>/<study>/<relative name>`` (numbers, so that no
    patient's name is part of a path), ``trash/``, and ``incoming/`` for files
    under way. All three are on one file system: files change place by renaming.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder.resolve()
        self.journal = self.folder / "incoming" / "journal"
        self.lost = self.folder / "incoming" / "lost"
        for part in (self.folder / "projects", self.trash, self.journal):
            part.mkdir(parents=True, exist_ok=True)
        self.incoming = Incoming(self.folder / "incoming")

    @property
    def trash(self) -> Path:
        """Where deleted files lie."""
        return self.folder / "trash"

    def study_folder(self, project_id: int, subject_id: int, study_id: int) -> Path:
        """Return where the managed files of a study lie."""
        return self.folder.joinpath(
            "projects", str(project_id), str(subject_id), str(study_id)
        )

    def location_of(self, path: Path) -> str:
        """Return what the database says for the managed file at ``path``."""
        return MANAGED + path.relative_to(self.folder).as_posix()

    def path_of(self, file: File) -> Path:
        """Return where a file lies, which exists and is no link to elsewhere.

        Raises
        ------
        NotFound
            If it is missing, not ours to read, or a symbolic link leads elsewhere.
        """
        path = self.expected_path(file)
        if not _is_there(path):
            raise _not_there(file)
        return path

    def open(self, file: File) -> BinaryIO:
        """Open a file that lies where :meth:`path_of` says.

        Looks again when it is open: nobody slips a link in between.
        """
        path = self.path_of(file)
        try:
            stream = path.open("rb")
        except OSError:
            raise _not_there(file) from None
        if not _is_at(stream, path):
            stream.close()
            raise _not_there(file)
        return stream

    def expected_path(self, file: File) -> Path:
        """Return where a file should lie, without looking."""
        if file.location.startswith(IN_PLACE):
            return Path(file.location.removeprefix(IN_PLACE))
        return self.folder / file.location.removeprefix(MANAGED)

    def require_space(self, size_bytes: int) -> None:
        """Refuse a file for which the disk has no room.

        Raises
        ------
        StorageFull
            With how much is missing.
        """
        free = shutil.disk_usage(self.folder).free - SPARE_BYTES
        if size_bytes > free:
            missing = (size_bytes - free) / 1e6
            raise StorageFull(
                f"the server's disk lacks {missing:.0f} MB for this file; "
                "delete something or ask the server's admin for room"
            )


def _is_there(path: Path) -> bool:
    try:
        return path.resolve() == path and path.is_file()
    except (OSError, RuntimeError):  # no right to look there; a loop of links
        return False


def _is_at(stream: BinaryIO, path: Path) -> bool:
    try:
        is_same = os.path.samestat(os.fstat(stream.fileno()), path.lstat())
    except OSError:
        return False
    return is_same and _is_there(path)


def _not_there(file: File) -> NotFound:
    return NotFound(
        f"file {file.id} is not on the disk where it was stored, "
        "or cannot be read there; tell the server's admin"
    )
