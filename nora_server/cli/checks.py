"""What ``nora doctor`` looks at: each check says what is wrong and how to mend it."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from nora_core.errors import NoraError
from nora_core.plugins import sources
from nora_core.words import counted
from nora_server.cli.certificate import check_tls
from nora_server.cli.finding import Finding, Trouble
from nora_server.database import migrate as migrations
from nora_server.database.engine import Database
from nora_server.folder_lock import FolderLock
from nora_server.parts import make_backend
from nora_server.settings import Settings

_GIGABYTE = 1_000_000_000
_MAX_CLOCK_SECONDS = 5.0


def examine(settings: Settings, settings_file: Path | None) -> Iterator[Finding]:
    """Run all checks, each on its own."""
    yield _run("settings", lambda: _settings(settings_file))
    yield _run("data folder", lambda: _data_folder(settings))
    yield _run("disk space", lambda: _disk_space(settings))
    yield _run("database", lambda: _database(settings))
    yield _run("schema", lambda: _schema(settings))
    yield _run("clock", lambda: _clock(settings))
    yield _run("back end", lambda: _backend(settings))
    yield _run("plug-ins", _plugins)
    yield _run("port", lambda: _port(settings))
    yield _run("TLS", lambda: check_tls(settings.server))


def _run(name: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(name, True, check())
    except Trouble as trouble:
        return Finding(name, False, trouble.detail, trouble.mend)
    except _NotMadeYet:
        return Finding(name, True, "none yet: `nora serve` makes the database")
    except NoraError as error:
        return Finding(name, False, error.message, "see the sentence above")
    except OSError as error:
        return Finding(name, False, str(error), "correct the path or its rights")


def _settings(path: Path | None) -> str:
    if path is None:
        return "no settings file: defaults and environment"
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise Trouble(
            f"{path} can be read by others, and may hold a password",
            f"chmod 600 {path}, owned by the server's user",
        )
    return str(path)


def _data_folder(settings: Settings) -> str:
    folder = settings.data_folder
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        file.write(b"x")
        file.flush()
        os.fsync(file.fileno())
    if os.name == "posix" and folder.stat().st_mode & 0o007:
        raise Trouble(f"{folder} is open to everybody", f"chmod 750 {folder}")
    return f"{folder} can be written"


def _disk_space(settings: Settings) -> str:
    free = shutil.disk_usage(settings.data_folder).free / _GIGABYTE
    least = settings.archive.min_free_gigabytes
    if free < least:
        raise Trouble(
            f"{free:.1f} GB are free on {settings.data_folder}, less than {least:g}",
            "delete something, give the disk more room, or set data_folder elsewhere",
        )
    return f"{free:.1f} GB free"


@contextmanager
def _opened(settings: Settings) -> Iterator[Database]:
    """Open the database, without making a SQLite file that is not there yet."""
    database = Database(settings.effective_database_url)
    try:
        if database.is_sqlite and not Path(database.engine.url.database or "").exists():
            raise _NotMadeYet
        yield database
    except SQLAlchemyError as error:
        raise Trouble(
            f"the database does not answer: {str(error).splitlines()[0]}",
            "start PostgreSQL, and correct database_url (user, password, host, name)",
        ) from error
    finally:
        database.close()


class _NotMadeYet(Exception):
    """There is no database yet, which is fine."""


def _database(settings: Settings) -> str:
    with _opened(settings) as database, database.read() as session:
        if database.is_sqlite:
            session.execute(text("SELECT 1"))
            return "SQLite"
        return f"PostgreSQL {session.scalar(text('SHOW server_version'))}"


def _schema(settings: Settings) -> str:
    with _opened(settings) as database:
        present = migrations.current_revision(database)
    newest = migrations.newest_revision()
    if present is None:
        return "empty: `nora serve` makes the tables"
    if present != newest:
        raise Trouble(
            f"at {present}, this program needs {newest}",
            "back up (`nora admin backup FOLDER`), then run `nora admin migrate`",
        )
    return present


def _clock(settings: Settings) -> str:
    """Compare with the database's clock and refuse one before this program's time."""
    now = datetime.now(UTC)
    if now.year < 2026:
        raise Trouble(f"it is {now:%Y-%m-%d} here", "set the clock (timedatectl)")
    if settings.effective_database_url.startswith("sqlite"):
        return f"{now:%Y-%m-%d %H:%M} UTC"
    with _opened(settings) as database, database.read() as session:
        started = time.time()
        theirs = session.scalar(text("SELECT extract(epoch from now())"))
        apart = abs(float(theirs or started) - started)
    if apart > _MAX_CLOCK_SECONDS:
        raise Trouble(
            f"{apart:.0f} s apart from the database's", "set both clocks by NTP"
        )
    return f"{now:%Y-%m-%d %H:%M} UTC, as the database's"


def _backend(settings: Settings) -> str:
    if _server_runs(settings):
        return f"{settings.jobs.backend}, in use by the running server"
    backend = make_backend(settings.jobs, settings.job_folder)
    try:
        backend.states([])
    finally:
        backend.close()
    return f"{settings.jobs.backend}, {counted(settings.jobs.workers, 'worker')}"


def _plugins() -> str:
    registry = sources.load()
    if registry.broken:
        first = registry.broken[0]
        raise Trouble(
            f"{len(registry.broken)} broken, such as {first.name}: {first.error}",
            f"correct or remove {first.source}; `nora plugins` lists all",
        )
    return counted(len(registry.tools), "tool")


def _port(settings: Settings) -> str:
    host, port = settings.server.host, settings.server.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        if _server_runs(settings):
            return f"{host} port {port} is taken by the running server"
        raise Trouble(
            f"cannot listen on {host} port {port}: {error.strerror}",
            "stop the program that has it, or set server.host and server.port",
        ) from error
    return f"{host} port {port} is free"


def _server_runs(settings: Settings) -> bool:
    try:
        with FolderLock(settings.data_folder):
            return False
    except NoraError:
        return True
