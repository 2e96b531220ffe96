"""Orders from their submission to their results, through the routes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from nora_core.wire.jobs import JobState, OrderCasePage, OrderInfo
from nora_server.database.archive import File, Study
from nora_server.parts import Parts
from nora_server.services.file_rows import rows_of_study
from nora_server.watcher import Watcher
from tests.server.orders.conftest import URL, Order, add_file, all_in

Finish = Callable[[int], OrderInfo]

with_one_database = pytest.mark.parametrize(
    "new_database", ["sqlite"], indirect=True, scope="session"
)
"""For tests that run tools, which takes time, and ask nothing new of a database."""


def cases_of(client: TestClient, order_id: int) -> OrderCasePage:
    return OrderCasePage.model_validate(client.get(f"{URL}/{order_id}/cases").json())


def names_of(parts: Parts, study_id: int) -> dict[str, list[str]]:
    """Return the tags of a study's files by name."""
    with parts.database.read() as session:
        rows = rows_of_study(session, study_id)
    return {row.relative_name: row.tags for row in rows}


def text_of(parts: Parts, file_id: int) -> str:
    with parts.database.read() as session:
        return parts.storage.path_of(session.get_one(File, file_id)).read_text()


def test_results_become_files_of_each_study(
    order: Order, finish: Finish, parts: Parts, study_ids: list[int], will: TestClient
) -> None:
    info = order(tags=["copied"])
    assert all_in(info, JobState.WAITING)
    done = finish(info.id)
    assert done.state is JobState.DONE
    assert done.counts == {JobState.DONE: 4}
    assert done.ended_at is not None
    assert done.tool_title == "Copy slowly"
    rows = cases_of(will, info.id).rows
    for number, row in enumerate(rows):
        assert row.study_id == study_ids[number]
        assert text_of(parts, row.result_file_ids[0]) == f"text {number}"
    assert names_of(parts, study_ids[0]) == {
        "in/source.txt": [],
        "copy_slowly/copy.txt": ["copied"],
        "copy_slowly/report.json": ["copied"],
        "copy_slowly/copy_slowly.provenance.json": [],
    }
    assert not list(parts.storage.incoming.folder.glob("*.part"))


@with_one_database
def test_provenance_names_files_by_number_and_no_path_of_the_server(
    order: Order, finish: Finish, parts: Parts, will: TestClient, study_ids: list[int]
) -> None:
    info = order(case_ids=study_ids[:1])
    finish(info.id)
    row = cases_of(will, info.id).rows[0]
    text = text_of(parts, row.result_file_ids[-1])
    content = json.loads(text)
    assert content["inputs"][0]["file_id"] > 0
    assert content["order_id"] == info.id
    assert str(parts.settings.data_folder) not in json.dumps(content["inputs"])


@with_one_database
def test_a_second_run_replaces_the_results_of_the_first(
    order: Order, finish: Finish, parts: Parts, study_ids: list[int], will: TestClient
) -> None:
    first = finish(order(case_ids=study_ids[:1]).id)
    add_file(parts, study_ids[0], "in/source.txt", "newer", parts.settings.data_folder)
    second = finish(order(case_ids=study_ids[:1]).id)
    old = cases_of(will, first.id).rows[0].result_file_ids[0]
    new = cases_of(will, second.id).rows[0].result_file_ids[0]
    assert text_of(parts, new) == "newer"
    assert old != new
    assert len(names_of(parts, study_ids[0])) == 4
    with parts.database.read() as session:
        assert session.get_one(File, old).deleted_at is not None


@with_one_database
def test_cases_without_their_files_fail_before_anything_is_queued(
    order: Order, finish: Finish, parts: Parts, study_ids: list[int], will: TestClient
) -> None:
    folder = parts.settings.data_folder
    add_file(parts, study_ids[0], "in/other.txt", "one more", folder)
    info = order(arguments={"source": "in/*"})
    assert info.counts == {JobState.FAILED: 1, JobState.WAITING: 3}
    message = cases_of(will, info.id).rows[0].message
    assert "2 files match 'in/*' (in/other.txt, in/source.txt)" in message
    assert finish(info.id).counts == {JobState.FAILED: 1, JobState.DONE: 3}
    missing = order(arguments={"source": "out/*"})
    assert missing.state is JobState.FAILED
    message = cases_of(will, missing.id).rows[0].message
    assert message == "source: no file matches 'out/*'; change the pattern"


