"""Presets: marks decide who uses them, who changes them and who knows of them."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from nora_server.parts import Parts
from tests.server.views.conftest import asked

URL = "/api/v1/projects/liver/presets"
CONTENT = {
    "layout": {"rows": 2, "cols": 3, "bars": 1},
    "viewports": [{"number": "0", "orientation": "coronal"}],
    "autoloaders": [{"pattern": "t1*", "viewports": "0,b0"}],
    "main_viewport": "0",
}


def save(user: TestClient, name: str, mark: str = "--", rows: int = 2):
    content = {**CONTENT, "layout": {"rows": rows, "cols": 3, "bars": 1}}
    body = {"mark": mark, "content": content}
    return user.put(f"{URL}/{name}", json=body)


def names(user: TestClient) -> list[tuple[str, str]]:
    return [(row["name"], row["mark"]) for row in user.get(URL).json()]


def rows_of(user: TestClient, name: str) -> int:
    return user.get(f"{URL}/{name}").json()["content"]["layout"]["rows"]


def last_event(pia: TestClient) -> dict:
    return pia.get("/api/v1/projects/liver/events").json()[0]


def undo_last(pia: TestClient):
    number = last_event(pia)["id"]
    return pia.post(f"/api/v1/projects/liver/events/{number}/undo")


def test_a_preset_comes_back_as_it_was_saved(rita: TestClient):
    saved = save(rita, "mine").json()

    assert rita.get(f"{URL}/mine").json() == saved
    assert saved["content"]["autoloaders"][0]["viewports"] == ["0", "b0"]
    assert (saved["owner"], saved["may_change"]) == ("rita", True)


def test_a_private_preset_is_its_owners_secret(
    rita: TestClient, will: TestClient, pia: TestClient
):
    save(rita, "mine", rows=1)

    assert names(will) == names(pia) == []
    unknown = will.get(f"{URL}/never-was")
    assert will.get(f"{URL}/mine").text.replace("mine", "never-was") == unknown.text
    assert will.delete(f"{URL}/mine").status_code == 404
    events = pia.get("/api/v1/projects/liver/events").text
    assert "preset" not in events


def test_nobody_overwrites_anothers_private_preset_by_its_name(
    rita: TestClient, will: TestClient
):
    save(rita, "mine", rows=1)

    assert save(will, "mine", rows=4).status_code == 200

    assert (rows_of(rita, "mine"), rows_of(will, "mine")) == (1, 4)


def test_a_readable_preset_is_used_by_all_and_changed_by_its_owner(
    rita: TestClient, will: TestClient, nobody: TestClient
):
    save(will, "ct", "r-")

    assert names(rita) == [("ct", "r-")]
    refused = save(rita, "ct", "r-")
    assert refused.status_code == 403
    assert "only its owner and project admins" in refused.json()["message"]
    assert rita.delete(f"{URL}/ct").status_code == 403
    assert save(will, "ct", "r-", rows=3).status_code == 200
    assert nobody.get(f"{URL}/ct").status_code == 404


def test_only_project_admins_make_the_standard(will: TestClient, pia: TestClient):
    assert save(will, "ct", "s-").status_code == 403
    assert save(will, "ct", "sw").status_code == 403
    assert save(pia, "ct", "s-").status_code == 200
    assert save(will, "ct", "s-").status_code == 403
    assert save(will, "ct", "r-").status_code == 403


def test_writers_overwrite_a_writable_standard_but_do_not_end_it(
    rita: TestClient, will: TestClient, pia: TestClient
):
    save(pia, "ct", "sw")

    assert save(will, "ct", "sw", rows=4).status_code == 200
    assert rows_of(rita, "ct") == 4
    assert save(rita, "ct", "sw").status_code == 403
    assert save(will, "ct", "r-").status_code == 403


def test_a_project_has_one_standard(rita: TestClient, pia: TestClient):
    save(pia, "old", "s-")
    save(pia, "new", "sw")

    assert names(rita) == [("new", "sw"), ("old", "r-")]
    assert undo_last(pia).status_code == 200
    assert names(rita) == [("old", "s-")]


def test_ones_own_private_preset_goes_before_the_projects(
    rita: TestClient, pia: TestClient
):
    save(pia, "ct", "s-", rows=1)
    save(rita, "ct", "--", rows=5)

    assert (rows_of(rita, "ct"), rows_of(pia, "ct")) == (5, 1)
    assert names(rita) == [("ct", "--")]
    rita.delete(f"{URL}/ct")
    assert rows_of(rita, "ct") == 1


def test_a_change_and_a_deletion_are_taken_back(rita: TestClient, pia: TestClient):
    save(pia, "ct", "r-", rows=1)
    save(pia, "ct", "r-", rows=2)
    assert last_event(pia)["details"] == {"name": "ct", "mark": "r-"}

    assert undo_last(pia).status_code == 200
    assert rows_of(rita, "ct") == 1
    pia.delete(f"{URL}/ct")
    assert rita.get(f"{URL}/ct").status_code == 404
    assert undo_last(pia).status_code == 200
    assert rows_of(rita, "ct") == 1


def test_a_writer_does_not_undo_what_an_admin_made_the_standard(
    will: TestClient, pia: TestClient
):
    save(pia, "ct", "s-")
    number = last_event(pia)["id"]

    undone = will.post(f"/api/v1/projects/liver/events/{number}/undo")

    assert undone.status_code == 403
    assert names(will) == [("ct", "s-")]


def test_undoing_does_not_reach_a_preset_that_became_private(
    will: TestClient, pia: TestClient
):
    save(will, "ct", "r-", rows=1)
    number = last_event(pia)["id"]
    save(will, "ct", "--", rows=2)

    undone = pia.post(f"/api/v1/projects/liver/events/{number}/undo")

    assert undone.status_code == 409
    assert rows_of(will, "ct") == 2


@pytest.mark.parametrize("scope", ["read"])
def test_a_token_for_reading_saves_no_preset(
    scope: str, rita: TestClient, stranger: TestClient
):
    asked = {"name": "t", "scope": scope}
    secret = rita.post("/api/v1/tokens", json=asked).json()["secret"]
    stranger.headers["Authorization"] = f"Bearer {secret}"

    assert stranger.get(URL).status_code == 200
    assert save(stranger, "mine").status_code == 403


def test_undoing_never_leaves_two_standards(rita: TestClient, pia: TestClient):
    save(pia, "old", "s-")
    pia.delete(f"{URL}/old")
    number = last_event(pia)["id"]
    save(pia, "new", "s-")

    undone = pia.post(f"/api/v1/projects/liver/events/{number}/undo")

    assert undone.status_code == 409
    assert "standard" in undone.json()["message"]
    assert names(rita) == [("new", "s-")]


def test_undoing_tells_nobody_of_a_private_preset(
    rita: TestClient, will: TestClient, pia: TestClient
):
    save(pia, "shared", "r-")
    number = last_event(pia)["id"] + 1
    save(rita, "mine")
    events = "/api/v1/projects/liver/events"

    hidden = will.post(f"{events}/{number}/undo")
    unknown = will.post(f"{events}/99999/undo")

    assert hidden.status_code == 404
    assert hidden.text.replace(str(number), "99999") == unknown.text


def test_nobody_fills_a_project_with_presets(
    rita: TestClient, will: TestClient, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("nora_server.services.presets.MAX_PRESETS", 2)
    save(rita, "a", "r-")
    save(rita, "b")
    refused = save(rita, "c")
    assert refused.status_code == 409
    assert "delete some" in refused.json()["message"]
    assert save(rita, "b").status_code == save(will, "c").status_code == 200
    rita.delete(f"{URL}/a")
    assert save(rita, "c").status_code == 200


def test_listing_presets_takes_as_many_queries_for_many_as_for_one(
    will: TestClient, rita: TestClient, parts: Parts
):
    save(will, "p0", "r-")
    with asked(parts) as one:
        rita.get(URL)
    for number in range(1, 5):
        save(will, f"p{number}", "r-")
    with asked(parts) as many:
        listed = rita.get(URL).json()

    assert len(listed) == 5
    assert len(many) == len(one)
    assert not any("preset.content" in query for query in many)
