"""The queries for a page's rows and for all that these hold many or none of.

The second is put together from parts with the same columns: what it is, whose, a
text and a number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from sqlalchemy import (
    ARRAY,
    BindParameter,
    ColumnElement,
    Executable,
    FromClause,
    Integer,
    Select,
    any_,
    bindparam,
    func,
    literal_column,
    select,
    union_all,
)

from nora_core.wire.case import Level
from nora_server.database.tables import METADATA
from nora_server.search.conditions import STATES_OF_MARK


class Detail(IntEnum):
    """What a line of the second query tells."""

    SUBJECT_TAG = 0
    STUDY_TAG = 1
    JOBS = 2
    FILES = 3
    STUDIES = 4


@dataclass(frozen=True, slots=True)
class RowQueries:
    """Both queries of one level; they take ``row_ids``, a list, and ``project_id``."""

    rows: Executable
    details: Executable


_IsAsked = Callable[[ColumnElement[Any]], ColumnElement[bool]]
_PROJECT: BindParameter[Any] = bindparam("project_id")
_NO_TEXT: ColumnElement[Any] = literal_column("''")
_NO_NUMBER: ColumnElement[Any] = literal_column("0")

_study = METADATA.tables["study"]
_subject = METADATA.tables["subject"]
_file = METADATA.tables["file"]
_tag = METADATA.tables["tag"]
_study_tag = METADATA.tables["study_tag"]
_subject_tag = METADATA.tables["subject_tag"]
_job = METADATA.tables["job_case"]

_TAGS_OF_STUDIES = _study_tag.join(_tag, _tag.c.id == _study_tag.c.tag_id)
_TAGS_OF_SUBJECTS = _subject_tag.join(_tag, _tag.c.id == _subject_tag.c.tag_id)
_IS_FILE = _file.c.deleted_at.is_(None)
_IS_STUDY = _study.c.deleted_at.is_(None)
_IS_SUBJECT = _subject.c.deleted_at.is_(None)


def _part(
    kind: Detail,
    row_id: ColumnElement[Any],
    source: FromClause,
    text: ColumnElement[Any] = _NO_TEXT,
    number: ColumnElement[Any] = _NO_NUMBER,
) -> Select[Any]:
    kind_of_line: ColumnElement[Any] = literal_column(str(int(kind)))
    return select(kind_of_line, row_id, text, number).select_from(source)


def _jobs(row_id: ColumnElement[Any]) -> Select[Any]:
    states = [state.value for group in STATES_OF_MARK.values() for state in group]
    part = _part(Detail.JOBS, row_id, _job, _job.c.state, func.count())
    return part.where(_job.c.state.in_(states)).group_by(row_id, _job.c.state)


def _of_studies(is_asked: _IsAsked) -> RowQueries:
    rows = (
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
        .where(is_asked(_study.c.id), _study.c.project_id == _PROJECT)
        .where(_IS_STUDY, _IS_SUBJECT)
    )
    tags_of_subject = _TAGS_OF_SUBJECTS.join(
        _study, _study.c.subject_id == _subject_tag.c.subject_id
    )
    study_id = _study_tag.c.study_id
    files = _part(Detail.FILES, _file.c.study_id, _file, number=func.count())
    details = union_all(
        _part(Detail.STUDY_TAG, study_id, _TAGS_OF_STUDIES, _tag.c.name).where(
            is_asked(study_id)
        ),
        _part(Detail.SUBJECT_TAG, _study.c.id, tags_of_subject, _tag.c.name).where(
            is_asked(_study.c.id)
        ),
        files.where(is_asked(_file.c.study_id), _IS_FILE).group_by(_file.c.study_id),
        _jobs(_job.c.study_id).where(is_asked(_job.c.study_id)),
    )
    return RowQueries(rows, details)


def _of_subjects(is_asked: _IsAsked) -> RowQueries:
    rows = select(_subject.c.id, _subject.c.patients_id, _subject.c.name).where(
        is_asked(_subject.c.id), _subject.c.project_id == _PROJECT, _IS_SUBJECT
    )
    subject_id = _study.c.subject_id
    files_of_studies = _study.join(_file, _file.c.study_id == _study.c.id)
    tags_of_studies = _TAGS_OF_STUDIES.join(
        _study, _study.c.id == _study_tag.c.study_id
    )
    tagged = _subject_tag.c.subject_id
    files = _part(Detail.FILES, subject_id, files_of_studies, number=func.count())
    latest = func.max(_study.c.date)
    studies = _part(Detail.STUDIES, subject_id, _study, latest, func.count())
    details = union_all(
        _part(Detail.SUBJECT_TAG, tagged, _TAGS_OF_SUBJECTS, _tag.c.name).where(
            is_asked(tagged)
        ),
        _part(Detail.STUDY_TAG, subject_id, tags_of_studies, _tag.c.name).where(
            is_asked(subject_id), _IS_STUDY
        ),
        files.where(is_asked(subject_id), _IS_FILE, _IS_STUDY).group_by(subject_id),
        studies.where(is_asked(subject_id), _IS_STUDY).group_by(subject_id),
        _jobs(_job.c.subject_id).where(is_asked(_job.c.subject_id)),
    )
    return RowQueries(rows, details)


_LISTED: BindParameter[Any] = bindparam("row_ids", expanding=True)
_ARRAY: BindParameter[Any] = bindparam("row_ids", type_=ARRAY(Integer))


def _both(is_asked: _IsAsked) -> dict[Level, RowQueries]:
    return {Level.STUDY: _of_studies(is_asked), Level.SUBJECT: _of_subjects(is_asked)}


ROW_QUERIES = {
    "sqlite": _both(lambda column: column.in_(_LISTED)),
    # one parameter, so that PostgreSQL plans the query once for all pages
    "postgresql": _both(lambda column: column == any_(_ARRAY)),
}
"""The queries by dialect and level."""
