"""Reads the archive, or what changed in it, into the search index."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from pyroaring import BitMap
from sqlalchemy import ColumnElement, String, case, cast, func, select, true
from sqlmodel import Session, col

from nora_core.errors import Cancelled
from nora_core.patterns import JobMark
from nora_server.database.archive import (
    ArchiveChange,
    File,
    FileTag,
    RelativeName,
    Study,
    StudyTag,
    Subject,
    SubjectTag,
    Tag,
)
from nora_server.database.jobs import OrderCase
from nora_server.search.archive_data import ArchiveData
from nora_server.search.conditions import STATES_OF_MARK
from nora_server.search.tables import RowTexts

_IDS_PER_QUERY = 500

Limit = Callable[[Any], ColumnElement[bool]]
"""Narrows a query to some ids of the column that it is given."""


def load_all(session: Session, is_stopped: Callable[[], bool]) -> ArchiveData:
    """Read the whole archive.

    Raises
    ------
    Cancelled
        Soon after ``is_stopped`` says so.
    """
    session.connection().execution_options(stream_results=True)
    data = ArchiveData()
    data.last_change = session.scalar(select(func.max(col(ArchiveChange.id)))) or 0
    load_words(session, data)
    _take_subjects(session, data, lambda _: true())
    _take_studies(session, data, lambda _: true())
    for postings, rows in _all_postings(
        session, data, lambda _: true(), lambda _: true()
    ):
        for key, holders in rows:
            if is_stopped():
                raise Cancelled("the server stops")
            postings.add(key, holders)
    return data


def load_words(session: Session, data: ArchiveData) -> None:
    """Read the names and tags that are new."""
    names = select(
        col(RelativeName.id),
        col(RelativeName.folder_folded),
        col(RelativeName.file_folded),
    ).where(col(RelativeName.id) > data.names.last_id)
    data.names.add(
        {key: (folder, file) for key, folder, file in session.execute(names)}
    )
    tags = select(col(Tag.id), col(Tag.name_folded)).where(
        col(Tag.id) > data.tags.last_id
    )
    data.tags.add(dict(session.execute(tags).all()))


def load_changed(
    session: Session, data: ArchiveData, studies: set[int], subjects: set[int]
) -> None:
    """Read again all that is known of some studies and of some subjects.

    Studies stand for their subjects too, and subjects for all their studies.
    """
    load_words(session, data)
    for some in _portions(subjects):
        query = select(col(Study.id)).where(col(Study.subject_id).in_(some))
        studies = studies | {key for key in session.scalars(query) if key is not None}
    before = {data.subject_of.get(study) for study in studies}
    subjects = subjects | {subject for subject in before if subject is not None}
    for some in _portions(studies):
        query = select(col(Study.subject_id)).where(col(Study.id).in_(some))
        subjects = subjects | set(session.scalars(query))
    for some in _portions(subjects):
        _reload_subjects(session, data, some)
    for some in _portions(studies):
        _reload_studies(session, data, some)


def _reload_subjects(session: Session, data: ArchiveData, ids: Sequence[int]) -> None:
    for tables in data.projects.values():
        tables.subjects.change(ids, {})
    _take_subjects(session, data, lambda column: column.in_(ids))
    changed = BitMap(ids)
    for postings, rows in _subject_postings(session, data, lambda c: c.in_(ids)):
        postings.replace(changed, rows)


def _reload_studies(session: Session, data: ArchiveData, ids: Sequence[int]) -> None:
    for tables in data.projects.values():
        tables.studies.change(ids, {})
    _take_studies(session, data, lambda column: column.in_(ids))
    changed = BitMap(ids)
    for postings, rows in _study_postings(session, data, lambda c: c.in_(ids)):
        postings.replace(changed, rows)


def _portions(ids: Iterable[int]) -> Iterator[list[int]]:
    ordered = sorted(ids)
    for begin in range(0, len(ordered), _IDS_PER_QUERY):
        yield ordered[begin : begin + _IDS_PER_QUERY]


def _take_studies(session: Session, data: ArchiveData, limit: Limit) -> None:
    query = (
        select(
            col(Study.id),
            col(Study.project_id),
            col(Study.subject_id),
            col(Study.subject_name_folded),
            col(Study.subject_patients_id_folded),
            col(Study.studies_id_folded),
            col(Study.date),
            col(Study.description_folded),
        )
        .join(Subject, col(Subject.id) == col(Study.subject_id))
        .where(
            col(Study.deleted_at).is_(None),
            col(Subject.deleted_at).is_(None),
            limit(col(Study.id)),
        )
    )
    rows: dict[int, dict[int, RowTexts]] = {}
    subjects = {}
    for study, project, subject, *texts in session.execute(query):
        rows.setdefault(project, {})[study] = RowTexts(*texts)
        subjects[study] = subject
    data.subject_of.put(subjects)
    for project, studies in rows.items():
        data.projects[project].studies.change((), studies)


def _take_subjects(session: Session, data: ArchiveData, limit: Limit) -> None:
    by_studies = (
        select(
            col(Study.subject_id),
            func.min(col(Study.studies_id_folded)),
            func.max(col(Study.date)),
        )
        .where(col(Study.deleted_at).is_(None), limit(col(Study.subject_id)))
        .group_by(col(Study.subject_id))
    )
    sorted_by = {subject: texts for subject, *texts in session.execute(by_studies)}
    query = select(
        col(Subject.id),
        col(Subject.project_id),
        col(Subject.name_folded),
        col(Subject.patients_id_folded),
    ).where(col(Subject.deleted_at).is_(None), limit(col(Subject.id)))
    rows: dict[int, dict[int, RowTexts]] = {}
    for subject, project, name, patients_id in session.execute(query):
        studies_id, date = sorted_by.get(subject, ("", ""))
        texts = RowTexts(name, patients_id, studies_id, date, "")
        rows.setdefault(project, {})[subject] = texts
    for project, subjects in rows.items():
        data.projects[project].subjects.change((), subjects)


def _all_postings(
    session: Session, data: ArchiveData, studies: Limit, subjects: Limit
) -> Iterator[tuple[Any, Iterator[tuple[Any, BitMap]]]]:
    yield from _study_postings(session, data, studies)
    yield from _subject_postings(session, data, subjects)


def _study_postings(
    session: Session, data: ArchiveData, limit: Limit
) -> Iterator[tuple[Any, Iterator[tuple[Any, BitMap]]]]:
    """Give what is known by study, with what the database says about it."""
    file_study = col(File.study_id)
    present = col(File.deleted_at).is_(None)
    rows = _grouped(
        session, col(File.relative_name_id), file_study, present, limit(file_study)
    )
    yield data.files, rows
    tagged = col(FileTag.file_id) == col(File.id)
    rows = _grouped(
        session, col(FileTag.tag_id), file_study, tagged, present, limit(file_study)
    )
    yield data.file_tags, rows
    study = col(StudyTag.study_id)
    yield data.study_tags, _grouped(session, col(StudyTag.tag_id), study, limit(study))
    yield data.study_jobs, _jobs(session, col(OrderCase.study_id), limit)


def _subject_postings(
    session: Session, data: ArchiveData, limit: Limit
) -> Iterator[tuple[Any, Iterator[tuple[Any, BitMap]]]]:
    """Give what is known by subject, with what the database says about it."""
    subject = col(SubjectTag.subject_id)
    rows = _grouped(session, col(SubjectTag.tag_id), subject, limit(subject))
    yield data.subject_tags, rows
    yield data.subject_jobs, _jobs(session, col(OrderCase.subject_id), limit)


def _jobs(
    session: Session, column: Any, limit: Limit
) -> Iterator[tuple[JobMark, BitMap]]:
    mark_of = {s.value: mark for mark, states in STATES_OF_MARK.items() for s in states}
    state = col(OrderCase.state)
    mark = case(*((state == key, value.value) for key, value in mark_of.items()))
    marked = state.in_(list(mark_of))
    for key, rows in _grouped(session, mark, column, marked, limit(column)):
        yield JobMark(key), rows


def _grouped(
    session: Session, key: Any, row_id: Any, *conditions: ColumnElement[bool]
) -> Iterator[tuple[Any, BitMap]]:
    """Give the row ids of each key; the database joins them to one text per key.

    Ten times quicker than fetching ten million pairs.
    """
    ids = func.aggregate_strings(cast(row_id, String), ",")
    query = select(key, ids).where(row_id.is_not(None), *conditions).group_by(key)
    for found, text in session.execute(query):
        yield found, BitMap(np.fromstring(text, dtype=np.uint32, sep=","))
