"""Files of studies: list them, store them, open them."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sqlmodel import Session

from nora_core.errors import Conflict
from nora_core.wire.archive import FileRow
from nora_core.wire.names import check_relative_name
from nora_core.wire.project import Action
from nora_server.database.archive import File, Study
from nora_server.database.changes import note_changes
from nora_server.history import events
from nora_server.parts import Parts
from nora_server.rights.actor import Actor
from nora_server.rights.query import project_for
from nora_server.services.belonging import files_among, study_in
from nora_server.services.file_names import (
    file_named,
    name_ids,
    path_of_name,
    refuse_collision,
)
from nora_server.services.file_rows import rows_of_files, rows_of_study
from nora_server.services.tags import add_file_tags
from nora_server.services.trash import put_in_trash
from nora_server.storage import FileMoves, StagedFile, Storage


@dataclass(frozen=True)
class Author:
    """Who is written down as a file's author."""

    account_id: int


@dataclass(frozen=True)
class NewFile:
    """A whole file that waits in the incoming folder for its place."""

    study_id: int
    relative_name: str
    staged: StagedFile
    tags: Sequence[str] = ()
    replace: bool = False


@dataclass(frozen=True)
class OpenedFile:
    """What is needed to send a file's bytes; who gets it closes the stream."""

    stream: BinaryIO
    size_bytes: int
    etag: str


def list_files(
    actor: Actor, session: Session, project: str, study_id: int
) -> list[FileRow]:
    """Return the files of a study by name."""
    project_id = project_for(actor, session, project, Action.READ).id or 0
    study_in(session, project_id, study_id)
    return rows_of_study(session, study_id)


def open_file(
    actor: Actor, session: Session, storage: Storage, project: str, file_id: int
) -> OpenedFile:
    """Open a file for sending it.

    Raises
    ------
    Conflict
        If a file in place is not any more as it was when it was registered.
    """
    project_id = project_for(actor, session, project, Action.READ).id or 0
    file = files_among(session, project_id, [file_id])[0]
    stream = storage.open(file)
    status = os.fstat(stream.fileno())
    is_changed = status.st_size != file.size_bytes or (
        file.modified_ns is not None and status.st_mtime_ns != file.modified_ns
    )
    if is_changed:
        stream.close()
        raise Conflict(
            f"file {file_id} has changed on the disk since it was registered; "
            "delete it from the project and register its folder again"
        )
    etag = file.sha256 or f"{status.st_mtime_ns:x}-{status.st_size:x}"
    return OpenedFile(stream, status.st_size, f'"{etag}"')


def store_result(
    session: Session,
    parts: Parts,
    actor: Actor | int,
    study_id: int,
    relative_name: str,
    path: Path | StagedFile,
    tags: Iterable[str],
) -> FileRow:
    """Store what a job made, in the place of a file of the same name.

    The caller has asked for rights when the job was ordered. To keep the write
    transaction short, copy first: ``parts.storage.incoming.take_copy(path)``
    returns the ``StagedFile`` to give as ``path``. The file at ``path`` itself is
    only read.

    The actor, or the account of this id, becomes the file's author. If the
    session, which is of :meth:`Database.write`, rolls back, the file takes no place.
    """
    staged = path
    if not isinstance(staged, StagedFile):
        staged = parts.storage.incoming.take_copy(staged)
    author = Author(actor) if isinstance(actor, int) else Author(actor.account_id)
    new = NewFile(
        study_id, check_relative_name(relative_name), staged, list(tags), replace=True
    )
    file = store_file(session, parts.storage, author, new)
    return rows_of_files(session, [file.id or 0])[0]


def store_file(
    session: Session, storage: Storage, author: Author, new: NewFile
) -> File:
    """Give a staged file its place and its row, without asking for rights.

    The same bytes under the same name are stored once: sending them again is
    harmless.

    Raises
    ------
    Conflict
        If the study has another file of this name and ``replace`` is False, or
        if a file is where the name wants a folder.
    """
    study = session.get_one(Study, new.study_id)
    present = refuse_taken_name(
        session, new.study_id, new.relative_name, new.staged.sha256, new.replace
    )
    if present is not None and present.sha256 == new.staged.sha256:
        new.staged.path.unlink(missing_ok=True)
        add_file_tags(session, present.id or 0, new.tags)
        note_changes(session, study.project_id, [new.study_id])
        return present
    if present is not None:
        put_in_trash(session, storage, [present])
    file = _add_row(session, storage, author, new)
    add_file_tags(session, file.id or 0, new.tags)
    note_changes(session, study.project_id, [new.study_id])
    _record(session, author, study.project_id, file, present)
    return file


def refuse_taken_name(
    session: Session, study_id: int, relative_name: str, sha256: str, replace: bool
) -> File | None:
    """Return the file that now bears the name, if it may be replaced or is the same.

    Raises
    ------
    Conflict
        As :func:`store_file`.
    """
    present = file_named(session, study_id, relative_name)
    if present is None:
        refuse_collision(session, study_id, relative_name)
        return None
    is_same = (
        present.sha256 == sha256 and path_of_name(session, present) == relative_name
    )
    if is_same or replace:
        return present
    raise Conflict(
        f"study {study_id} has a file of this name already: number {present.id} "
        "(names that differ only in case are the same); replace it or choose "
        "another name"
    )


def _add_row(session: Session, storage: Storage, author: Author, new: NewFile) -> File:
    study = session.get_one(Study, new.study_id)
    folder = storage.study_folder(study.project_id, study.subject_id, new.study_id)
    place = folder.joinpath(*new.relative_name.split("/"))
    FileMoves.of(storage, session).move([(new.staged.path, place)])
    file = File(
        study_id=new.study_id,
        relative_name_id=name_ids(session, [new.relative_name])[new.relative_name],
        location=storage.location_of(place),
        size_bytes=new.staged.size_bytes,
        sha256=new.staged.sha256,
        created_by=author.account_id,
    )
    session.add(file)
    session.flush()
    return file


def _record(
    session: Session, author: Author, project_id: int, file: File, old: File | None
) -> None:
    way_back: dict[str, list[int]] = {"delete_files": [file.id or 0]}
    details = {"study_id": file.study_id, "size_bytes": file.size_bytes}
    if old is not None:
        way_back["restore_files"] = [old.id or 0]
        details["replaced_file_id"] = old.id or 0
    events.record(
        session,
        author,
        project_id,
        "file.store" if old is None else "file.replace",
        f"file {file.id}",
        details,
        way_back=way_back,
    )
