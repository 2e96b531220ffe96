"""Reads all that the table shows of a page's rows, in two queries.

One for the rows and one for all that they hold many or none of, put together from
parts with the same columns: what it is, whose, a text and a number.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
    Select,
    bindparam,
    func,
    literal,
    select,
    union_all,
)
from sqlmodel import Session

from nora_core.patterns import JobMark
from nora_core.wire.archive import CaseRow, JobMarks
from nora_core.wire.case import Level
from nora_core.wire.names import fold
from nora_server.database.tables import METADATA
from nora_server.search.conditions import STATES_OF_MARK

_SUBJECT_TAG, _STUDY_TAG, _JOBS, _FILES, _STUDIES = range(5)
_MARK_OF_STATE = {
    state.value: mark for mark, states in STATES_OF_MARK.items() for state in states
}
_IDS: BindParameter[Any] = bindparam("row_ids", expanding=True)
_PROJECT: BindParameter[Any] = bindparam("project_id")

_study = METADATA.tables["study"]
_subject = METADATA.tables["subject"]
_file = METADATA.tables["file"]
_tag = METADATA.tables["tag"]
_study_tag = METADATA.tables["study_tag"]
_subject_tag = METADATA.tables["subject_tag"]
_job = METADATA.tables["job_case"]


def _part(
    kind: int,
    row_id: ColumnElement[Any],
    text: ColumnElement[Any],
    number: ColumnElement[Any],
    source: FromClause,
    *conditions: ColumnElement[bool],
) -> Select[Any]:
    query = select(literal(kind), row_id, text, number).select_from(source)
    return query.where(row_id.in_(_IDS), *conditions)


def _tags(kind: int, row_id: ColumnElement[Any], source: FromClause) -> Select[Any]:
    return _part(kind, row_id, _tag.c.name, literal(0), source)


def _jobs(row_id: ColumnElement[Any]) -> Select[Any]:
    is_marked = _job.c.state.in_(list(_MARK_OF_STATE))
    counted = _part(_JOBS, row_id, _job.c.state, func.count(), _job, is_marked)
    return counted.group_by(row_id, _job.c.state)


_NO_TEXT = literal("")
_TAGS_OF_STUDIES = _study_tag.join(_tag, _tag.c.id == _study_tag.c.tag_id)
_TAGS_OF_SUBJECTS = _subject_tag.join(_tag, _tag.c.id == _subject_tag.c.tag_id)
_IS_FILE = _file.c.deleted_at.is_(None)
_IS_STUDY = _study.c.deleted_at.is_(None)

_STUDY_ROWS = (
    select(
        _study.c.id,
        _study.c.subject_id,
        _subject.c.patients_id,
        _study.c.studies_id,
        _subject.c.name,
        _study.c.date,
        _study.c.description,
        _study.c.modality,
    )
    .join(_subject, _subject.c.id == _study.c.subject_id)
    .where(_study.c.id.in_(_IDS), _study.c.project_id == _PROJECT)
    .where(_IS_STUDY, _subject.c.deleted_at.is_(None))
)
_STUDY_DETAILS = union_all(
    _tags(_STUDY_TAG, _study_tag.c.study_id, _TAGS_OF_STUDIES),
    _tags(
        _SUBJECT_TAG,
        _study.c.id,
        _TAGS_OF_SUBJECTS.join(
            _study, _study.c.subject_id == _subject_tag.c.subject_id
        ),
    ),
    _part(_FILES, _file.c.study_id, _NO_TEXT, func.count(), _file, _IS_FILE).group_by(
        _file.c.study_id
    ),
    _jobs(_job.c.study_id),
)

_SUBJECT_ROWS = select(_subject.c.id, _subject.c.patients_id, _subject.c.name).where(
    _subject.c.id.in_(_IDS),
    _subject.c.project_id == _PROJECT,
    _subject.c.deleted_at.is_(None),
)
_SUBJECT_DETAILS = union_all(
    _tags(_SUBJECT_TAG, _subject_tag.c.subject_id, _TAGS_OF_SUBJECTS),
    _tags(
        _STUDY_TAG,
        _study.c.subject_id,
        _TAGS_OF_STUDIES.join(_study, _study.c.id == _study_tag.c.study_id),
    ).where(_IS_STUDY),
    _part(
        _FILES,
        _study.c.subject_id,
        _NO_TEXT,
        func.count(),
        _study.join(_file, _file.c.study_id == _study.c.id),
        _IS_FILE,
        _IS_STUDY,
    ).group_by(_study.c.subject_id),
    _part(
        _STUDIES,
        _study.c.subject_id,
        func.max(_study.c.date),
        func.count(),
        _study,
        _IS_STUDY,
    ).group_by(_study.c.subject_id),
    _jobs(_job.c.subject_id),
)


class _Details:
    """What the rows of a page hold many or none of."""

    def __init__(self) -> None:
        self.tags: defaultdict[tuple[int, int], set[str]] = defaultdict(set)
        self.jobs: defaultdict[int, dict[str, int]] = defaultdict(dict)
        self.files: dict[int, int] = {}
        self.studies: dict[int, tuple[str, int]] = {}

    def take(self, kind: int, row_id: int, text: str, number: int) -> None:
        """Take in one line of the query."""
        if kind in {_SUBJECT_TAG, _STUDY_TAG}:
            self.tags[kind, row_id].add(text)
        elif kind == _JOBS:
            counts, mark = self.jobs[row_id], _FIELD_OF_MARK[_MARK_OF_STATE[text]]
            counts[mark] = counts.get(mark, 0) + number
        elif kind == _FILES:
            self.files[row_id] = number
        else:
            self.studies[row_id] = (text, number)

    def tags_of(self, kind: int, row_id: int) -> list[str]:
        """Return a row's tags in their order without case."""
        tags = self.tags.get((kind, row_id))
        return sorted(tags, key=lambda tag: (fold(tag), tag)) if tags else []

    def jobs_of(self, row_id: int) -> JobMarks:
        """Return a row's marks for jobs."""
        counts = self.jobs.get(row_id)
        return JobMarks(**counts) if counts else JobMarks()


