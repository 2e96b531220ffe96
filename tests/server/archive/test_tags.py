"""Tags change in bulk, in one transaction and a handful of queries, and back."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event
from sqlmodel import func, insert, select

from nora_core.wire.archive import StudyInfo, TagResult
from nora_server.database.archive import ArchiveChange, Study, StudyTag, Subject
from nora_server.parts import Parts
from tests.server.archive.conftest import LIVER, Store


def change(client: TestClient, level: str, ids: list[int], **more: object) -> TagResult:
    answer = client.post(f"{LIVER}/tags", json={"level": level, "ids": ids, **more})
    assert answer.is_success, answer.text
    return TagResult.model_validate(answer.json())


def make_studies(parts: Parts, project_id: int, count: int) -> list[int]:
    with parts.database.write() as session:
        subject = Subject(
            project_id=project_id, patients_id="many", patients_id_folded="many"
        )
        session.add(subject)
        session.flush()
        rows = [
            {
                "project_id": project_id,
                "subject_id": subject.id,
                "subject_patients_id_folded": "many",
                "studies_id": f"s{number}",
                "studies_id_folded": f"s{number}",
            }
            for number in range(count)
        ]
        session.execute(insert(Study), rows)
    with parts.database.read() as session:
        return [
            number or 0
            for number in session.exec(
                select(Study.id).where(Study.subject_id == subject.id)
            )
        ]


@pytest.mark.parametrize("level", ["subject", "study", "file"])
def test_tags_are_added_and_removed_on_each_level(
    level: str, will: TestClient, study: StudyInfo, store: Store
) -> None:
    file = store("a.txt")
    ids = {"subject": study.subject_id, "study": study.study_id, "file": file.id}

    assert change(will, level, [ids[level]], add=["control"]).changed == 1
    assert will.get(f"{LIVER}/tags").json() == ["control"]
    assert change(will, level, [ids[level]], add=["control"]).changed == 0
    assert change(will, level, [ids[level]], remove=["control"]).changed == 1
    assert will.get(f"{LIVER}/tags").json() == []


def test_the_undo_of_a_change_brings_the_former_tags_back(
    will: TestClient, study: StudyInfo, store: Store
) -> None:
    first, second = store("a.txt", tags=["raw"]), store("b.txt", tags=["mask"])

    result = change(will, "file", [first.id, second.id], add=["mask"], remove=["raw"])
    for back in result.undo:
        will.post(f"{LIVER}/tags", json=back.model_dump(mode="json"))

    rows = will.get(f"{LIVER}/studies/{study.study_id}/files").json()
    assert [row["tags"] for row in rows] == [["raw"], ["mask"]]


def test_a_tag_is_one_whatever_its_case(will: TestClient, study: StudyInfo) -> None:
    change(will, "study", [study.study_id], add=["Control"])

    assert change(will, "study", [study.study_id], add=["CONTROL"]).changed == 0
    assert will.get(f"{LIVER}/tags").json() == ["Control"]


def test_a_thousand_studies_take_a_handful_of_queries(
    will: TestClient, parts: Parts, project_id: int
) -> None:
    ids = make_studies(parts, project_id, 1000)
    statements: list[str] = []
    commits: list[object] = []
    event.listen(
        parts.database.engine,
        "before_cursor_execute",
        lambda _c, _x, statement, *_rest: statements.append(statement),
    )
    event.listen(parts.database.engine, "commit", commits.append)

    result = change(will, "study", ids, add=["control"])

    assert result.changed == 1000
    assert len(statements) <= 25, statements
    assert len(commits) == 1
    with parts.database.read() as session:
        assert session.exec(select(func.count()).select_from(StudyTag)).one() == 1000
        noted = session.exec(select(ArchiveChange.study_id)).all()
    assert set(ids) <= set(noted)


def test_a_thousand_studies_are_taken_back_at_one_blow(
    will: TestClient, parts: Parts, project_id: int
) -> None:
    ids = make_studies(parts, project_id, 1000)
    change(will, "study", ids[:300], add=["before"])
    result = change(will, "study", ids, add=["control"], remove=["before"])
    commits: list[object] = []
    event.listen(parts.database.engine, "commit", commits.append)

    answer = will.post(f"{LIVER}/events/{result.event_id}/undo")

    assert answer.is_success, answer.text
    assert len(commits) == 1
    assert will.get(f"{LIVER}/tags").json() == ["before"]
    with parts.database.read() as session:
        assert session.exec(select(func.count()).select_from(StudyTag)).one() == 300


def test_one_unknown_id_changes_nothing(
    will: TestClient, study: StudyInfo, parts: Parts
) -> None:
    body = {"level": "study", "ids": [study.study_id, 9999], "add": ["x"]}

    assert will.post(f"{LIVER}/tags", json=body).status_code == 404
    assert will.get(f"{LIVER}/tags").json() == []


def test_a_tag_cannot_be_added_and_removed_at_once(
    will: TestClient, study: StudyInfo
) -> None:
    body = {"level": "study", "ids": [study.study_id], "add": ["x"], "remove": ["X"]}

    assert will.post(f"{LIVER}/tags", json=body).status_code == 422


def test_readers_do_not_tag(rita: TestClient, study: StudyInfo) -> None:
    body = {"level": "study", "ids": [study.study_id], "add": ["x"]}

    assert rita.post(f"{LIVER}/tags", json=body).status_code == 403
