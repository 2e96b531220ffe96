"""Users and members: who may make and change them."""

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from nora_server.database.history import Event
from nora_server.parts import Parts

NEW = {"name": "uwe", "password": "ten letters or more", "display_name": "Uwe"}


def test_a_server_admin_makes_a_user_who_can_log_in(
    root: TestClient, stranger: TestClient
):
    assert root.post("/api/v1/users", json=NEW).status_code == 201
    login = {"name": "uwe", "password": NEW["password"]}
    assert stranger.post("/api/v1/login", json=login).status_code == 200
    assert root.post("/api/v1/users", json=NEW).status_code == 409


@pytest.mark.parametrize("user", ["pia", "will", "rita", "nobody"])
def test_others_neither_list_nor_make_nor_change_users(user: str, client_of):
    client = client_of(user)
    assert client.get("/api/v1/users").status_code == 403
    assert client.post("/api/v1/users", json=NEW).status_code == 403
    change = {"display_name": "x"}
    assert client.patch("/api/v1/users/root", json=change).status_code == 403
    assert client.patch("/api/v1/users/nemo", json=change).status_code == 403


def test_nobody_makes_oneself_admin(rita: TestClient):
    answer = rita.patch("/api/v1/users/rita", json={"is_admin": True})
    assert answer.status_code == 403


def test_one_changes_ones_own_name(rita: TestClient):
    answer = rita.patch("/api/v1/users/rita", json={"display_name": "Rita R."})
    assert answer.json()["display_name"] == "Rita R."


@pytest.mark.parametrize("change", [{"is_admin": False}, {"is_disabled": True}])
def test_the_last_server_admin_stays(change: dict, root: TestClient):
    answer = root.patch("/api/v1/users/root", json=change)
    assert answer.status_code == 409
    assert root.get("/api/v1/me").json()["is_admin"] is True


def test_a_short_password_is_refused_without_being_echoed(root: TestClient):
    answer = root.post("/api/v1/users", json={**NEW, "password": "short-pw"})
    assert answer.status_code == 422
    assert "short-pw" not in answer.text


def test_a_project_admin_gives_and_takes_roles(pia: TestClient, nobody: TestClient):
    member = "/api/v1/projects/liver/members/nobody"
    assert pia.put(member, json={"role": "writer"}).status_code == 200
    assert "write" in nobody.get("/api/v1/projects/liver").json()["actions"]
    pia.put(member, json={"role": "reader"})
    assert "write" not in nobody.get("/api/v1/projects/liver").json()["actions"]
    assert pia.delete(member).status_code == 204
    assert nobody.get("/api/v1/projects/liver").status_code == 404
    assert pia.delete(member).status_code == 404


def test_members_are_for_who_manages_the_project(pia: TestClient, will: TestClient):
    members = pia.get("/api/v1/projects/liver/members").json()
    assert {"user": "rita", "role": "reader"} in members
    assert will.get("/api/v1/projects/liver/members").status_code == 403


def test_only_server_admins_make_projects(root: TestClient, pia: TestClient):
    assert pia.post("/api/v1/projects", json={"name": "knee"}).status_code == 403
    assert root.post("/api/v1/projects", json={"name": "knee"}).status_code == 201
    assert root.post("/api/v1/projects", json={"name": "knee"}).status_code == 409
    assert root.post("/api/v1/projects", json={"name": "a/b"}).status_code == 422


def test_rights_are_explained(rita: TestClient):
    rights = rita.get("/api/v1/projects/liver/rights").json()
    by_action = {right["action"]: right for right in rights}
    assert by_action["read"]["allowed"] is True
    assert by_action["write"]["allowed"] is False
    assert "takes writer or project_admin" in by_action["write"]["reason"]


def test_each_change_is_an_event(root: TestClient, parts: Parts):
    root.post("/api/v1/users", json=NEW)
    root.patch("/api/v1/users/uwe", json={"is_disabled": True})
    root.put("/api/v1/projects/liver/members/uwe", json={"role": "reader"})
    root.delete("/api/v1/projects/liver/members/uwe")
    root.patch("/api/v1/projects/liver", json={"title": "All livers"})
    with parts.database.read() as session:
        actions = [event.action for event in session.exec(select(Event)).all()]
    assert actions == [
        "accounts.create",
        "accounts.change",
        "members.set",
        "members.remove",
        "projects.change",
    ]
