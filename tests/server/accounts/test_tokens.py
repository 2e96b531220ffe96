"""API tokens: scoped, limited to a project, expiring, revocable."""

from datetime import timedelta

from fastapi.testclient import TestClient
from sqlmodel import select

from nora_server.database.accounts import Token
from nora_server.database.columns import utc_now
from nora_server.database.history import Event
from nora_server.parts import Parts


def _issue(client: TestClient, **wishes: object) -> dict:
    answer = client.post("/api/v1/tokens", json={"name": "script", **wishes})
    assert answer.status_code == 201, answer.text
    return answer.json()


def _with(client: TestClient, secret: str) -> TestClient:
    client.headers["Authorization"] = f"Bearer {secret}"
    return client


def test_a_read_token_of_a_project_admin_only_reads(
    pia: TestClient, stranger: TestClient
):
    limited = _with(stranger, _issue(pia, scope="read")["secret"])
    assert limited.get("/api/v1/projects").json()[0]["actions"] == ["read"]
    answer = limited.patch("/api/v1/projects/liver", json={"title": "x"})
    assert answer.status_code == 403
    assert "the token's scope is read" in answer.json()["message"]


def test_a_token_for_one_project_hides_the_others(
    root: TestClient, stranger: TestClient
):
    _issue(root, project="brain")
    limited = _with(stranger, _issue(root, scope="admin", project="liver")["secret"])
    assert {t["project"] for t in limited.get("/api/v1/tokens").json()} == {"liver"}
    assert [p["name"] for p in limited.get("/api/v1/projects").json()] == ["liver"]
    assert limited.get("/api/v1/projects/brain").status_code == 404
    assert limited.get("/api/v1/users").status_code == 403


def test_a_limited_token_makes_no_tokens(will: TestClient, stranger: TestClient):
    limited = _with(stranger, _issue(will, scope="write")["secret"])
    answer = limited.post("/api/v1/tokens", json={"name": "wider", "scope": "admin"})
    assert answer.status_code == 403


def test_a_token_for_a_hidden_project_answers_like_a_missing_one(will: TestClient):
    wish = {"name": "script", "project": "brain"}
    assert will.post("/api/v1/tokens", json=wish).status_code == 404


def test_a_revoked_token_ends_at_once(will: TestClient, stranger: TestClient):
    token = _issue(will)
    limited = _with(stranger, token["secret"])
    assert limited.get("/api/v1/me").status_code == 200
    assert will.delete(f"/api/v1/tokens/{token['id']}").status_code == 204
    assert limited.get("/api/v1/me").status_code == 401
    assert will.delete(f"/api/v1/tokens/{token['id']}").status_code == 404


def test_nobody_revokes_the_token_of_another(will: TestClient, rita: TestClient):
    token = _issue(will)
    assert rita.delete(f"/api/v1/tokens/{token['id']}").status_code == 404


def test_an_expired_token_is_refused_and_not_listed(
    will: TestClient, stranger: TestClient, parts: Parts
):
    token = _issue(will)
    with parts.database.write() as session:
        row = session.get(Token, token["id"])
        row.expires_at = utc_now() - timedelta(seconds=1)
        session.add(row)
    assert _with(stranger, token["secret"]).get("/api/v1/me").status_code == 401
    assert token["id"] not in [t["id"] for t in will.get("/api/v1/tokens").json()]


def test_a_token_lives_no_longer_than_the_settings_allow(will: TestClient):
    wish = {"name": "script", "valid_days": 700}
    answer = will.post("/api/v1/tokens", json=wish)
    assert answer.status_code == 422
    assert "365" in answer.json()["message"]


def test_making_a_token_is_an_event_without_the_secret(will: TestClient, parts: Parts):
    token = _issue(will)
    with parts.database.read() as session:
        event = session.exec(select(Event).order_by(Event.id.desc())).first()
    assert (event.action, event.subject) == ("tokens.create", f"token {token['id']}")
    assert token["secret"] not in str(event.model_dump())