def test_the_same_key_makes_one_order(order: Order) -> None:
    assert order(key="k1").id == order(key="k1").id
    assert order(key="k2").id != order(key="k1").id


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"tool": "nope"}, 404, "no tool 'nope'"),
        ({"arguments": {}}, 422, "source is missing"),
        ({"arguments": {"source": "a", "seconds": "x"}}, 422, "seconds"),
        ({"arguments": {"source": "NOPE:x"}}, 422, "NOPE"),
        ({"case_ids": [99999]}, 404, "99999"),
        ({"tags": ["two words"]}, 422, "tag"),
        ({"result_folder": "../up"}, 422, ""),
    ],
)
def test_a_wrong_order_is_refused_whole(
    will: TestClient, study_ids: list[int], changes: dict, status: int, words: str
) -> None:
    body = {
        "tool": "copy_slowly",
        "arguments": {"source": "in/source.txt"},
        "case_ids": study_ids,
        **changes,
    }
    answer = will.post(URL, json=body)
    assert answer.status_code == status, answer.text
    assert words in answer.json()["message"]
    assert will.get(URL).json() == []


def test_readers_see_orders_but_may_not_order(
    rita: TestClient, nobody: TestClient, order: Order, study_ids: list[int]
) -> None:
    info = order()
    assert rita.get(f"{URL}/{info.id}").status_code == 200
    body = {"tool": "copy_slowly", "case_ids": study_ids}
    assert rita.post(URL, json=body).status_code == 403
    assert rita.post(f"{URL}/{info.id}/cancel").status_code == 403
    assert nobody.get(f"{URL}/{info.id}").status_code == 404


def test_an_order_of_another_project_is_not_there(
    root: TestClient, order: Order
) -> None:
    info = order()
    other = "/api/v1/projects/brain/orders"
    assert root.get(f"{other}/{info.id}").status_code == 404
    assert root.get(f"{other}/{info.id}/cases").status_code == 404
    assert root.post(f"{other}/{info.id}/cancel").status_code == 404
    assert root.post(f"{other}/{info.id}/retry", json={}).status_code == 404
    case = cases_of(root, info.id).rows[0].id
    foreign = root.get(f"{other}/cases/{case}/log")
    missing = root.get(f"{other}/cases/99999/log")
    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert foreign.text == missing.text.replace("99999", str(case))


@with_one_database
def test_a_cancelled_order_ends_and_can_be_retried(
    order: Order, finish: Finish, will: TestClient, watcher: Watcher
) -> None:
    info = order(arguments={"source": "in/source.txt", "seconds": 0.3})
    will.post(f"{URL}/{info.id}/cancel")
    assert finish(info.id).counts == {JobState.CANCELLED: 4}
    again = will.post(f"{URL}/{info.id}/retry", json={})
    assert again.status_code == 200
    assert finish(info.id).counts == {JobState.DONE: 4}
    assert {row.attempt for row in cases_of(will, info.id).rows} == {2}


@with_one_database
def test_a_running_order_is_cancelled(
    order: Order, finish: Finish, will: TestClient, watcher: Watcher
) -> None:
    info = order(arguments={"source": "in/source.txt", "seconds": 30})
    while will.get(f"{URL}/{info.id}").json()["state"] != "running":
        watcher.poll()
    answer = will.post(f"{URL}/{info.id}/retry", json={})
    assert answer.status_code == 409
    will.post(f"{URL}/{info.id}/cancel")
    assert finish(info.id).counts == {JobState.CANCELLED: 4}


def test_failed_cases_are_retried_with_new_files_and_logs_are_kept(
    order: Order,
    finish: Finish,
    will: TestClient,
    parts: Parts,
    study_ids: list[int],
) -> None:
    folder = parts.settings.data_folder
    add_file(parts, study_ids[1], "in/source.txt", "bad", folder)
    info = order(tool="go_wrong", arguments={"source": "in/*", "how": "raise"})
    ended = finish(info.id)
    assert ended.counts == {JobState.DONE: 3, JobState.FAILED: 1}
    assert ended.state is JobState.FAILED
    row = cases_of(will, info.id).rows[1]
    assert row.message == "RuntimeError: this case is bad"
    log = will.get(f"{URL}/cases/{row.id}/log").json()
    assert "Traceback" in log["text"]
    assert log["complete"]
    add_file(parts, study_ids[1], "in/source.txt", "good now", folder)
    will.post(f"{URL}/{info.id}/retry", json={"states": ["failed"]})
    assert finish(info.id).counts == {JobState.DONE: 4}
    logs = list(parts.settings.job_folder.glob(f"*/cases/{row.id}/attempt-*/log.txt"))
    assert len(logs) == 2
    assert will.post(f"{URL}/{info.id}/retry", json={}).status_code == 409


