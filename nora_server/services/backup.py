"""Backs up a server into a folder, while it may go on working."""

import shutil
import time
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import select
from sqlmodel import Session, col

from nora_core.errors import ChecksumMismatch, Conflict
from nora_server.database.archive import File
from nora_server.database.columns import utc_now
from nora_server.database.dump import dumped
from nora_server.database.engine import Database
from nora_server.database.migrate import current_revision
from nora_server.services.backup_format import (
    FILE_LIST,
    FILES,
    MANIFEST,
    SETTINGS,
    ListedFile,
    Manifest,
    copy_checked,
    hash_file,
    listed_files,
)
from nora_server.storage.storage import MANAGED, Storage

_ROWS_AT_ONCE = 5_000
_PAUSES_S = (0.0, 0.2)
"""Before looking again for a file: it moves a moment before the database says so."""


def make_backup(
    database: Database,
    storage: Storage,
    folder: Path,
    *,
    settings_file: Path | None = None,
    with_files: bool = False,
) -> Manifest:
    """Write a backup into ``folder``, which must be new or empty.

    The manifest is written last: a folder without one is no finished backup.

    Raises
    ------
    Conflict
        If the folder holds something already.
    ChecksumMismatch
        If a file on the disk is not what was stored.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if any(folder.iterdir()):
        raise Conflict(f"{folder} is not empty; name a new folder for the backup")
    revision = current_revision(database) or ""
    with dumped(database, folder) as (dump, session):
        count = _list_files(session, folder / FILE_LIST)
    parts = [dump.name, FILE_LIST]
    if settings_file is not None:
        shutil.copyfile(settings_file, folder / SETTINGS)
        (folder / SETTINGS).chmod(0o600)
        parts.append(SETTINGS)
    missing = _copy_files(database, storage, folder) if with_files else []
    manifest = Manifest(
        program=version("napari-nora"),
        schema_revision=revision,
        made_at=utc_now(),
        database=dump.name,
        checksums={name: hash_file(folder / name) for name in parts},
        files=count,
        has_files=with_files,
        missing_files=missing,
    )
    (folder / MANIFEST).write_text(manifest.model_dump_json(indent=1), "utf-8")
    return manifest


def _list_files(session: Session, path: Path) -> int:
    count = last_id = 0
    with path.open("x", encoding="utf-8") as lines:
        while rows := _files_after(session, last_id):
            lines.writelines(row.model_dump_json() + "\n" for row in rows)
            count, last_id = count + len(rows), rows[-1].id
    return count


def _files_after(session: Session, last_id: int) -> list[ListedFile]:
    query = (
        select(col(File.id), col(File.location), col(File.size_bytes), col(File.sha256))
        .where(col(File.id) > last_id)
        .order_by(col(File.id))
        .limit(_ROWS_AT_ONCE)
    )
    return [
        ListedFile(id=number, location=location, size_bytes=size, sha256=sha256)
        for number, location, size, sha256 in session.execute(query)
    ]


def _copy_files(database: Database, storage: Storage, folder: Path) -> list[int]:
    """Copy the managed files of the list; return the ids of missing ones."""
    missing: list[int] = []
    for file in listed_files(folder):
        if not file.location.startswith(MANAGED):
            continue
        try:
            _copy_one(database, storage, folder, file)
        except FileNotFoundError:
            missing.append(file.id)
    return missing


def _copy_one(
    database: Database, storage: Storage, folder: Path, file: ListedFile
) -> None:
    """Copy a file of the list from where it lies now.

    Another file may lie in its old place: the server goes on meanwhile.
    """
    relative = file.location.removeprefix(MANAGED)
    place = storage.folder / relative
    for pause_s in (*_PAUSES_S, None):
        try:
            copy_checked(place, folder / FILES / relative, file.sha256)
        except (FileNotFoundError, ChecksumMismatch):
            if pause_s is None:
                raise
            time.sleep(pause_s)
            place = _place_now(database, storage, file.id) or place
        else:
            return


def _place_now(database: Database, storage: Storage, file_id: int) -> Path | None:
    """Return where a file lies that was moved, into or out of the trash, meanwhile."""
    with database.read() as session:
        file = session.get(File, file_id)
    return None if file is None else storage.expected_path(file)
