"""Writes a whole database into a file and reads it back: SQLite or PostgreSQL."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlmodel import Session

from nora_core.errors import SettingsError
from nora_server.database.engine import Database
from nora_server.database.migrate import copy_sqlite, is_empty

SQLITE_NAME = "database.sqlite"
POSTGRES_NAME = "database.dump"


@contextmanager
def dumped(database: Database, folder: Path) -> Iterator[tuple[Path, Session]]:
    """Dump into ``folder``; give the file and a session that sees the same moment."""
    if database.is_sqlite:
        path = folder / SQLITE_NAME
        copy_sqlite(_sqlite_file(database), path)
        path.chmod(0o600)
        copy = Database(f"sqlite:///{path}")
        try:
            with copy.read() as session:
                yield path, session
        finally:
            copy.close()
        return
    path = folder / POSTGRES_NAME
    with database.read() as session:
        session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        snapshot = session.scalar(text("SELECT pg_export_snapshot()"))
        _run_postgres(
            database,
            ["pg_dump", "--format=custom", "--no-owner", "--no-privileges"],
            [f"--snapshot={snapshot}", f"--file={path}"],
        )
        yield path, session


def load_dump(database: Database, path: Path) -> None:
    """Fill an empty database from a file that :func:`dumped` made.

    Raises
    ------
    SettingsError
        If the file is of the other kind of database, or a program is missing.
    """
    wanted = SQLITE_NAME if database.is_sqlite else POSTGRES_NAME
    if path.name != wanted:
        raise SettingsError(
            f"the backup holds {path.name}, but the settings' database needs "
            f"{wanted}; restore into the same kind of database"
        )
    if database.is_sqlite:
        target = _sqlite_file(database)
        database.close()
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        target.chmod(0o600)
        return
    name = database.engine.url.database or ""
    _run_postgres(
        database,
        ["pg_restore", "--no-owner", "--no-privileges", "--exit-on-error"],
        ["--single-transaction", f"--dbname={name}", str(path)],
    )


def holds_nothing(database: Database) -> bool:
    """Tell whether restoring into ``database`` would overwrite nothing."""
    if database.is_sqlite and not _sqlite_file(database).exists():
        return True
    return is_empty(database)


def _sqlite_file(database: Database) -> Path:
    return Path(database.engine.url.database or "")


def _run_postgres(database: Database, command: list[str], more: list[str]) -> None:
    try:
        done = subprocess.run(
            [*command, *more],
            env={**os.environ, **_postgres_environment(database.url)},
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise SettingsError(
            f"the program {command[0]} is missing; install PostgreSQL's client "
            "programs (Debian: `apt install postgresql-client`)"
        ) from None
    if done.returncode:
        raise SettingsError(
            f"{command[0]} failed with status {done.returncode}: {done.stderr.strip()}"
        )


def _postgres_environment(url: str) -> dict[str, str]:
    """Return libpq's variables for ``url``; arguments would show the password."""
    parsed = make_url(url)
    query = {key: str(value) for key, value in parsed.query.items()}
    values: dict[str, str | None] = {
        "PGHOST": parsed.host or query.get("host"),
        "PGPORT": str(parsed.port) if parsed.port else query.get("port"),
        "PGUSER": parsed.username,
        "PGPASSWORD": parsed.password,
        "PGDATABASE": parsed.database,
        "PGSSLMODE": query.get("sslmode"),
        "PGSSLROOTCERT": query.get("sslrootcert"),
    }
    return {key: value for key, value in values.items() if value}
