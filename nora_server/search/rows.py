"""Reads all that the table shows of a page's rows, in a handful of queries."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from nora_core.patterns import JobMark
from nora_core.wire.archive import CaseRow, JobMarks
from nora_core.wire.case import Level
from nora_server.database.archive import (
    File,
    Study,
    StudyTag,
    Subject,
    SubjectTag,
    Tag,
)
from nora_server.database.jobs import OrderCase
from nora_server.search.conditions import STATES_OF_MARK


def read_rows(
    session: Session, level: Level, row_ids: Sequence[int], readable: Any
) -> list[CaseRow]:
    """Return the rows of these ids, in their order.

    ``readable`` selects the ids of the projects that the actor may read; rows of
    others, and rows that went into the trash meanwhile, are left out.
    """
    if level is Level.STUDY:
        rows = _read_studies(session, row_ids, readable)
    else:
        rows = _read_subjects(session, row_ids, readable)
    by_id = {
        row.study_id if level is Level.STUDY else row.subject_id: row for row in rows
    }
    return [by_id[row_id] for row_id in row_ids if row_id in by_id]


def _read_studies(
    session: Session, study_ids: Sequence[int], readable: Any
) -> list[CaseRow]:
    query = (
        select(
            col(Study.id),
            col(Study.subject_id),
            col(Study.studies_id),
            col(Study.date),
            col(Study.description),
            col(Study.modality),
            col(Subject.patients_id),
            col(Subject.name),
        )
        .join(Subject, col(Subject.id) == col(Study.subject_id))
        .where(
            col(Study.id).in_(study_ids),
            col(Study.project_id).in_(readable),
            col(Study.deleted_at).is_(None),
            col(Subject.deleted_at).is_(None),
        )
    )
    found = session.execute(query).all()
    subject_tags = _tags(session, SubjectTag.subject_id, {row[1] for row in found})
    study_tags = _tags(session, StudyTag.study_id, study_ids)
    marks = _marks(session, OrderCase.study_id, study_ids)
    file_counts = _file_counts(session, study_ids)
    return [
        CaseRow(
            subject_id=subject_id,
            study_id=study_id,
            patients_id=patients_id,
            studies_id=studies_id,
            name=name,
            date=_date(day),
            description=description,
            modality=modality,
            subject_tags=subject_tags[subject_id],
            study_tags=study_tags[study_id],
            file_count=file_counts[study_id],
            jobs=_job_marks(marks[study_id]),
        )
        for (
            study_id,
            subject_id,
            studies_id,
            day,
            description,
            modality,
            patients_id,
            name,
        ) in found
    ]


def _read_subjects(
    session: Session, subject_ids: Sequence[int], readable: Any
) -> list[CaseRow]:
    query = select(col(Subject.id), col(Subject.patients_id), col(Subject.name)).where(
        col(Subject.id).in_(subject_ids),
        col(Subject.project_id).in_(readable),
        col(Subject.deleted_at).is_(None),
    )
    subject_of, dates = _studies_of(session, subject_ids)
    files: Counter[int] = Counter()
    for study_id, count in _file_counts(session, subject_of).items():
        files[subject_of[study_id]] += count
    tags = _tags(session, SubjectTag.subject_id, subject_ids)
    study_tags = _tags(session, StudyTag.study_id, subject_of)
    tags_of_studies: defaultdict[int, set[str]] = defaultdict(set)
    for study_id, names in study_tags.items():
        tags_of_studies[subject_of[study_id]].update(names)
    marks = _marks(session, OrderCase.subject_id, subject_ids)
    study_counts = Counter(subject_of.values())
    return [
        CaseRow(
            subject_id=subject_id,
            study_id=None,
            patients_id=patients_id,
            studies_id=None,
            name=name,
            date=_date(dates.get(subject_id, "")),
            description="",
            modality="",
            subject_tags=tags[subject_id],
            study_tags=sorted(tags_of_studies[subject_id]),
            file_count=files[subject_id],
            study_count=study_counts[subject_id],
            jobs=_job_marks(marks[subject_id]),
        )
        for subject_id, patients_id, name in session.execute(query)
    ]


def _studies_of(
    session: Session, subject_ids: Sequence[int]
) -> tuple[dict[int, int], dict[int, str]]:
    """Return each study's subject, and each subject's latest date."""
    query = select(col(Study.id), col(Study.subject_id), col(Study.date)).where(
        col(Study.subject_id).in_(subject_ids), col(Study.deleted_at).is_(None)
    )
    subject_of: dict[int, int] = {}
    dates: dict[int, str] = {}
    for study_id, subject_id, day in session.execute(query):
        subject_of[study_id] = subject_id
        dates[subject_id] = max(day, dates.get(subject_id, ""))
    return subject_of, dates


def _tags(
    session: Session, holder: Any, holder_ids: Iterable[int]
) -> defaultdict[int, list[str]]:
    query = (
        select(holder, col(Tag.name))
        .join(Tag, col(Tag.id) == holder.class_.tag_id)
        .where(holder.in_(list(holder_ids)))
        .order_by(col(Tag.name_folded), col(Tag.id))
    )
    tags: defaultdict[int, list[str]] = defaultdict(list)
    for holder_id, name in session.execute(query):
        tags[holder_id].append(name)
    return tags


def _file_counts(session: Session, study_ids: Iterable[int]) -> Counter[int]:
    query = (
        select(col(File.study_id), func.count())
        .where(col(File.study_id).in_(list(study_ids)), col(File.deleted_at).is_(None))
        .group_by(col(File.study_id))
    )
    return Counter(dict(session.execute(query).all()))


def _marks(
    session: Session, case_column: Any, row_ids: Sequence[int]
) -> defaultdict[int, Counter[JobMark]]:
    mark_of = {s.value: mark for mark, states in STATES_OF_MARK.items() for s in states}
    state = col(OrderCase.state)
    query = (
        select(case_column, state, func.count())
        .where(case_column.in_(row_ids), state.in_(list(mark_of)))
        .group_by(case_column, state)
    )
    marks: defaultdict[int, Counter[JobMark]] = defaultdict(Counter)
    for row_id, value, count in session.execute(query):
        marks[row_id][mark_of[value]] += count
    return marks


def _job_marks(counts: Counter[JobMark]) -> JobMarks:
    return JobMarks(
        queued=counts[JobMark.QUEUED],
        running=counts[JobMark.RUNNING],
        failed=counts[JobMark.ERROR],
    )


def _date(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
