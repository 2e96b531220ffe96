"""Studies and subjects are made once, changed, and go to the trash and back."""

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from nora_core.wire.archive import StudyInfo
from nora_server.database.archive import ArchiveChange, Study
from nora_server.parts import Parts
from tests.server.archive.conftest import LIVER, make_study


def status_of(client: TestClient, study: StudyInfo) -> int:
    return client.get(f"{LIVER}/studies/{study.study_id}").status_code


def test_two_studies_of_a_patient_share_the_subject(will: TestClient) -> None:
    first, second = make_study(will, "P", "S1"), make_study(will, "P", "S2")

    assert first.subject_id == second.subject_id
    answer = will.get(f"{LIVER}/subjects/{first.subject_id}/studies")
    assert [study["studies_id"] for study in answer.json()] == ["S1", "S2"]


def test_the_same_studies_id_in_two_patients_stays_distinct(will: TestClient) -> None:
    first, second = make_study(will, "P1", "S"), make_study(will, "P2", "S")

    assert first.study_id != second.study_id


def test_a_study_is_made_once(will: TestClient, study: StudyInfo) -> None:
    body = {"patients_id": "P1", "studies_id": "S1"}

    assert will.post(f"{LIVER}/studies", json=body).status_code == 409


def test_a_study_in_the_trash_keeps_its_identifier(
    will: TestClient, study: StudyInfo
) -> None:
    will.post(f"{LIVER}/studies/delete", json={"ids": [study.study_id]})

    answer = will.post(
        f"{LIVER}/studies", json={"patients_id": "P1", "studies_id": "S1"}
    )

    assert answer.status_code == 409
    assert f"restore study {study.study_id}" in answer.json()["message"]


def test_the_subjects_name_is_given_once(will: TestClient) -> None:
    body = {"patients_id": "P", "studies_id": "S1", "name": "Doe^Jane"}
    assert will.post(f"{LIVER}/studies", json=body).is_success

    other = body | {"studies_id": "S2", "name": "Roe^Jane"}
    assert will.post(f"{LIVER}/studies", json=other).status_code == 422
    assert will.post(f"{LIVER}/studies", json=other | {"name": ""}).is_success


def test_deleting_a_subject_takes_its_studies_along(
    will: TestClient, study: StudyInfo
) -> None:
    other = make_study(will, "P1", "S2")
    will.post(f"{LIVER}/studies/delete", json={"ids": [other.study_id]})

    will.post(f"{LIVER}/subjects/delete", json={"ids": [study.subject_id]})
    gone = status_of(will, study)
    will.post(f"{LIVER}/subjects/restore", json={"ids": [study.subject_id]})

    assert gone == 404
    assert status_of(will, study) == 200
    assert status_of(will, other) == 404  # it had been deleted before


def test_a_study_of_a_subject_in_the_trash_waits_for_it(
    will: TestClient, study: StudyInfo
) -> None:
    will.post(f"{LIVER}/subjects/delete", json={"ids": [study.subject_id]})

    answer = will.post(f"{LIVER}/studies/restore", json={"ids": [study.study_id]})

    assert answer.status_code == 409
    assert "restore it first" in answer.json()["message"]


def test_a_date_is_given_and_taken_away(will: TestClient, study: StudyInfo) -> None:
    url = f"{LIVER}/studies/{study.study_id}"

    assert will.patch(url, json={"date": "2024-02-29"}).json()["date"] == "2024-02-29"
    assert will.patch(url, json={"modality": "MR"}).json()["date"] == "2024-02-29"
    assert will.patch(url, json={"date": ""}).json()["date"] is None


def test_renaming_a_subject_reaches_its_studies(
    will: TestClient, study: StudyInfo, parts: Parts
) -> None:
    url = f"{LIVER}/subjects/{study.subject_id}"

    will.patch(url, json={"name": "DOE^Jane", "patients_id": "New"})

    with parts.database.read() as session:
        row = session.get_one(Study, study.study_id)
    assert (row.subject_name_folded, row.subject_patients_id_folded) == (
        "doe^jane",
        "new",
    )


@pytest.mark.parametrize("field", ["patients_id", "studies_id"])
def test_an_identifier_that_is_taken_is_refused(
    field: str, will: TestClient, study: StudyInfo
) -> None:
    taken = make_study(will, "P2", "S2")
    make_study(will, "P1", "S2")
    path = f"subjects/{study.subject_id}"
    if field == "studies_id":
        path = f"studies/{study.study_id}"

    answer = will.patch(f"{LIVER}/{path}", json={field: getattr(taken, field)})

    assert answer.status_code == 409


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("studies/{study}", {"description": "x"}),
        ("studies/delete", {"ids": ["{study}"]}),
        ("subjects/{subject}", {"name": "x"}),
        ("subjects/delete", {"ids": ["{subject}"]}),
    ],
)
def test_each_change_is_noted_for_the_search(
    path: str,
    body: dict[str, object],
    will: TestClient,
    study: StudyInfo,
    parts: Parts,
) -> None:
    numbers = {"study": study.study_id, "subject": study.subject_id}
    with parts.database.read() as session:
        before = len(session.exec(select(ArchiveChange)).all())
    if "ids" in body:
        number = numbers["study" if "studies" in path else "subject"]
        answer = will.post(f"{LIVER}/{path}", json={"ids": [number]})
    else:
        answer = will.patch(f"{LIVER}/{path.format(**numbers)}", json=body)

    assert answer.is_success, answer.text
    with parts.database.read() as session:
        noted = session.exec(select(ArchiveChange)).all()[before:]
    assert study.study_id in {change.study_id for change in noted}


def test_documents_are_kept_by_name(will: TestClient, study: StudyInfo) -> None:
    url = f"{LIVER}/studies/{study.study_id}/documents"
    content = {"weight_kg": 70.5, "notes": ["ü", None, {"deep": True}]}

    assert will.put(f"{url}/nodeinfo", json=content).is_success

    assert will.get(url).json() == ["nodeinfo"]
    assert will.get(f"{url}/nodeinfo").json()["content"] == content
    assert will.get(f"{url}/other").status_code == 404
    assert will.put(f"{url}/list", json=[1]).status_code == 422
