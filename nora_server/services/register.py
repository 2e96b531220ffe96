"""Registers folders of originals in place: rows are made, no byte is moved."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path, PurePosixPath

from sqlalchemy import insert, select
from sqlmodel import Session, col

from nora_core.errors import BadInput, Forbidden
from nora_core.wire.archive import RegisterReport, RegisterRequest
from nora_core.wire.names import fold
from nora_core.wire.project import Action
from nora_server.database.archive import File, RelativeName, Study
from nora_server.database.changes import note_changes
from nora_server.database.chunks import in_chunks
from nora_server.history import events
from nora_server.parts import Parts
from nora_server.rights.actor import Actor
from nora_server.rights.query import project_for
from nora_server.services.file_names import name_ids
from nora_server.services.register_cases import CaseIds, Key, find_or_add_cases
from nora_server.services.register_layout import layout_for
from nora_server.services.register_walk import Original, Skipped, walk_originals
from nora_server.storage import IN_PLACE

BATCH_FILES = 5_000
"""Rows of one transaction: others may write in between."""


@dataclass
class _Tally:
    """What has been registered so far."""

    subjects: set[str] = field(default_factory=set)
    studies: set[Key] = field(default_factory=set)
    files: int = 0
    known: int = 0


def register_folder(
    actor: Actor, parts: Parts, project: str, request: RegisterRequest
) -> RegisterReport:
    """Take in the files below a folder of the server where they lie.

    Running it again adds only what is new. Checksums are computed later.

    Raises
    ------
    Forbidden
        If the folder is none of those that the settings allow, and the actor is
        no server admin.
    BadInput
        If it is no folder, or the pattern is wrong.
    """
    with parts.database.read() as session:
        project_id = project_for(actor, session, project, Action.REGISTER).id or 0
    folder = _allowed_folder(actor, parts, request.folder)
    layout = layout_for(folder, request.pattern)
    skipped, tally = Skipped(), _Tally()
    originals = walk_originals(folder, layout, skipped, parts.storage.folder)
    for batch in _batches(originals):
        if request.dry_run:
            with parts.database.read() as session:
                _preview(session, project_id, batch, tally)
        else:
            with parts.database.write() as session:
                _add(session, actor, project_id, batch, tally, skipped)
    report = RegisterReport(
        subjects=len(tally.subjects),
        studies=len(tally.studies),
        files=tally.files,
        known=tally.known,
        skipped=skipped.lines(),
    )
    if not request.dry_run:
        _record(actor, parts, project_id, report)
    return report


def _allowed_folder(actor: Actor, parts: Parts, text: str) -> Path:
    try:
        folder = Path(text).resolve(strict=True)
    except (OSError, ValueError, RuntimeError):
        folder = None
    allowed = [path.resolve() for path in parts.settings.archive.register_folders]
    if not actor.is_server_admin and not (
        folder is not None and any(folder.is_relative_to(path) for path in allowed)
    ):
        raise Forbidden(
            "this folder is not among those that the server's settings allow "
            "(archive.register_folders); ask a server admin"
        )
    if folder is None or not folder.is_dir() or not Path(text).is_absolute():
        raise BadInput(
            "there is no such folder on the server; give its absolute path there"
        )
    if folder == folder.parent:
        raise BadInput("the folder is the whole disk; name the folder of the data")
    if folder.is_relative_to(parts.storage.folder):
        raise BadInput(
            "the folder is part of the server's own; register originals only"
        )
    return folder


def _batches(originals: Iterable[Original]) -> Iterator[list[Original]]:
    rest = iter(originals)
    while batch := list(islice(rest, BATCH_FILES)):
        yield batch


def _key(original: Original) -> Key:
    return (original.belonging.patients_id, original.belonging.studies_id)


def _location(original: Original) -> str:
    return IN_PLACE + str(original.path)


def _unknown(
    session: Session, project_id: int, batch: list[Original], tally: _Tally
) -> list[Original]:
    """Return the originals without a row, not even a forgotten one."""
    by_location = {_location(original): original for original in batch}
    for chunk in in_chunks(list(by_location)):
        query = (
            select(col(File.location))
            .join(Study, col(Study.id) == col(File.study_id))
            .where(col(File.location).in_(chunk), col(Study.project_id) == project_id)
        )
        for location in set(session.scalars(query)):
            del by_location[location]
    tally.known += len(batch) - len(by_location)
    return list(by_location.values())


def _preview(
    session: Session, project_id: int, batch: list[Original], tally: _Tally
) -> None:
    new = _unknown(session, project_id, batch, tally)
    cases = CaseIds(session, project_id, {_key(original) for original in new})
    for original in new:
        if original.belonging.patients_id not in cases.subjects:
            tally.subjects.add(original.belonging.patients_id)
        if _key(original) not in cases.studies:
            tally.studies.add(_key(original))
    tally.files += len(new)


def _add(
    session: Session,
    actor: Actor,
    project_id: int,
    batch: list[Original],
    tally: _Tally,
    skipped: Skipped,
) -> None:
    new = _unknown(session, project_id, batch, tally)
    if not new:
        return
    keys = {_key(original) for original in new}
    cases = find_or_add_cases(session, project_id, keys)
    tally.subjects |= cases.new_subjects
    tally.studies |= cases.new_studies
    new = _free_names(session, new, cases, skipped)
    names = name_ids(session, {one.belonging.relative_name for one in new})
    rows = [
        {
            "study_id": cases.studies[_key(original)],
            "relative_name_id": names[original.belonging.relative_name],
            "location": _location(original),
            "size_bytes": original.size_bytes,
            "modified_ns": original.modified_ns,
            "created_by": actor.account_id,
        }
        for original in new
    ]
    if rows:
        session.execute(insert(File), rows)
    tally.files += len(rows)
    note_changes(session, project_id, {cases.studies[key] for key in keys})


def _free_names(
    session: Session, new: list[Original], cases: CaseIds, skipped: Skipped
) -> list[Original]:
    """Leave out files whose name another file of the study has but for its case."""
    taken: set[tuple[int, str]] = set()
    for chunk in in_chunks({cases.studies[_key(original)] for original in new}):
        query = (
            select(col(File.study_id), col(RelativeName.path))
            .join(RelativeName, col(RelativeName.id) == col(File.relative_name_id))
            .where(col(File.study_id).in_(chunk), col(File.deleted_at).is_(None))
        )
        taken.update((study, fold(path)) for study, path in session.execute(query))
    free = []
    for original in new:
        name = original.belonging.relative_name
        mark = (cases.studies[_key(original)], fold(name))
        if mark in taken:
            skipped.add(
                PurePosixPath(name),
                "the study has a file of this name already (case does not count)",
            )
        else:
            taken.add(mark)
            free.append(original)
    return free


def _record(
    actor: Actor, parts: Parts, project_id: int, report: RegisterReport
) -> None:
    with parts.database.write() as session:
        events.record(
            session,
            actor,
            project_id,
            "files.register",
            f"{report.files} files",
            report.model_dump(exclude={"skipped"}),
        )
