"""``nora admin user`` and ``nora admin token`` say what they did."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from nora_core.cli.main import main

PASSWORD = "a long password"
Run = Callable[..., Result]


@pytest.fixture
def admin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run ``nora admin`` on a database with an admin ana and a user ben."""
    settings = tmp_path / "nora.toml"
    settings.write_text(f'data_folder = "{(tmp_path / "data").as_posix()}"\n')
    settings.chmod(0o600)
    monkeypatch.setenv("NORA_CONFIG", str(settings))

    def run(*words: str) -> Result:
        return CliRunner().invoke(main, ["admin", *words], input=PASSWORD)

    assert run("user", "add", "ana", "--admin", "--password-file", "-").exit_code == 0
    assert run("user", "add", "ben", "--password-file", "-").exit_code == 0
    return run


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--disabled"], "ben is locked out"),
        (["--enabled"], "ben was so already"),
        (["--admin"], "ben is a server admin"),
        (["--display-name", "Ben B."], "ben is shown as 'Ben B.'"),
    ],
)
def test_a_change_is_told_in_words(admin: Run, options: list[str], said: str) -> None:
    result = admin("user", "change", "ben", *options)

    assert result.exit_code == 0
    assert result.output.strip() == said


def test_no_token_outlives_the_limit_of_the_settings(admin: Run) -> None:
    result = admin("token", "add", "ben", "nightly", "--days", "400")

    assert result.exit_code == 1
    assert "login.max_token_days allows up to 365" in result.output
    assert admin("token", "list", "ben").output == ""
