"""The search index follows every change of the archive."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select
from sqlmodel import Session

from nora_core.wire.archive import CaseFilter, CaseQuery, SortKey
from nora_core.wire.case import Level
from nora_core.wire.names import fold
from nora_server.database import changes
from nora_server.database.accounts import Project
from nora_server.database.archive import ArchiveChange, File, Study, StudyTag, Subject
from nora_server.database.changes import note_changes
from nora_server.database.columns import utc_now
from nora_server.database.engine import Database
from nora_server.search import index as index_module
from nora_server.search.index import SearchIndex
from nora_server.search.page import find_page
from tests.server.search import archives
from tests.server.search.archives import (
    ArchiveData,
    StudyData,
    SubjectData,
    expected_rows,
    store,
)

on_shared_database = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def rename_subject(session: Session, subject: SubjectData, text: str) -> None:
    subject.name = text
    session.get(Subject, subject.id).name_folded = fold(text)
    for study in subject.studies:
        session.get(Study, study.id).subject_name_folded = fold(text)


def trash_or_restore_subject(
    session: Session, subject: SubjectData, _text: str
) -> None:
    subject.is_deleted = not subject.is_deleted
    moment = utc_now() if subject.is_deleted else None
    session.get(Subject, subject.id).deleted_at = moment


def trash_or_restore_study(session: Session, study: StudyData, _text: str) -> None:
    study.is_deleted = not study.is_deleted
    session.get(Study, study.id).deleted_at = utc_now() if study.is_deleted else None


def describe_study(session: Session, study: StudyData, text: str) -> None:
    study.description = text
    session.get(Study, study.id).description_folded = fold(text)


def untag_study(session: Session, study: StudyData, _text: str) -> None:
    study.tags = []
    session.execute(delete(StudyTag).where(StudyTag.study_id == study.id))


def trash_files(session: Session, study: StudyData, _text: str) -> None:
    for file in study.files:
        file.is_deleted = True
        session.get(File, file.id).deleted_at = utc_now()


SUBJECT_EDITS = [rename_subject, trash_or_restore_subject]
STUDY_EDITS = [trash_or_restore_study, describe_study, untag_study, trash_files]


def rows(
    database: Database, index: SearchIndex, archive: ArchiveData, query: CaseQuery
) -> list[int]:
    with database.read() as session:
        return find_page(session, index, archive.project_id, query).row_ids


@on_shared_database
@given(
    archive=archives.archives,
    data=st.data(),
    case_filter=archives.filters,
    level=st.sampled_from(Level),
    sort=st.sampled_from(SortKey),
)
def test_index_follows_edits(database, index, archive, data, case_filter, level, sort):
    store(database, archive)
    query = CaseQuery(level=level, filter=case_filter, sort=sort)
    rows(database, index, archive, query)
    texts = st.sampled_from(archives.TEXTS)
    for subject in archive.subjects:
        with database.write() as session:
            data.draw(st.sampled_from(SUBJECT_EDITS))(
                session, subject, data.draw(texts)
            )
            note_changes(session, archive.project_id, (), [subject.id])
        for study in subject.studies:
            with database.write() as session:
                data.draw(st.sampled_from(STUDY_EDITS))(
                    session, study, data.draw(texts)
                )
                note_changes(session, archive.project_id, [study.id])
    assert index.is_ready
    found = rows(database, index, archive, query)
    assert found == expected_rows(archive, level, case_filter, sort)


def one_subject(name: str) -> ArchiveData:
    return ArchiveData([SubjectData(name, name, [], [], [], False)])


SUBJECTS = CaseQuery(level=Level.SUBJECT, filter=CaseFilter(name="a"))


def test_many_changes_are_taken_in_by_the_background(
    database, index, monkeypatch
) -> None:
    monkeypatch.setattr(index_module, "_MAX_TAKEN_IN_AT_ONCE", 1)
    first, second = one_subject("ab"), one_subject("a")
    for archive in (first, second):
        store(database, archive)
    assert rows(database, index, first, SUBJECTS) == [first.subjects[0].id]
    assert index.wait(10)
    assert rows(database, index, second, SUBJECTS) == [second.subjects[0].id]
    assert index.is_ready


def test_a_whole_project_may_be_noted_at_once(database, index, monkeypatch) -> None:
    monkeypatch.setattr(changes, "KEPT_CHANGES", 2)
    archive = ArchiveData([*one_subject("a").subjects, *one_subject("ab").subjects])
    store(database, archive)
    expected = [subject.id for subject in archive.subjects]
    assert rows(database, index, archive, SUBJECTS) == expected
    assert index.wait(10)
    assert rows(database, index, archive, SUBJECTS) == expected


def test_an_index_that_is_too_far_behind_is_built_anew(database, index) -> None:
    archive = one_subject("a")
    rows(database, index, archive, SUBJECTS)
    store(database, archive)
    with database.write() as session:
        session.execute(delete(ArchiveChange))
        project = session.get(Project, archive.project_id)
        session.add(ArchiveChange(id=10**9, project_id=project.id, study_id=1))
    assert rows(database, index, archive, SUBJECTS) == [archive.subjects[0].id]
    assert index.wait(10)
    assert rows(database, index, archive, SUBJECTS) == [archive.subjects[0].id]


def test_old_changes_are_dropped(database, monkeypatch) -> None:
    monkeypatch.setattr(changes, "KEPT_CHANGES", 5)
    monkeypatch.setattr(changes, "_PRUNED_EVERY", 1)
    archive = one_subject("a")
    store(database, archive)
    for number in range(20):
        with database.write() as session:
            note_changes(session, archive.project_id, [number + 1])
    with database.read() as session:
        kept = session.scalar(select(func.count()).select_from(ArchiveChange))
    assert kept <= 5
