"""Where a log-in is looked for; it is given out for its own server alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from napari_nora.desktop import kept_tokens
from napari_nora.desktop.kept_tokens import kept_token
from napari_nora.remembered import Remembered
from nora_core.cli import connection

SERVER = "https://nora.test"
OTHER = "https://other.test"


@pytest.fixture(autouse=True)
def nothing_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Remembered:
    """A user for whom nothing is kept yet; returns what the window remembers."""
    for name in (connection.URL_VARIABLE, connection.TOKEN_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    remembered = Remembered(tmp_path / "window.ini")
    monkeypatch.setattr(connection, "logins_file", lambda: tmp_path / "logins.json")
    monkeypatch.setattr(kept_tokens, "data_folder", lambda: tmp_path)
    monkeypatch.setattr(kept_tokens, "Remembered", lambda: remembered)
    monkeypatch.setattr(kept_tokens, "kept_password", lambda *_: "")
    return remembered


def test_nobody_is_logged_in_by_himself() -> None:
    assert kept_token(SERVER) is None


def test_a_token_of_the_environment_is_for_the_server_named_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(connection.TOKEN_VARIABLE, "secret")
    assert kept_token(SERVER) is None

    monkeypatch.setenv(connection.URL_VARIABLE, f"{SERVER}/")
    assert kept_token(SERVER) == "secret"
    assert kept_token(OTHER) is None


def test_a_log_in_of_the_command_line_counts() -> None:
    connection.write_logins(connection.Logins(current=OTHER, tokens={SERVER: "kept"}))

    assert kept_token(SERVER) == "kept"
    assert kept_token(OTHER) is None


def test_a_kept_password_is_exchanged_for_a_token_at_its_own_server(
    nothing_kept: Remembered, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ...]] = []

    class FakeClient:
        def __init__(self, url: str) -> None:
            self.url = url

        def __enter__(self) -> FakeClient:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def login(self, name: str, password: str) -> Any:
            asked.append((self.url, name, password))
            return type("Issued", (), {"secret": "new"})

    monkeypatch.setattr(kept_tokens, "Client", FakeClient)
    monkeypatch.setattr(kept_tokens, "kept_password", lambda url, name: "password")
    nothing_kept.set("user", "anna")
    nothing_kept.set("server", SERVER)

    assert kept_token(OTHER) is None
    assert asked == []
    assert kept_token(SERVER) == "new"
    assert asked == [(SERVER, "anna", "password")]
