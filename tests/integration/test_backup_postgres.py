"""Backup, restore and administration on PostgreSQL, with its own programs."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlmodel import select

from nora_core.cli.main import main
from nora_server.database.accounts import Account
from nora_server.database.engine import Database
from nora_server.services.backup_format import FILE_LIST

pytestmark = pytest.mark.postgres


def _admin(folder: Path, url: str, *arguments: object) -> Result:
    config = folder / "nora.toml"
    config.write_text(f"data_folder = '{folder / 'data'}'\ndatabase_url = '{url}'\n")
    command = ["admin", "--config", str(config), *map(str, arguments)]
    return CliRunner().invoke(main, command)


@pytest.fixture
def old(tmp_path: Path, new_postgres_database: Callable[[], str]) -> tuple[Path, str]:
    """A server's folder and database with a user and a project."""
    folder, url = tmp_path / "old", new_postgres_database()
    folder.mkdir()
    (folder / "password").write_text("a long password")
    with_password = ["--password-file", folder / "password"]
    made = _admin(folder, url, "user", "add", "ana", "--admin", *with_password)
    assert made.exit_code == 0, made.output
    _admin(folder, url, "project", "add", "liver")
    return folder, url


def test_a_backup_of_postgresql_restores_into_an_empty_database(
    old: tuple[Path, str], tmp_path: Path, new_postgres_database: Callable[[], str]
):
    made = _admin(*old, "backup", tmp_path / "backup", "--with-files")
    assert made.exit_code == 0, made.output
    assert (tmp_path / "backup" / FILE_LIST).exists()
    (tmp_path / "new").mkdir()
    new = (tmp_path / "new", new_postgres_database())
    restored = _admin(*new, "restore", tmp_path / "backup")
    assert restored.exit_code == 0, restored.output
    database = Database(new[1])
    with database.read() as session:
        assert [a.name for a in session.exec(select(Account)).all()] == ["ana"]
    database.close()
    refused = _admin(*new, "restore", tmp_path / "backup")
    assert "restore into an empty one" in refused.output


def test_a_backup_of_postgresql_does_not_restore_into_sqlite(
    old: tuple[Path, str], tmp_path: Path
):
    _admin(*old, "backup", tmp_path / "backup")
    (tmp_path / "new").mkdir()
    url = f"sqlite:///{tmp_path / 'new' / 'nora.sqlite'}"
    refused = _admin(tmp_path / "new", url, "restore", tmp_path / "backup")
    assert refused.exit_code == 1
    assert "the same kind of database" in refused.output
