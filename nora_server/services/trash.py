"""The trash: files, studies and subjects go there and come back."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlmodel import Session, col

from nora_core.errors import Conflict
from nora_core.wire.project import Action
from nora_server.database.archive import File, Study, Subject
from nora_server.database.changes import note_changes
from nora_server.database.chunks import in_chunks
from nora_server.database.columns import utc_now
from nora_server.database.history import Event
from nora_server.history import events
from nora_server.rights.actor import Actor
from nora_server.rights.query import project_for
from nora_server.services.belonging import (
    files_among,
    studies_among,
    subjects_among,
)
from nora_server.services.file_names import (
    file_named,
    path_of_name,
    refuse_collision,
)
from nora_server.storage import MANAGED, FileMoves, Storage


def delete_files(
    actor: Actor, session: Session, storage: Storage, project: str, ids: Sequence[int]
) -> Event:
    """Move files to the trash; originals in place are forgotten, never touched."""
    project_id = project_for(actor, session, project, Action.DELETE).id or 0
    trash_files(session, storage, project_id, ids)
    return _record(session, actor, project_id, "files.delete", ids, "restore_files")


def restore_files(
    actor: Actor, session: Session, storage: Storage, project: str, ids: Sequence[int]
) -> Event:
    """Take files out of the trash, to where they were."""
    project_id = project_for(actor, session, project, Action.DELETE).id or 0
    bring_back_files(session, storage, project_id, ids)
    return _record(session, actor, project_id, "files.restore", ids, "delete_files")


def delete_studies(
    actor: Actor, session: Session, project: str, ids: Sequence[int]
) -> Event:
    """Move studies to the trash; their files stay where they lie, unseen."""
    project_id = project_for(actor, session, project, Action.DELETE).id or 0
    trash_studies(session, project_id, ids)
    return _record(session, actor, project_id, "studies.delete", ids, "restore_studies")


def restore_studies(
    actor: Actor, session: Session, project: str, ids: Sequence[int]
) -> Event:
    """Take studies out of the trash."""
    project_id = project_for(actor, session, project, Action.DELETE).id or 0
    bring_back_studies(session, project_id, ids)
    return _record(session, actor, project_id, "studies.restore", ids, "delete_studies")


def delete_subjects(
    actor: Actor, session: Session, project: str, ids: Sequence[int]
) -> Event:
    """Move subjects with all their studies to the trash."""
    project_id = project_for(actor, session, project, Action.DELETE).id or 0
    trash_subjects(session, project_id, ids)
    return _record(
        session, actor, project_id, "subjects.delete", ids, "restore_subjects"
    )


def restore_subjects(
    actor: Actor, session: Session, project: str, ids: Sequence[int]
) -> Event:
    """Take subjects, with the studies deleted together, out of the trash."""
    project_id = project_for(actor, session, project, Action.DELETE).id or 0
    bring_back_subjects(session, project_id, ids)
    return _record(
        session, actor, project_id, "subjects.restore", ids, "delete_subjects"
    )


def trash_files(
    session: Session, storage: Storage, project_id: int, ids: Sequence[int]
) -> None:
    """Move files to the trash, without asking for rights."""
    files = files_among(session, project_id, ids)
    put_in_trash(session, storage, files)
    note_changes(session, project_id, [file.study_id for file in files])


def put_in_trash(session: Session, storage: Storage, files: Iterable[File]) -> None:
    """Mark files as deleted and move managed ones into the trash folder."""
    moves = []
    now = utc_now()
    for file in files:
        file.deleted_at = now
        if file.location.startswith(MANAGED):
            source = storage.expected_path(file)
            target = storage.trash / secrets.token_hex(8) / source.name
            if source.exists():
                moves.append((source, target))
                file.location = storage.location_of(target)
        session.add(file)
    FileMoves.of(storage, session).move(moves)
    session.flush()


def bring_back_files(
    session: Session, storage: Storage, project_id: int, ids: Sequence[int]
) -> None:
    """Take files out of the trash, without asking for rights.

    Raises
    ------
    Conflict
        If another file bears the name meanwhile.
    NotFound
        If the bytes are not in the trash any more.
    """
    files = files_among(session, project_id, ids, deleted=True)
    moves: list[tuple[Path, Path]] = []
    for file in files:
        moves.extend(_bring_back(session, storage, file))
    FileMoves.of(storage, session).move(moves)
    note_changes(session, project_id, [file.study_id for file in files])


def trash_studies(session: Session, project_id: int, ids: Sequence[int]) -> None:
    """Mark studies as deleted, without asking for rights."""
    _mark_studies(session, studies_among(session, project_id, ids), utc_now())
    note_changes(session, project_id, ids)


def bring_back_studies(session: Session, project_id: int, ids: Sequence[int]) -> None:
    """Take studies out of the trash, without asking for rights."""
    studies = studies_among(session, project_id, ids, deleted=True)
    subject_ids = {study.subject_id for study in studies}
    for chunk in in_chunks(subject_ids):
        query = select(col(Subject.id)).where(
            col(Subject.id).in_(chunk), col(Subject.deleted_at).is_not(None)
        )
        deleted = session.scalar(query)
        if deleted is not None:
            raise Conflict(f"subject {deleted} is in the trash: restore it first")
    _mark_studies(session, studies, None)
    note_changes(session, project_id, ids)


def trash_subjects(session: Session, project_id: int, ids: Sequence[int]) -> None:
    """Mark subjects and their live studies as deleted at the same moment."""
    subjects = subjects_among(session, project_id, ids)
    now = utc_now()
    for subject in subjects:
        subject.deleted_at = now
        session.add(subject)
    studies = _studies_of(session, ids, None)
    _mark_studies(session, studies, now)
    note_changes(session, project_id, [study.id or 0 for study in studies], ids)


def bring_back_subjects(session: Session, project_id: int, ids: Sequence[int]) -> None:
    """Restore subjects and those studies that were deleted with them."""
    subjects = subjects_among(session, project_id, ids, deleted=True)
    touched: list[int] = []
    for subject in subjects:
        studies = _studies_of(session, [subject.id or 0], subject.deleted_at)
        _mark_studies(session, studies, None)
        touched.extend(study.id or 0 for study in studies)
        subject.deleted_at = None
        session.add(subject)
    note_changes(session, project_id, touched, ids)


def _bring_back(
    session: Session, storage: Storage, file: File
) -> list[tuple[Path, Path]]:
    """Give a file its row again; return the move that belongs to that, if any."""
    name = path_of_name(session, file)
    present = file_named(session, file.study_id, name)
    if present is not None:
        raise Conflict(
            f"file {present.id} bears the name of file {file.id} now; "
            "delete that one first"
        )
    refuse_collision(session, file.study_id, name)
    moves = []
    if file.location.startswith(MANAGED):
        study = session.get_one(Study, file.study_id)
        folder = storage.study_folder(study.project_id, study.subject_id, file.study_id)
        target = folder.joinpath(*name.split("/"))
        source = storage.path_of(file)
        if source != target:
            moves.append((source, target))
        file.location = storage.location_of(target)
    file.deleted_at = None
    session.add(file)
    session.flush()
    return moves


def _studies_of(
    session: Session, subject_ids: Sequence[int], deleted_at: datetime | None
) -> list[Study]:
    studies: list[Study] = []
    for chunk in in_chunks(subject_ids):
        query = select(Study).where(
            col(Study.subject_id).in_(chunk), col(Study.deleted_at) == deleted_at
        )
        studies.extend(session.scalars(query))
    return studies


def _mark_studies(
    session: Session, studies: Iterable[Study], moment: datetime | None
) -> None:
    for study in studies:
        study.deleted_at = moment
        session.add(study)
    session.flush()


def _record(
    session: Session,
    actor: Actor,
    project_id: int,
    action: str,
    ids: Sequence[int],
    opposite: str,
) -> Event:
    kind = action.partition(".")[0]
    return events.record(
        session,
        actor,
        project_id,
        action,
        f"{len(set(ids))} {kind}",
        {"ids": sorted(set(ids))[:100]},
        way_back={opposite: sorted(set(ids))},
    )