@with_one_database
def test_an_interrupted_case_is_tried_again_as_often_as_configured(
    order: Order, finish: Finish, will: TestClient, parts: Parts, study_ids: list[int]
) -> None:
    add_file(parts, study_ids[0], "in/source.txt", "bad", parts.settings.data_folder)
    wish = {"tool": "go_wrong", "arguments": {"source": "in/*", "how": "kill"}}
    info = order(**wish, case_ids=study_ids[:2], attempts=3)
    ended = finish(info.id)
    assert ended.counts == {JobState.INTERRUPTED: 1, JobState.DONE: 1}
    assert [row.attempt for row in cases_of(will, info.id).rows] == [3, 1]
    once = order(**wish, case_ids=study_ids[:1])
    assert finish(once.id).state is JobState.INTERRUPTED
    assert cases_of(will, once.id).rows[0].attempt == 1


@with_one_database
def test_a_log_is_read_piece_by_piece(
    order: Order, finish: Finish, will: TestClient, study_ids: list[int]
) -> None:
    info = order(case_ids=study_ids[:1])
    row = cases_of(will, info.id).rows[0]
    early = will.get(f"{URL}/cases/{row.id}/log").json()
    assert early == {"text": "", "next_offset": 0, "complete": False}
    finish(info.id)
    whole = will.get(f"{URL}/cases/{row.id}/log").json()
    assert "copying" in whole["text"]
    rest = will.get(f"{URL}/cases/{row.id}/log", params={"offset": 5}).json()
    assert rest["text"] == whole["text"][5:]
    assert rest["next_offset"] == whole["next_offset"]


@with_one_database
def test_subjects_are_cases_too_and_their_results_go_to_the_first_study(
    order: Order, finish: Finish, will: TestClient, parts: Parts, study_ids: list[int]
) -> None:
    with parts.database.read() as session:
        subject_id = session.get_one(Study, study_ids[0]).subject_id
    many = order(level="subject", case_ids=[subject_id])
    assert many.state is JobState.FAILED
    add_file(parts, study_ids[0], "once.txt", "only here", parts.settings.data_folder)
    info = order(
        level="subject", case_ids=[subject_id], arguments={"source": "once.txt"}
    )
    assert finish(info.id).state is JobState.DONE
    row = cases_of(will, info.id).rows[0]
    assert row.study_id is None
    with parts.database.read() as session:
        stored = session.exec(
            select(File).where(File.id == row.result_file_ids[0])
        ).one()
    assert stored.study_id == study_ids[1]  # 2024-05-01, before study 0


def test_cases_come_in_pages(order: Order, will: TestClient) -> None:
    info = order()
    url = f"{URL}/{info.id}/cases"
    first = OrderCasePage.model_validate(will.get(url, params={"limit": 3}).json())
    assert [row.patients_id for row in first.rows] == ["P1", "P1", "P2"]
    assert first.next == first.rows[-1].id
    rest = will.get(url, params={"limit": 3, "after": first.next}).json()
    assert len(rest["rows"]) == 1
    assert rest["next"] is None


@with_one_database
@pytest.mark.parametrize("is_loop", [False, True])
def test_an_input_that_is_gone_fails_its_case_alone(
    order: Order,
    finish: Finish,
    parts: Parts,
    study_ids: list[int],
    will: TestClient,
    is_loop: bool,
) -> None:
    info = order()
    folder: Path = parts.storage.folder
    victim = next(folder.glob(f"projects/*/*/{study_ids[2]}/in/source.txt"))
    victim.unlink()
    if is_loop:
        victim.symlink_to(victim.name)
    ended = finish(info.id)
    assert ended.counts == {JobState.DONE: 3, JobState.FAILED: 1}
    assert "gone" in cases_of(will, info.id).rows[2].message


def test_tools_are_listed_for_all_and_reloaded_by_admins(
    rita: TestClient, root: TestClient, stranger: TestClient
) -> None:
    tools = rita.get("/api/v1/tools").json()
    assert "copy_slowly" in [tool["name"] for tool in tools["tools"]]
    assert rita.post("/api/v1/tools/reload").status_code == 403
    assert root.post("/api/v1/tools/reload").status_code == 200
    assert stranger.get("/api/v1/tools").status_code == 401
