"""What was done is recorded, sealed, and taken back on request."""

import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session, select

from nora_core.wire.archive import EventRow, StudyInfo
from nora_server.database.history import Event, WayBack
from nora_server.history.events import verify_chain
from nora_server.parts import Parts
from tests.server.archive.conftest import LIVER, Store


def events(client: TestClient) -> list[EventRow]:
    answer = client.get(f"{LIVER}/events")
    assert answer.is_success, answer.text
    return [EventRow.model_validate(row) for row in answer.json()]


def undo_last(client: TestClient) -> EventRow:
    last = max(event.id for event in events(client))
    answer = client.post(f"{LIVER}/events/{last}/undo")
    assert answer.is_success, answer.text
    return EventRow.model_validate(answer.json())


def names(client: TestClient, study: StudyInfo) -> list[str]:
    rows = client.get(f"{LIVER}/studies/{study.study_id}/files").json()
    return [row["relative_name"] for row in rows]


def test_undoing_a_delete_brings_the_file_back(
    pia: TestClient, store: Store, study: StudyInfo
) -> None:
    file = store("a.txt")
    pia.post(f"{LIVER}/files/delete", json={"ids": [file.id]})

    undo_last(pia)

    assert names(pia, study) == ["a.txt"]


def test_undoing_a_replacement_swaps_the_files_back(
    pia: TestClient, store: Store, study: StudyInfo
) -> None:
    old = store("a.txt", b"old")
    store("a.txt", b"new", replace=True)

    undo_last(pia)

    assert pia.get(f"{LIVER}/files/{old.id}/content").content == b"old"
    assert names(pia, study) == ["a.txt"]


def test_an_undo_can_be_undone(pia: TestClient, store: Store, study: StudyInfo) -> None:
    store("a.txt", b"old")
    new = store("a.txt", b"new", replace=True)
    undo_last(pia)

    undo_last(pia)

    assert pia.get(f"{LIVER}/files/{new.id}/content").content == b"new"


def test_an_event_is_undone_once(pia: TestClient, store: Store) -> None:
    store("a.txt")
    last = events(pia)[0]
    pia.post(f"{LIVER}/events/{last.id}/undo")

    assert pia.post(f"{LIVER}/events/{last.id}/undo").status_code == 409
    assert next(event for event in events(pia) if event.id == last.id).undone


@pytest.mark.parametrize(
    ("path", "body", "field", "before"),
    [
        ("studies", {"description": "new", "date": "2024-02-29"}, "description", ""),
        ("studies", {"studies_id": "S2"}, "studies_id", "S1"),
        ("subjects", {"name": "New", "patients_id": "P2"}, "patients_id", "P1"),
    ],
)
def test_changed_texts_come_back(
    path: str,
    body: dict[str, str],
    field: str,
    before: str,
    pia: TestClient,
    study: StudyInfo,
) -> None:
    number = study.study_id if path == "studies" else study.subject_id
    assert pia.patch(f"{LIVER}/{path}/{number}", json=body).is_success
    changed = pia.get(f"{LIVER}/studies/{study.study_id}").json()

    undo_last(pia)

    restored = pia.get(f"{LIVER}/studies/{study.study_id}").json()
    assert changed[field] == body[field]
    assert restored == study.model_dump(mode="json")
    assert restored[field] == before


def test_a_subject_in_the_trash_comes_back_with_its_studies(
    pia: TestClient, study: StudyInfo, store: Store
) -> None:
    store("a.txt")
    pia.post(f"{LIVER}/subjects/delete", json={"ids": [study.subject_id]})
    assert pia.get(f"{LIVER}/studies/{study.study_id}").status_code == 404

    undo_last(pia)

    assert names(pia, study) == ["a.txt"]


def test_a_document_comes_back(pia: TestClient, study: StudyInfo) -> None:
    url = f"{LIVER}/studies/{study.study_id}/documents/nodeinfo"
    pia.put(url, json={"weight_kg": 70})
    pia.put(url, json={"weight_kg": 7})

    undo_last(pia)

    assert pia.get(url).json() == {"name": "nodeinfo", "content": {"weight_kg": 70}}


def test_no_event_holds_a_name(pia: TestClient, study: StudyInfo, store: Store) -> None:
    store("a.txt")
    url = f"{LIVER}/subjects/{study.subject_id}"
    pia.patch(url, json={"name": "Doe^Jane", "patients_id": "PIZ-4711"})

    text = pia.get(f"{LIVER}/events").text

    assert "Doe" not in text
    assert "4711" not in text


def test_the_chain_is_whole(parts: Parts, store: Store) -> None:
    store("a.txt")

    with parts.database.read() as session:
        assert verify_chain(session) is None


@pytest.mark.parametrize("field", ["action", "subject", "chain_sha256", "details"])
def test_tampering_shows(field: str, parts: Parts, store: Store) -> None:
    store("a.txt")
    store("b.txt")
    with parts.database.write() as session:
        event = first_event(session)
        setattr(event, field, {"x": 1} if field == "details" else "f" * 64)
        session.add(event)

    with parts.database.read() as session:
        assert verify_chain(session) is not None


def first_event(session: Session) -> Event:
    return session.exec(select(Event).order_by(Event.id)).first()


def test_a_removed_event_shows(parts: Parts, store: Store) -> None:
    store("a.txt")
    store("b.txt")
    store("c.txt")
    with parts.database.write() as session:
        middle = session.exec(select(Event).where(Event.action == "file.store")).first()
        session.delete(session.get_one(WayBack, middle.id))
        session.flush()
        session.delete(middle)

    with parts.database.read() as session:
        assert verify_chain(session) is not None


def test_the_history_is_for_project_admins(will: TestClient) -> None:
    assert will.get(f"{LIVER}/events").status_code == 403
