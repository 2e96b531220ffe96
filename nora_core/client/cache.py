"""Keeps downloads on this machine, bounded in MB, for several programs at once."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import platformdirs

DEFAULT_MEGABYTES = 20_000
_RECENT_SECONDS = 60.0
"""An entry used this recently may be about to be opened: it is not evicted."""
_KEEP_FRACTION = 0.9
_PART_SECONDS = 86_400.0
"""A part that nobody added to for so long is of a program that was killed."""
_BLOCK_BYTES = 1 << 20


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes as 64 hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@dataclass(frozen=True)
class _Entry:
    path: Path
    size_bytes: int
    used_ns: int


class DownloadCache:
    """Files by their checksum, least recently used ones evicted first.

    Layout: ``<project>/<checksum>/<file name>``, where ``<project>`` is a hash of
    server and project. Each project has files of its own, so that those of a
    project that was withdrawn can be deleted. A file appears under its name by a
    rename, once it is whole; other programs may use the same folder meanwhile.
    """

    def __init__(
        self, folder: Path | None = None, megabytes: int = DEFAULT_MEGABYTES
    ) -> None:
        default = Path(platformdirs.user_cache_dir("napari-nora")) / "files"
        self.folder = Path(folder) if folder is not None else default
        self.limit_bytes = megabytes * 1_000_000
        self._lock = threading.Lock()
        self._held_bytes: int | None = None
        self._proven: set[tuple[str, int, int]] = set()

    def find(self, url: str, project: str, sha256: str, name: str) -> Path | None:
        """Return the file with this checksum, or ``None``; a damaged one is deleted."""
        path = self._entry(url, project, sha256) / name
        try:
            status = path.stat()
        except OSError:
            return None
        mark = (str(path), status.st_size, status.st_mtime_ns)
        if mark not in self._proven:
            if sha256_of(path) != sha256:
                _remove(path.parent)
                return None
            self._proven.add(mark)
        self._touch(path.parent)
        return path

    def new_part(self) -> Path:
        """Return a path of its own for a download under way."""
        folder = self.folder / "parts"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{os.getpid()}-{secrets.token_hex(8)}"

    def add(self, url: str, project: str, sha256: str, name: str, part: Path) -> Path:
        """Take in the whole and proven file ``part``; return its place."""
        entry = self._entry(url, project, sha256)
        entry.mkdir(parents=True, exist_ok=True)
        self._note_project(entry.parent, url, project)
        path = entry / name
        try:
            part.replace(path)
        except PermissionError:  # Windows: another program has the same file open
            part.unlink()
        status = path.stat()
        self._proven.add((str(path), status.st_size, status.st_mtime_ns))
        self._make_room(status.st_size, path)
        return path

    def keep_only(self, url: str, projects: set[str]) -> None:
        """Delete the files of this server's projects that are not in ``projects``."""
        if not self.folder.is_dir():
            return
        for note in self.folder.glob("*/project.json"):
            try:
                content = json.loads(note.read_text("utf-8"))
            except (OSError, ValueError):
                continue  # another program deletes it just now
            if content["url"] == url and content["project"] not in projects:
                _remove(note.parent)

    def forget_project(self, url: str, project: str) -> None:
        """Delete all files of a project that may not be seen any more."""
        _remove(self._project_folder(url, project))

    def _project_folder(self, url: str, project: str) -> Path:
        key = hashlib.sha256(f"{url}\n{project}".encode()).hexdigest()
        return self.folder / key[:24]

    def _entry(self, url: str, project: str, sha256: str) -> Path:
        return self._project_folder(url, project) / sha256

    def _note_project(self, folder: Path, url: str, project: str) -> None:
        note = folder / "project.json"
        if not note.exists():
            part = self.new_part()
            part.write_text(json.dumps({"url": url, "project": project}), "utf-8")
            part.replace(note)

    def _touch(self, entry: Path) -> None:
        with suppress(OSError):  # evicted by another program just now
            os.utime(entry)

    def _make_room(self, added_bytes: int, newest: Path) -> None:
        with self._lock:
            if self._held_bytes is not None:
                self._held_bytes += added_bytes
                if self._held_bytes <= self.limit_bytes:
                    return
            self._drop_old_parts()
            entries = sorted(self._entries(), key=lambda entry: entry.used_ns)
            held = sum(entry.size_bytes for entry in entries)
            if held > self.limit_bytes:
                held = self._evict(entries, held, newest)
            self._held_bytes = held

    def _drop_old_parts(self) -> None:
        for part in (self.folder / "parts").iterdir():
            with suppress(OSError):  # its own program took it just now
                if time.time() - part.stat().st_mtime > _PART_SECONDS:
                    part.unlink()

    def _evict(self, entries: list[_Entry], held: int, newest: Path) -> int:
        recent_ns = time.time_ns() - int(_RECENT_SECONDS * 1e9)
        for entry in entries:
            if held <= self.limit_bytes * _KEEP_FRACTION:
                break
            if entry.path == newest.parent or entry.used_ns > recent_ns:
                continue
            _remove(entry.path)
            held -= entry.size_bytes
        return held

    def _entries(self) -> list[_Entry]:
        entries = []
        for folder in self.folder.glob("*/*/"):
            with suppress(OSError):  # deleted by another program just now
                size = sum(path.stat().st_size for path in folder.iterdir())
                entries.append(_Entry(folder, size, folder.stat().st_mtime_ns))
        return entries


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
