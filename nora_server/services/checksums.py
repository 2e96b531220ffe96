"""Computes the checksums of files registered in place, beside everything else."""

import logging
import threading

from sqlalchemy import select, update
from sqlmodel import Session, col

from nora_core.errors import NotFound
from nora_server.database.archive import File
from nora_server.database.engine import Database
from nora_server.storage import Storage
from nora_server.storage.incoming import sha256_of

_log = logging.getLogger(__name__)

_BATCH_FILES = 200
_IDLE_SECONDS = 20.0


def compute_checksums(
    database: Database,
    storage: Storage,
    after_id: int = 0,
    stop: threading.Event | None = None,
) -> int:
    """Add checksums to the next files without one; return the last id looked at.

    Returns ``after_id`` itself where there is none left. A file that is missing, or
    has changed since it was registered, is passed over.
    """
    with database.read() as session:
        files = _next_files(session, after_id)
    sums: dict[int, str] = {}
    for file in files:
        if stop is not None and stop.is_set():
            break
        sha256 = _checksum(storage, file)
        if sha256 is not None:
            sums[file.id or 0] = sha256
        after_id = file.id or 0
    if sums:
        _write(database, sums)
    return after_id


class ChecksumThread(threading.Thread):
    """Computes checksums while the server runs; end it with :meth:`stop`."""

    def __init__(self, database: Database, storage: Storage) -> None:
        super().__init__(name="checksums", daemon=True)
        self._database = database
        self._storage = storage
        self._stop_wanted = threading.Event()

    def stop(self) -> None:
        """End after the file that is being read, and wait for that."""
        self._stop_wanted.set()
        if self.is_alive():
            self.join()

    def run(self) -> None:
        """Work until stopped; each file is tried once, in the order of ids."""
        last_id = 0
        while not self._stop_wanted.is_set():
            before = last_id
            try:
                last_id = compute_checksums(
                    self._database, self._storage, before, self._stop_wanted
                )
            except Exception:  # noqa: BLE001  a thread's edge: it must go on
                _log.exception("computing checksums failed; trying again soon")
            if last_id == before:
                self._stop_wanted.wait(_IDLE_SECONDS)


def _write(database: Database, sums: dict[int, str]) -> None:
    with database.write() as session:
        for file_id, sha256 in sums.items():
            session.execute(
                update(File).where(col(File.id) == file_id).values(sha256=sha256)
            )


def _next_files(session: Session, after_id: int) -> list[File]:
    query = (
        select(File)
        .where(
            col(File.sha256).is_(None),
            col(File.deleted_at).is_(None),
            col(File.id) > after_id,
        )
        .order_by(col(File.id))
        .limit(_BATCH_FILES)
    )
    return list(session.scalars(query))


def _checksum(storage: Storage, file: File) -> str | None:
    try:
        path = storage.path_of(file)
        sha256 = sha256_of(path)
        status = path.stat()
    except (OSError, NotFound):
        return None
    if (status.st_size, status.st_mtime_ns) != (file.size_bytes, file.modified_ns):
        return None
    return sha256
