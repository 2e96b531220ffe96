"""``nora doctor`` finds what is wrong and says how to mend it."""

import datetime
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from nora_core.cli.main import main
from nora_server.database.engine import Database
from nora_server.database.migrate import prepare_database


def _doctor(folder: Path, toml: str = "") -> Result:
    config = folder / "nora.toml"
    config.write_text(f"data_folder = '{folder / 'data'}'\n{toml}")
    config.chmod(0o600)
    return CliRunner().invoke(main, ["doctor", "--config", str(config)])


def _free() -> str:
    return "[server]\nport = 0\n"


def test_a_new_installation_is_in_order(tmp_path: Path):
    result = _doctor(tmp_path, _free())
    assert result.exit_code == 0, result.output
    assert "all is in order" in result.output
    assert not (tmp_path / "data" / "nora.sqlite").exists()


def test_a_running_database_is_in_order(tmp_path: Path):
    (tmp_path / "data").mkdir(mode=0o700)
    database = Database(f"sqlite:///{tmp_path / 'data' / 'nora.sqlite'}")
    prepare_database(database)
    database.close()
    result = _doctor(tmp_path, _free())
    assert "schema: 0002" in result.output


@pytest.mark.parametrize(
    ("toml", "problem", "mend"),
    [
        ("[jobs]\nbackend = 'nope'\n", "jobs.backend is 'nope'", "see the sentence"),
        ("[archive]\nmin_free_gigabytes = 1e9\n", "GB are free", "more room"),
        (
            "database_url = 'postgresql://nora:hush@127.0.0.1:1/nora'\n",
            "does not answer",
            "start PostgreSQL",
        ),
        (
            "[server]\ntls_certificate = '/nowhere/c'\ntls_key = '/nowhere/k'\n",
            "cannot be used",
            "name a PEM certificate",
        ),
    ],
)
def test_each_problem_comes_with_its_remedy(
    toml: str, problem: str, mend: str, tmp_path: Path
):
    result = _doctor(tmp_path, toml)
    assert result.exit_code == 1
    assert problem in result.output
    assert f"to mend: {mend}" in result.output or mend in result.output
    assert "hush" not in result.output


def test_settings_that_others_can_read_are_a_problem(tmp_path: Path):
    config = tmp_path / "nora.toml"
    config.write_text(f"data_folder = '{tmp_path / 'data'}'\n")
    config.chmod(0o644)
    result = CliRunner().invoke(main, ["doctor", "--config", str(config)])
    assert "chmod 600" in result.output


@pytest.mark.parametrize(("days", "is_good"), [(100, True), (3, False)])
def test_the_end_of_the_certificate_is_watched(
    days: int, is_good: bool, tmp_path: Path
):
    certificate, key = tmp_path / "c.pem", tmp_path / "k.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes"]
    command += ["-addext", "basicConstraints=critical,CA:FALSE"]
    command += ["-keyout", str(key), "-out", str(certificate), "-days", str(days)]
    subprocess.run([*command, "-subj", "/CN=nora"], check=True, capture_output=True)
    files = f"tls_certificate = '{certificate}'\ntls_key = '{key}'\n"
    result = _doctor(tmp_path, _free() + files)
    end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days)
    assert f"{end:%Y-%m}" in result.output, result.output
    assert ("renew the certificate" in result.output) is not is_good
