"""The routes of the table: rights, pages, errors in plain words."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from nora_core.wire.archive import CaseFilter, CaseQuery, SortKey
from nora_server.database.archive import Study, StudyTag, Subject, Tag
from nora_server.database.changes import note_changes
from nora_server.parts import Parts

PAGE = "/api/v1/projects/liver/cases/page"
COUNT = "/api/v1/projects/liver/cases/count"
SELECT = "/api/v1/projects/liver/files/select"


@pytest.fixture(autouse=True)
def add_study(parts: Parts, project_id: int) -> Callable[[str], int]:
    """Five studies of five subjects; gives a function that adds one more."""

    def add(name: str) -> int:
        with parts.database.write() as session:
            subject = Subject(
                project_id=project_id,
                patients_id=name,
                patients_id_folded=name,
                name=name,
                name_folded=name,
            )
            session.add(subject)
            session.flush()
            study = Study(
                project_id=project_id,
                subject_id=subject.id,
                subject_name_folded=name,
                subject_patients_id_folded=name,
                studies_id="s",
                studies_id_folded="s",
            )
            session.add(study)
            session.flush()
            note_changes(session, project_id, [study.id])
            return study.id

    for name in "bdaec":
        add(name)
    return add


def ask(client: TestClient, url: str, **body: object):
    return client.post(url, json=body)


def test_pages_follow_one_another(rita: TestClient) -> None:
    first = ask(rita, PAGE, limit=3).json()
    second = ask(rita, PAGE, limit=3, after=first["next"]).json()
    names = [row["name"] for row in first["rows"] + second["rows"]]
    assert names == list("abcde")
    assert second["next"] is None


def test_no_right_no_rows(
    nobody: TestClient, stranger: TestClient, will: TestClient
) -> None:
    for url in (PAGE, COUNT, SELECT):
        assert ask(stranger, url, pattern="*").status_code == 401
        hidden = ask(nobody, url, pattern="*")
        missing = ask(nobody, url.replace("liver", "none"), pattern="*")
        assert hidden.status_code == missing.status_code == 404
        assert hidden.json()["message"] == missing.json()["message"].replace(
            "none", "liver"
        )
        assert ask(will, url.replace("liver", "brain"), pattern="*").status_code == 404


def test_a_change_shows_at_once(
    rita: TestClient, parts: Parts, add_study: Callable[[str], int], project_id: int
) -> None:
    assert ask(rita, COUNT).json() == {"matching": 5, "total": 5, "exact": True}
    study_id = add_study("ab")
    with parts.database.write() as session:
        tag = Tag(name="Seen", name_folded="seen")
        session.add(tag)
        session.flush()
        session.add(StudyTag(study_id=study_id, tag_id=tag.id))
        note_changes(session, project_id, [study_id])
    found = ask(rita, PAGE, filter={"files": "STAG:see"}).json()["rows"]
    assert [row["study_id"] for row in found] == [study_id]
    assert ask(rita, COUNT, filter={"name": "a"}).json()["matching"] == 2


def test_a_wrong_pattern_is_explained_with_its_bar(rita: TestClient) -> None:
    answer = ask(rita, PAGE, filter={"files": "FOO:x"})
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["error"] == "PatternError"
    assert problem["message"].startswith("bar 'files': unknown attribute 'FOO:'")
    assert ask(rita, SELECT, pattern="").json()["error"] == "PatternError"


@pytest.mark.parametrize(
    "after", ["", "x", "W10", "e30", "WyJzdHVkeSIsIm5hbWUiXQ", "é"]
)
def test_a_damaged_cursor_is_refused(rita: TestClient, after: str) -> None:
    answer = ask(rita, PAGE, after=after)
    assert answer.status_code == 422
    assert "fetch the first page again" in answer.json()["message"]


def test_a_cursor_of_another_order_is_refused(rita: TestClient) -> None:
    following = ask(rita, PAGE, limit=1).json()["next"]
    for change in ({"descending": True}, {"sort": SortKey.DATE.value}):
        assert ask(rita, PAGE, after=following, **change).status_code == 422


def test_selecting_files_of_impossible_studies_finds_none(rita: TestClient) -> None:
    answer = ask(rita, SELECT, pattern="*", study_ids=[7**10])
    assert answer.status_code == 200
    assert answer.json() == []


def test_rows_leave_the_table_with_the_trash(
    rita: TestClient, parts: Parts, project_id: int
) -> None:
    query = CaseQuery(filter=CaseFilter(name="a")).model_dump(mode="json")
    (row,) = rita.post(PAGE, json=query).json()["rows"]
    with parts.database.write() as session:
        study = session.get(Study, row["study_id"])
        study.deleted_at = study.created_at
        note_changes(session, project_id, [study.id])
    assert rita.post(PAGE, json=query).json()["rows"] == []
