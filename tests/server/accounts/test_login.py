"""Log-in: passwords, tokens, the brake on guessing, what ends a log-in."""

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from nora_core.errors import TooManyAttempts
from nora_server.database.accounts import Token
from nora_server.parts import Parts
from nora_server.security.brake import Brake
from nora_server.security.passwords import Passwords
from tests.server.conftest import PASSWORD


def _log_in(client: TestClient, name: str = "rita", password: str = PASSWORD):
    return client.post("/api/v1/login", json={"name": name, "password": password})


def _me(client: TestClient, secret: str) -> int:
    headers = {"Authorization": f"Bearer {secret}"}
    return client.get("/api/v1/me", headers=headers).status_code


def test_the_right_password_gives_a_token_that_works(stranger: TestClient):
    answer = _log_in(stranger)
    assert answer.status_code == 200
    assert _me(stranger, answer.json()["secret"]) == 200


def test_the_database_keeps_no_secret(stranger: TestClient, parts: Parts):
    secret = _log_in(stranger).json()["secret"]
    with parts.database.read() as session:
        stored = session.exec(select(Token)).all()
    assert all(secret not in str(token.model_dump()) for token in stored)


def test_unknown_disabled_and_mistyped_answer_alike(
    stranger: TestClient, root: TestClient
):
    root.patch("/api/v1/users/will", json={"is_disabled": True})
    answers = [
        _log_in(stranger, "rita", "wrong password"),
        _log_in(stranger, "nemo", "wrong password"),
        _log_in(stranger, "will", PASSWORD),
        _log_in(stranger, "ni\u0000l", "wrong password"),
    ]
    assert {answer.status_code for answer in answers[:3]} == {401}
    assert len({answer.text for answer in answers[:3]}) == 1
    assert answers[3].status_code == 422


def test_too_many_wrong_passwords_make_even_the_right_one_wait(stranger: TestClient):
    for _ in range(5):
        assert _log_in(stranger, password="wrong password").status_code == 401
    answer = _log_in(stranger)
    assert answer.status_code == 429
    assert "try again in" in answer.json()["message"]
    assert _log_in(stranger, "will").status_code == 200


def test_the_wait_doubles_and_a_right_password_ends_it():
    now = 0.0
    brake = Brake(free=2, wait_seconds=10, clock=lambda: now)
    waits = []
    for _ in range(4):
        brake.begin("key")
        waits.append(brake._tries["key"].blocked_until - now)
        now = max(now, brake._tries["key"].blocked_until)
    assert waits[1:] == [10, 20, 40]
    brake.forgive("key")
    brake.begin("key")
    brake.begin("key")
    with pytest.raises(TooManyAttempts):
        brake.begin("key")


def test_an_unknown_user_costs_as_much_as_a_known_one():
    passwords = Passwords()
    verified = []
    inner = passwords._hasher
    passwords._hasher = _Counting(inner, verified)
    known = passwords.hash("some password")
    passwords.fits(known, "wrong")
    passwords.fits(None, "wrong")
    assert len(verified) == 2
    assert passwords.fits(None, "nobody has this password") is False


class _Counting:
    def __init__(self, inner, verified):
        self._inner, self._verified = inner, verified

    def hash(self, password):
        return self._inner.hash(password)

    def verify(self, known, password):
        self._verified.append(known)
        return self._inner.verify(known, password)


def test_logging_out_ends_the_token_at_once(stranger: TestClient):
    secret = _log_in(stranger).json()["secret"]
    headers = {"Authorization": f"Bearer {secret}"}
    assert stranger.post("/api/v1/logout", headers=headers).status_code == 204
    assert _me(stranger, secret) == 401


def test_disabling_a_user_ends_all_tokens_at_once(root: TestClient, rita: TestClient):
    assert rita.get("/api/v1/me").status_code == 200
    root.patch("/api/v1/users/rita", json={"is_disabled": True})
    assert rita.get("/api/v1/me").status_code == 401


def test_a_new_password_ends_other_log_ins(stranger: TestClient, rita: TestClient):
    other = _log_in(stranger).json()["secret"]
    change = {"password": "another long password", "current_password": PASSWORD}
    assert rita.patch("/api/v1/users/rita", json=change).status_code == 200
    assert rita.get("/api/v1/me").status_code == 200
    assert _me(stranger, other) == 401
    assert _log_in(stranger, password="another long password").status_code == 200


def test_changing_ones_password_needs_the_current_one(rita: TestClient):
    change = {"password": "another long password"}
    assert rita.patch("/api/v1/users/rita", json=change).status_code == 401
    change["current_password"] = "wrong password"
    assert rita.patch("/api/v1/users/rita", json=change).status_code == 401
