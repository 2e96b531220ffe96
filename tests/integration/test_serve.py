"""``nora serve`` as a process: it starts, protects itself, and stops in good order."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from nora_core.cli.main import main

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Give ``start(*arguments)``, which starts ``nora serve``."""
    running: list[subprocess.Popen[str]] = []

    def start_one(*arguments: object) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "nora_core.cli", "serve", *map(str, arguments)],
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process

    yield start_one
    for process in running:
        process.kill()
        process.wait()
        process.stderr.close()


def _wait_for(path: Path, process: subprocess.Popen[str]) -> dict:
    deadline = time.monotonic() + 60
    while not path.exists():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return json.loads(path.read_text())


def _url_told_by(process: subprocess.Popen[str]) -> str:
    for line in process.stderr:
        if line.startswith("napari-nora serves at "):
            return line.split()[3].rstrip(";")
    raise AssertionError("the server ended without telling its URL")


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_an_embedded_server_comes_and_goes(
    ending: signal.Signals, start: Start, tmp_path: Path
):
    file = tmp_path / "embedded.json"
    process = start("--embedded", "--data", tmp_path)
    told = _wait_for(file, process)
    assert file.stat().st_mode & 0o777 == 0o600
    assert told["pid"] == process.pid
    headers = {"Authorization": f"Bearer {told['token']}"}
    me = requests.get(f"{told['url']}/api/v1/me", headers=headers, timeout=30)
    assert me.json()["name"] == "local"
    assert requests.get(f"{told['url']}/api/v1/me", timeout=30).status_code == 401
    process.send_signal(ending)
    assert process.wait(30) == 0
    assert not file.exists()


def test_the_token_ends_with_its_server(start: Start, tmp_path: Path):
    file = tmp_path / "embedded.json"
    first = start("--embedded", "--data", tmp_path)
    old = _wait_for(file, first)["token"]
    first.kill()
    first.wait()
    file.unlink()
    new = _wait_for(file, start("--embedded", "--data", tmp_path))
    for token, status in ((old, 401), (new["token"], 200)):
        headers = {"Authorization": f"Bearer {token}"}
        answer = requests.get(f"{new['url']}/api/v1/me", headers=headers, timeout=30)
        assert answer.status_code == status


def test_two_servers_never_share_a_data_folder(start: Start, tmp_path: Path):
    _wait_for(tmp_path / "embedded.json", start("--embedded", "--data", tmp_path))
    second = start("--data", tmp_path, "--port", 0)
    _, error = second.communicate(timeout=60)
    assert second.returncode == 1
    assert "use another data folder" in error


def test_a_taken_port_is_named(start: Start, tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = start("--data", tmp_path, "--port", port)
        _, error = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f"port {port} of 127.0.0.1 is taken" in error


def test_another_address_without_tls_is_refused(start: Start, tmp_path: Path):
    process = start("--data", tmp_path, "--host", "0.0.0.0")
    _, error = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "without encryption" in error


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("data_folder = '/proc/nora'\n", "data_folder /proc/nora cannot be made"),
        (
            "data_folder = '{folder}'\n"
            "database_url = 'postgresql://nora:hush@127.0.0.1:1/nora'\n",
            "the database does not work",
        ),
    ],
)
def test_what_keeps_it_from_starting_is_one_sentence(
    toml: str, words: str, start: Start, tmp_path: Path
):
    config = tmp_path / "nora.toml"
    config.write_text(toml.format(folder=tmp_path / "data"))
    process = start("--config", config)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 1
    assert words in error
    assert "Traceback" not in error
    assert "hush" not in error


def test_a_lab_server_speaks_tls_and_lets_its_users_in(start: Start, tmp_path: Path):
    certificate, key = tmp_path / "c.pem", tmp_path / "k.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes"]
    command += ["-keyout", str(key), "-out", str(certificate), "-days", "2"]
    command += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run(command, check=True, capture_output=True)
    config = tmp_path / "nora.toml"
    config.write_text(
        f"data_folder = '{tmp_path / 'data'}'\n[server]\nhost = '0.0.0.0'\nport = 0\n"
        f"names = ['nora.example']\ntls_certificate = '{certificate}'\n"
        f"tls_key = '{key}'\n"
    )
    password = tmp_path / "password"
    password.write_text("a long password")
    made = CliRunner().invoke(
        main,
        [
            *("admin", "--config", str(config), "user", "add", "ana"),
            *("--admin", "--password-file", str(password)),
        ],
    )
    assert made.exit_code == 0, made.output
    url = _url_told_by(start("--config", config)).replace("0.0.0.0", "localhost")
    assert url.startswith("https://")
    login = {"name": "ana", "password": "a long password"}
    answer = requests.post(
        f"{url}/api/v1/login", json=login, verify=str(certificate), timeout=30
    )
    assert answer.status_code == 200
    assert "max-age" in answer.headers["Strict-Transport-Security"]
