"""Tables and migrations agree; migrating is safe, up and down."""

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from nora_core.errors import SettingsError
from nora_server.database import migrate as migrations
from nora_server.database.engine import Database
from nora_server.database.tables import METADATA


@pytest.fixture
def empty(empty_database_url: str):
    database = Database(empty_database_url)
    yield database
    database.close()


def test_migrations_lead_to_the_tables_of_the_program(empty: Database):
    migrations.prepare_database(empty)
    with empty.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
    assert migrations.current_revision(empty) == migrations.newest_revision()


def test_migrations_lead_back_to_nothing_and_up_again(empty: Database):
    migrations.migrate(empty)
    migrations.migrate_back(empty, "base")
    assert inspect(empty.engine).get_table_names() == ["alembic_version"]
    migrations.migrate(empty)
    with empty.read() as session:
        assert "study" in inspect(session.connection()).get_table_names()


def test_preparing_twice_changes_nothing(empty: Database):
    migrations.prepare_database(empty)
    migrations.prepare_database(empty)
    assert migrations.migrate(empty) is None


def test_the_database_of_a_newer_program_is_refused(empty: Database):
    migrations.prepare_database(empty)
    with empty.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SettingsError, match="a newer one made it"):
        migrations.prepare_database(empty)


def test_an_older_sqlite_database_is_backed_up_first(tmp_path: Path):
    database = Database(f"sqlite:///{tmp_path / 'nora.sqlite'}")
    migrations.migrate(database, "0001")
    migrations.prepare_database(database)
    assert migrations.current_revision(database) == migrations.newest_revision()
    database.close()
    (copy,) = tmp_path.glob("nora.sqlite.before-migration-*")
    assert copy.stat().st_mode & 0o077 == 0
    with sqlite3.connect(copy) as connection:
        names = connection.execute("SELECT name FROM sqlite_master").fetchall()
    assert ("study",) in names


def test_an_older_postgresql_database_is_left_to_its_admin(monkeypatch):
    class Older:
        is_sqlite = False

    monkeypatch.setattr(migrations, "current_revision", lambda database: "0001")
    monkeypatch.setattr(migrations, "newest_revision", lambda: "0002")
    with pytest.raises(SettingsError, match="nora admin migrate"):
        migrations.prepare_database(Older())