_FIELD_OF_MARK = {
    JobMark.QUEUED: "queued",
    JobMark.RUNNING: "running",
    JobMark.ERROR: "failed",
}


def read_rows(
    session: Session, level: Level, row_ids: Sequence[int], project_id: int
) -> list[CaseRow]:
    """Return the rows of these ids, in their order.

    The caller has checked the right to read the project; rows of others, and rows
    that went into the trash meanwhile, are left out.
    """
    if not row_ids:
        return []
    of_study = level is Level.STUDY
    connection, ids = session.connection(), {"row_ids": list(row_ids)}
    details = _Details()
    query = _STUDY_DETAILS if of_study else _SUBJECT_DETAILS
    for kind, row_id, text, number in connection.execute(query, ids).all():
        details.take(kind, row_id, text, number)
    rows = _STUDY_ROWS if of_study else _SUBJECT_ROWS
    make = _study_row if of_study else _subject_row
    of_project = {**ids, "project_id": project_id}
    found = {
        row[0]: make(row, details) for row in connection.execute(rows, of_project).all()
    }
    return [found[row_id] for row_id in row_ids if row_id in found]


def _study_row(row: Any, details: _Details) -> CaseRow:
    study, subject, patients_id, studies_id, name, day, description, modality = row
    return CaseRow(
        subject_id=subject,
        study_id=study,
        patients_id=patients_id,
        studies_id=studies_id,
        name=name,
        date=_date(day),
        description=description,
        modality=modality,
        subject_tags=details.tags_of(_SUBJECT_TAG, study),
        study_tags=details.tags_of(_STUDY_TAG, study),
        file_count=details.files.get(study, 0),
        jobs=details.jobs_of(study),
    )


def _subject_row(row: Any, details: _Details) -> CaseRow:
    """Make a row of the subject level, with the date of the latest study."""
    subject, patients_id, name = row
    day, studies = details.studies.get(subject, ("", 0))
    return CaseRow(
        subject_id=subject,
        study_id=None,
        patients_id=patients_id,
        studies_id=None,
        name=name,
        date=_date(day),
        description="",
        modality="",
        subject_tags=details.tags_of(_SUBJECT_TAG, subject),
        study_tags=details.tags_of(_STUDY_TAG, subject),
        file_count=details.files.get(subject, 0),
        study_count=studies,
        jobs=details.jobs_of(subject),
    )


def _date(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
