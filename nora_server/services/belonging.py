"""Finds rows by id inside one project, or says that they are not there."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlmodel import Session, col

from nora_core.errors import NotFound
from nora_server.database.archive import File, Study, Subject
from nora_server.database.chunks import in_chunks


@dataclass(frozen=True)
class Found:
    """A live study with its subject."""

    study: Study
    subject: Subject

    @property
    def study_id(self) -> int:
        """The study's number, which a stored row always has."""
        return self.study.id or 0

    @property
    def subject_id(self) -> int:
        """The subject's number, which a stored row always has."""
        return self.subject.id or 0


def study_in(session: Session, project_id: int, study_id: int) -> Found:
    """Return a study that is not in the trash."""
    query = (
        select(Study, Subject)
        .join(Subject, col(Subject.id) == col(Study.subject_id))
        .where(
            col(Study.id) == study_id,
            col(Study.project_id) == project_id,
            col(Study.deleted_at).is_(None),
        )
    )
    row = session.execute(query).one_or_none()
    if row is None:
        raise _missing("study", study_id)
    return Found(row[0], row[1])


def subject_in(session: Session, project_id: int, subject_id: int) -> Subject:
    """Return a subject that is not in the trash."""
    subject = session.get(Subject, subject_id)
    if (
        subject is None
        or subject.project_id != project_id
        or subject.deleted_at is not None
    ):
        raise _missing("subject", subject_id)
    return subject


def subjects_among(
    session: Session, project_id: int, ids: Collection[int], *, deleted: bool = False
) -> list[Subject]:
    """Return the subjects of these ids, all live or all in the trash."""
    subjects: list[Subject] = []
    for chunk in in_chunks(set(ids)):
        query = select(Subject).where(
            col(Subject.id).in_(chunk),
            col(Subject.project_id) == project_id,
            _is_deleted(Subject, deleted),
        )
        subjects.extend(session.scalars(query))
    _require_all("subject", ids, {subject.id for subject in subjects}, deleted)
    return subjects


def studies_among(
    session: Session, project_id: int, ids: Collection[int], *, deleted: bool = False
) -> list[Study]:
    """Return the studies of these ids, all live or all in the trash."""
    studies: list[Study] = []
    for chunk in in_chunks(set(ids)):
        query = select(Study).where(
            col(Study.id).in_(chunk),
            col(Study.project_id) == project_id,
            _is_deleted(Study, deleted),
        )
        studies.extend(session.scalars(query))
    _require_all("study", ids, {study.id for study in studies}, deleted)
    return studies


def files_among(
    session: Session, project_id: int, ids: Collection[int], *, deleted: bool = False
) -> list[File]:
    """Return the files of these ids, of live studies, all live or all deleted."""
    files: list[File] = []
    for chunk in in_chunks(set(ids)):
        query = (
            select(File)
            .join(Study, col(Study.id) == col(File.study_id))
            .where(
                col(File.id).in_(chunk),
                col(Study.project_id) == project_id,
                col(Study.deleted_at).is_(None),
                _is_deleted(File, deleted),
            )
        )
        files.extend(session.scalars(query))
    _require_all("file", ids, {file.id for file in files}, deleted)
    return files


def _is_deleted(
    table: type[Subject] | type[Study] | type[File], deleted: bool
) -> ColumnElement[bool]:
    moment = col(table.deleted_at)
    return moment.is_not(None) if deleted else moment.is_(None)


def _require_all(
    kind: str, ids: Collection[int], found: set[int | None], deleted: bool
) -> None:
    for item_id in sorted(set(ids)):
        if item_id not in found:
            raise _missing(kind, item_id, "in the trash of" if deleted else "in")


def _missing(kind: str, item_id: int, place: str = "in") -> NotFound:
    return NotFound(
        f"no {kind} {item_id} {place} this project; load the table again, "
        "it may have changed"
    )
