"""Walks a folder of originals without touching them, and says what it leaves out."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from nora_core.errors import NameRefused
from nora_core.wire.names import check_identifier, check_relative_name
from nora_server.services.register_layout import Belonging, Layout

MAX_REASONS = 100


@dataclass(frozen=True)
class Original:
    """A file on disk that shall be registered where it lies."""

    path: Path
    """Without any symbolic link in it."""
    belonging: Belonging
    size_bytes: int
    modified_ns: int


@dataclass
class Skipped:
    """Why files were left out: the first hundred reasons, and how many more."""

    reasons: list[str] = field(default_factory=list)
    more: int = 0

    def add(self, path: PurePosixPath, reason: str) -> None:
        """Note that ``path``, relative to the folder, is left out."""
        if len(self.reasons) < MAX_REASONS - 1:
            self.reasons.append(f"{path}: {reason}")
        else:
            self.more += 1

    def lines(self) -> list[str]:
        """Return the reasons, the last line telling how many more there are."""
        rest = [f"and {self.more} more"] if self.more else []
        return [*self.reasons, *rest]


def walk_originals(
    folder: Path, layout: Layout, skipped: Skipped, own: Path
) -> Iterator[Original]:
    """Give the files below ``folder``, a real path, by name; leave out ``own``."""
    waiting = [PurePosixPath()]
    while waiting:
        here = waiting.pop()
        deeper = []
        for entry in _entries(folder, here, skipped):
            path = here / entry.name
            if entry.name.startswith("."):
                skipped.add(path, "hidden")
            elif folder / path == own:
                skipped.add(path, "the server's own files")
            elif entry.is_dir(follow_symlinks=False):
                deeper.append(path)
            else:
                original = _original(folder, path, entry, layout, skipped)
                if original is not None and original.path.is_relative_to(own):
                    skipped.add(path, "a link to the server's own files")
                elif original is not None:
                    yield original
        waiting.extend(reversed(deeper))


def _entries(
    folder: Path, here: PurePosixPath, skipped: Skipped
) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder / here) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        skipped.add(here, f"cannot be read ({error.strerror})")
        return []


def _original(
    folder: Path,
    path: PurePosixPath,
    entry: os.DirEntry[str],
    layout: Layout,
    skipped: Skipped,
) -> Original | None:
    real = folder / path
    if entry.is_symlink():
        real = real.resolve()
        if not real.is_relative_to(folder):
            skipped.add(path, "a link that leads out of the folder")
            return None
    try:
        status = real.stat()
        str(path).encode()
    except UnicodeEncodeError:
        skipped.add(PurePosixPath("a file"), "its name is not UTF-8")
        return None
    except OSError as error:
        skipped.add(path, f"cannot be read ({error.strerror})")
        return None
    if not stat.S_ISREG(status.st_mode):
        skipped.add(path, "no plain file")
        return None
    belonging = _checked(path, layout, skipped)
    if belonging is None:
        return None
    return Original(real, belonging, status.st_size, status.st_mtime_ns)


def _checked(path: PurePosixPath, layout: Layout, skipped: Skipped) -> Belonging | None:
    belonging = layout(path)
    if belonging is None:
        skipped.add(path, "lies in no subject's folder")
        return None
    try:
        return Belonging(
            check_identifier(belonging.patients_id, "patients_id"),
            check_identifier(belonging.studies_id, "studies_id"),
            check_relative_name(belonging.relative_name),
        )
    except NameRefused as error:
        skipped.add(path, error.message)
        return None
