"""Settings: from file and environment, with errors that say where and how."""

from pathlib import Path

import pytest

from nora_core.errors import SettingsError
from nora_server.settings import ServerSettings, Settings
from nora_server.settings_file import find_settings_file, read_settings


def _write(folder: Path, text: str) -> Path:
    path = folder / "nora.toml"
    path.write_text(text)
    return path


def test_without_any_settings_the_server_is_this_machines_alone():
    settings = read_settings()
    assert settings.server.host == "127.0.0.1"
    assert settings.effective_database_url.endswith("/server/nora.sqlite")


def test_the_environment_wins_over_the_file_and_the_command_line_over_both(
    tmp_path: Path,
):
    path = _write(tmp_path, "[server]\nport = 1\nnames = ['a']\n[jobs]\nworkers = 3\n")
    environment = {"NORA_SERVER_PORT": "2", "NORA_SERVER_NAMES": "b, c"}
    settings = read_settings(path, environment, {"server.port": 4})
    assert settings.server.port == 4
    assert settings.server.names == ["b", "c"]
    assert settings.jobs.workers == 3


def test_a_wrong_value_names_file_line_value_and_way_out(tmp_path: Path):
    path = _write(tmp_path, "\n[server]\n# a port\nport = 'abc'\n")
    with pytest.raises(SettingsError) as caught:
        read_settings(path, {})
    assert str(caught.value).startswith(f"{path}, line 4: server.port is 'abc': ")


def test_a_wrong_variable_is_named():
    with pytest.raises(SettingsError, match="environment variable NORA_JOBS_WORKERS"):
        read_settings(None, {"NORA_JOBS_WORKERS": "many"})


def test_an_unknown_key_gets_a_suggestion(tmp_path: Path):
    path = _write(tmp_path, "[server]\nprot = 1\n")
    with pytest.raises(SettingsError, match=r"line 2: .*did you mean server.port"):
        read_settings(path, {})


def test_broken_toml_names_its_line(tmp_path: Path):
    with pytest.raises(SettingsError, match=r"nora.toml is not TOML: .*line 1"):
        read_settings(_write(tmp_path, "port =\n"), {})


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(SettingsError, match=r"nowhere.toml cannot be read"):
        read_settings(tmp_path / "nowhere.toml", {})


def test_the_secret_of_the_database_comes_from_a_file_and_is_never_shown(
    tmp_path: Path,
):
    secret = tmp_path / "url"
    secret.write_text("postgresql://nora:hush@db/nora\n")
    path = _write(tmp_path, f"database_url_file = '{secret}'\n")
    settings = read_settings(path, {})
    assert settings.effective_database_url == "postgresql+psycopg://nora:hush@db/nora"
    assert "hush" not in repr(settings)
    with pytest.raises(SettingsError) as caught:
        read_settings(None, {"NORA_DATABASE_URL": "mysql://nora:hush@db/nora"})
    assert "hush" not in str(caught.value)
    assert "postgresql://" in str(caught.value)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "nora.example"])
def test_other_addresses_need_tls_or_a_proxy_and_a_name(host: str):
    with pytest.raises(ValueError, match="without encryption"):
        Settings(server=ServerSettings(host=host, names=["nora.example"]))
    with pytest.raises(ValueError, match=r"server\.names must list"):
        Settings(server=ServerSettings(host=host, trusted_proxies=["127.0.0.1"]))
    Settings(
        server=ServerSettings(
            host=host, names=["nora.example"], tls_certificate="c", tls_key="k"
        )
    )


def test_an_embedded_server_listens_on_this_machine_only():
    with pytest.raises(ValueError, match=r"127\.0\.0\.1 only"):
        Settings(is_embedded=True, server=ServerSettings(host="0.0.0.0"))


def test_nobody_declares_a_server_embedded_in_a_file(tmp_path: Path):
    with pytest.raises(SettingsError, match="is_embedded is not a setting"):
        read_settings(_write(tmp_path, "is_embedded = true\n"), {})


def test_a_proxy_must_be_an_address():
    with pytest.raises(SettingsError, match="'proxy' is no IP address"):
        read_settings(None, {"NORA_SERVER_TRUSTED_PROXIES": "proxy"})


def test_the_variable_names_the_file(tmp_path: Path):
    path = _write(tmp_path, "")
    assert find_settings_file({"NORA_CONFIG": str(path)}) == path
