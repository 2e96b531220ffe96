"""Which server a command speaks to, and how its token is kept."""

import os
import stat

import pytest

from nora_core.cli import connection
from nora_core.cli.connection import (
    Logins,
    Server,
    clean_url,
    read_logins,
    write_logins,
)
from nora_core.errors import NotLoggedIn, ServerUnreachable, SettingsError


@pytest.fixture(autouse=True)
def own_file(tmp_path, monkeypatch):
    path = tmp_path / "config" / "logins.json"
    monkeypatch.setattr(connection, "logins_file", lambda: path)
    return path


def test_logins_are_kept_for_their_user_alone(own_file):
    write_logins(Logins(current="https://a", tokens={"https://a": "secret"}))

    assert read_logins().tokens == {"https://a": "secret"}
    assert list(own_file.parent.iterdir()) == [own_file]
    if os.name == "posix":
        assert stat.S_IMODE(own_file.stat().st_mode) == 0o600
        assert stat.S_IMODE(own_file.parent.stat().st_mode) == 0o700


def test_the_last_login_is_meant_where_nothing_is_said():
    write_logins(Logins(current="https://a", tokens={"https://a": "secret"}))

    assert Server().find() == ("https://a", "secret")


def test_the_environment_goes_before_the_login_and_the_option_before_both(monkeypatch):
    tokens = {"https://a": "1", "https://b": "2", "https://c": "3"}
    write_logins(Logins(current="https://a", tokens=tokens))
    monkeypatch.setenv("NORA_URL", "https://b/")

    assert Server().find() == ("https://b", "2")
    assert Server(url="c").find() == ("https://c", "3")
    monkeypatch.setenv("NORA_TOKEN", "given")
    assert Server(url="c").find() == ("https://c", "given")


def test_no_server_and_no_token_say_what_to_do():
    with pytest.raises(SettingsError, match="'nora login URL', or set NORA_URL"):
        Server().find()
    with pytest.raises(NotLoggedIn, match="'nora login https://lab'"):
        Server(url="https://lab/").find()


def test_a_broken_file_of_logins_is_named(own_file):
    own_file.parent.mkdir()
    own_file.write_text("{", "utf-8")

    with pytest.raises(SettingsError, match=r"logins\.json cannot be read; delete it"):
        read_logins()


def test_a_folder_without_a_running_server_is_named(tmp_path):
    with pytest.raises(ServerUnreachable, match="nora serve --embedded --data"):
        Server(data=tmp_path).find()


@pytest.mark.parametrize(
    ("given", "clean"),
    [
        ("nora.lab.org", "https://nora.lab.org"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000"),
        (" https://lab ", "https://lab"),
    ],
)
def test_an_address_is_kept_in_one_form(given, clean):
    assert clean_url(given) == clean
