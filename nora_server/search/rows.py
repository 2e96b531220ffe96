"""Reads all that the table shows of a page's rows, in two queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlmodel import Session

from nora_core.patterns import JobMark
from nora_core.wire.archive import CaseRow, JobMarks
from nora_core.wire.case import Level
from nora_core.wire.names import fold
from nora_server.search.conditions import STATES_OF_MARK
from nora_server.search.row_queries import ROW_QUERIES, Detail

_MARK_OF_STATE = {
    state.value: mark for mark, states in STATES_OF_MARK.items() for state in states
}


class _Details:
    """What the rows of a page hold many or none of."""

    def __init__(self) -> None:
        self.tags: defaultdict[tuple[int, int], set[str]] = defaultdict(set)
        self.jobs: defaultdict[int, dict[str, int]] = defaultdict(dict)
        self.files: dict[int, int] = {}
        self.studies: dict[int, tuple[str, int]] = {}

    def take(self, kind: int, row_id: int, text: str, number: int) -> None:
        """Take in one line of the query."""
        if kind in {Detail.SUBJECT_TAG, Detail.STUDY_TAG}:
            self.tags[kind, row_id].add(text)
        elif kind == Detail.JOBS:
            counts, mark = self.jobs[row_id], _FIELD_OF_MARK[_MARK_OF_STATE[text]]
            counts[mark] = counts.get(mark, 0) + number
        elif kind == Detail.FILES:
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
    connection = session.connection()
    queries = ROW_QUERIES[connection.dialect.name][level]
    ids = list(row_ids)
    details = _Details()
    lines = connection.execute(queries.details, {"row_ids": ids}).all()
    for kind, row_id, text, number in lines:
        details.take(kind, row_id, text, number)
    make = _study_row if level is Level.STUDY else _subject_row
    asked = {"row_ids": ids, "project_id": project_id}
    rows = connection.execute(queries.rows, asked).all()
    found = {row[0]: make(row, details) for row in rows}
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
        subject_tags=details.tags_of(Detail.SUBJECT_TAG, study),
        study_tags=details.tags_of(Detail.STUDY_TAG, study),
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
        subject_tags=details.tags_of(Detail.SUBJECT_TAG, subject),
        study_tags=details.tags_of(Detail.STUDY_TAG, subject),
        file_count=details.files.get(subject, 0),
        study_count=studies,
        jobs=details.jobs_of(subject),
    )


def _date(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
