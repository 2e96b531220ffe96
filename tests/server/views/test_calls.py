"""URL calls find cases for those who may read them; tickets stand for tokens once."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from nora_core.wire.archive import StudyInfo
from nora_server.security.tickets import SECONDS, Tickets
from tests.server.archive.conftest import LIVER, make_study
from tests.server.conftest import secret_of

CALL = f"{LIVER}/call"


def test_a_call_finds_subject_study_and_preset(
    study: StudyInfo, rita: TestClient
) -> None:
    rita.put(f"{LIVER}/presets/ct", json={"content": {}})
    call = {"pid": "P1", "sid": "S1", "preset": "ct", "hide_nav": 1}

    found = rita.post(CALL, json=call).json()

    assert found["study"]["study_id"] == study.study_id
    assert (found["level"], found["subject_id"]) == ("study", study.subject_id)
    assert found["preset"]["name"] == "ct"
    assert (found["hide_nav"], found["hide_all"]) == (True, False)


def test_a_call_with_a_patient_alone_shows_the_subject(
    study: StudyInfo, will: TestClient, rita: TestClient
) -> None:
    make_study(will, "P1", "S2")

    found = rita.post(CALL, json={"pid": "P1"}).json()

    assert (found["level"], found["study"]) == ("subject", None)
    assert [each["studies_id"] for each in found["studies"]] == ["S1", "S2"]
    assert rita.post(CALL, json={"pid": "P1", "selmode": "ws"}).json()["level"] == (
        "study"
    )


def test_a_call_without_a_case_opens_the_project(rita: TestClient) -> None:
    found = rita.post(CALL, json={}).json()

    assert (found["project"], found["subject_id"], found["studies"]) == (
        "liver",
        None,
        [],
    )


@pytest.mark.parametrize(
    ("call", "status", "reason"),
    [
        ({"pid": "other"}, 404, "no subject of this project has the pid"),
        ({"pid": "P1", "sid": "other"}, 404, "check both"),
        ({"sid": "other"}, 404, "no subject of this project"),
        ({"sid": "S1"}, 409, "add pid"),
        ({"suid": "1.2.3"}, 404, "fetching from a PACS is not set up"),
        ({"preset": "other"}, 404, "no preset"),
        ({"pid": "P1", "selmode": "?"}, 422, "selmode"),
    ],
)
def test_what_is_not_there_is_said_to_who_may_know(
    call: dict[str, str],
    status: int,
    reason: str,
    study: StudyInfo,
    will: TestClient,
    rita: TestClient,
    nobody: TestClient,
) -> None:
    make_study(will, "P2", "S1")

    answer = rita.post(CALL, json=call)

    assert answer.status_code == status
    assert reason in answer.json()["message"]
    if status != 422:
        hidden = nobody.post(CALL, json=call)
        missing = nobody.post("/api/v1/projects/spine/call", json=call)
        assert hidden.status_code == 404
        assert hidden.text.replace("liver", "spine") == missing.text


def test_a_study_is_found_by_its_uid_and_a_dicomweb_address_noticed(
    study: StudyInfo, will: TestClient, rita: TestClient
) -> None:
    make_study(will, "P2", "1.2.3")
    call = {"suid": "1.2.3", "dcmweb": "https://pacs/dicomweb"}

    found = rita.post(CALL, json=call).json()

    assert found["study"]["patients_id"] == "P2"
    assert "not set up" in found["notices"][0]


def test_a_ticket_is_exchanged_once_for_the_very_token(
    rita: TestClient, stranger: TestClient
) -> None:
    ticket = rita.post("/api/v1/tickets").json()["ticket"]

    first = stranger.post("/api/v1/tickets/redeem", json={"ticket": ticket})
    second = stranger.post("/api/v1/tickets/redeem", json={"ticket": ticket})

    assert first.json()["secret"] == secret_of("rita")
    assert second.status_code == 401
    assert "secret" not in second.text


def test_a_ticket_of_an_ended_token_opens_nothing(
    rita: TestClient, root: TestClient, stranger: TestClient
) -> None:
    ticket = rita.post("/api/v1/tickets").json()["ticket"]
    root.patch("/api/v1/users/rita", json={"is_disabled": True})

    answer = stranger.post("/api/v1/tickets/redeem", json={"ticket": ticket})

    assert answer.status_code == 401


def test_a_ticket_ends_after_a_minute() -> None:
    now = [0.0]
    tickets = Tickets(clock=lambda: now[0])
    early, late = tickets.issue("a"), tickets.issue("b")

    now[0] = SECONDS - 1
    assert tickets.take(early) == "a"
    now[0] = SECONDS
    assert tickets.take(late) is None


def test_many_tickets_push_out_the_oldest() -> None:
    tickets = Tickets(clock=lambda: 0.0)
    first = tickets.issue("first")
    newest = [tickets.issue(f"other {number}") for number in range(1000)][-1]

    assert tickets.take(first) is None
    assert tickets.take(newest) == "other 999"


def test_the_tickets_of_one_token_push_out_no_others() -> None:
    tickets = Tickets(clock=lambda: 0.0)
    first = tickets.issue("first")
    others = [tickets.issue("other") for _ in range(1000)]

    assert tickets.take(first) == "first"
    assert [tickets.take(ticket) for ticket in others[-21:]] == [None] + ["other"] * 20
