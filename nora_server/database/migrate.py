"""Brings the database's schema up to date; backs up a SQLite database first."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from nora_core.errors import SettingsError
from nora_server.database.columns import utc_now
from nora_server.database.engine import Database

_MIGRATION_LOCK_KEY = 0x6E6F7262
_SCRIPTS = Path(__file__).parent / "migrations"


def newest_revision() -> str:
    """Return the revision that this version of the program needs."""
    revision = ScriptDirectory.from_config(make_config()).get_current_head()
    if revision is None:
        raise SettingsError("this installation has no migrations; install it again")
    return revision


def current_revision(database: Database) -> str | None:
    """Return the revision of the database, ``None`` for an empty one."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def prepare_database(database: Database) -> None:
    """Make the database fit this program, as a starting server does.

    An empty database gets its tables. An older SQLite database is backed up
    beside itself and migrated.

    Raises
    ------
    SettingsError
        For an older PostgreSQL database, which its admin must back up first, and
        for a database of a newer program.
    """
    present = current_revision(database)
    if present == newest_revision():
        return
    _refuse_newer(present)
    if present is not None and not database.is_sqlite:
        raise SettingsError(
            f"the database is at schema {present}, this program needs "
            f"{newest_revision()}; back it up (`nora admin backup FOLDER`), "
            "then run `nora admin migrate`"
        )
    migrate(database)


def migrate(database: Database, revision: str = "head") -> Path | None:
    """Move the schema to ``revision``; return the backup of a SQLite database."""
    present = current_revision(database)
    _refuse_newer(present)
    if present == (newest_revision() if revision == "head" else revision):
        return None
    backup = None
    if present is not None and database.is_sqlite:
        backup = _copy_sqlite(database, present)
    _run(database, lambda config: command.upgrade(config, revision))
    return backup


def migrate_back(database: Database, revision: str) -> None:
    """Take steps back to ``revision`` (``base`` for none)."""
    _run(database, lambda config: command.downgrade(config, revision))


def make_config(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration for our scripts and an open connection."""
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _run(database: Database, step: Callable[[Config], None]) -> None:
    with database.engine.connect() as connection:
        if database.is_sqlite:
            connection.execute(text("PRAGMA foreign_keys=OFF"))
            connection.commit()
            connection.execute(text("BEGIN IMMEDIATE"))
        else:
            connection.execute(
                text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK_KEY}
            )
        step(make_config(connection))
        connection.commit()
        if database.is_sqlite:
            connection.execute(text("PRAGMA foreign_keys=ON"))
            connection.commit()


def _refuse_newer(present: str | None) -> None:
    scripts = ScriptDirectory.from_config(make_config())
    known = {script.revision for script in scripts.walk_revisions()}
    if present is not None and present not in known:
        raise SettingsError(
            f"the database is at schema {present}, which this program does not know: "
            "a newer one made it; update with `pip install --upgrade napari-nora`"
        )


def is_empty(database: Database) -> bool:
    """Tell whether the database has no tables."""
    return not inspect(database.engine).get_table_names()


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy a SQLite database that may be in use (SQLite's online backup)."""
    with (
        closing(sqlite3.connect(source)) as old,
        closing(sqlite3.connect(target)) as new,
    ):
        old.backup(new)


def _copy_sqlite(database: Database, present: str) -> Path | None:
    file = database.engine.url.database
    if not file or file == ":memory:":
        return None
    moment = utc_now().strftime("%Y%m%dT%H%M%S")
    target = Path(f"{file}.before-migration-{present}-{moment}")
    copy_sqlite(Path(file), target)
    target.chmod(0o600)
    return target
