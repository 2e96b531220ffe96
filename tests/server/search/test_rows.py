"""Rows show what their subjects and studies hold."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from nora_core.wire.archive import CaseRow, JobMarks
from nora_core.wire.case import Level
from nora_core.wire.jobs import JobState
from nora_core.wire.names import fold
from nora_server.search.rows import read_rows
from tests.server.search.archives import (
    MARK_OF_STATE,
    ArchiveData,
    archives,
    store,
)

FIELDS = {"queued": "queued", "running": "running", "error": "failed"}


def in_order(tags: set[str]) -> list[str]:
    return sorted(tags, key=lambda tag: (fold(tag), tag))


def marks(states: list[JobState]) -> JobMarks:
    jobs = JobMarks()
    for state in states:
        if state in MARK_OF_STATE:
            field = FIELDS[MARK_OF_STATE[state].value]
            setattr(jobs, field, getattr(jobs, field) + 1)
    return jobs


def study_rows(archive: ArchiveData) -> dict[int, CaseRow]:
    return {
        study.id: CaseRow(
            subject_id=subject.id,
            study_id=study.id,
            patients_id=subject.patients_id,
            studies_id=study.studies_id,
            name=subject.name,
            date=study.date or None,
            description=study.description,
            modality="",
            subject_tags=in_order(set(subject.tags)),
            study_tags=in_order(set(study.tags)),
            file_count=sum(not file.is_deleted for file in study.files),
            jobs=marks(study.jobs),
        )
        for subject in archive.subjects
        for study in subject.visible_studies
        if not subject.is_deleted
    }


def subject_rows(archive: ArchiveData) -> dict[int, CaseRow]:
    return {
        subject.id: CaseRow(
            subject_id=subject.id,
            study_id=None,
            patients_id=subject.patients_id,
            studies_id=None,
            name=subject.name,
            date=max((s.date for s in subject.visible_studies), default="") or None,
            description="",
            modality="",
            subject_tags=in_order(set(subject.tags)),
            study_tags=in_order({t for s in subject.visible_studies for t in s.tags}),
            file_count=sum(
                not file.is_deleted
                for study in subject.visible_studies
                for file in study.files
            ),
            study_count=len(subject.visible_studies),
            jobs=marks(subject.jobs + [s for x in subject.studies for s in x.jobs]),
        )
        for subject in archive.subjects
        if not subject.is_deleted
    }


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(archive=archives)
@pytest.mark.parametrize("level", Level)
def test_rows_show_tags_counts_and_marks_in_the_order_asked(
    database, archive: ArchiveData, level: Level
) -> None:
    store(database, archive)
    make = study_rows if level is Level.STUDY else subject_rows
    expected = make(archive)
    everything = [
        item.id
        for subject in archive.subjects
        for item in ([subject] if level is Level.SUBJECT else subject.studies)
    ][::-1]
    with database.read() as session:
        rows = read_rows(session, level, everything, archive.project_id)
        assert rows == [expected[key] for key in everything if key in expected]
        assert read_rows(session, level, everything, archive.project_id + 1) == []
