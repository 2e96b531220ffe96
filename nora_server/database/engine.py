"""Opens the database: SQLite in WAL mode or PostgreSQL, alike to all callers."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from time import monotonic
from typing import Any

from sqlalchemy import Engine, event, text
from sqlalchemy.exc import InvalidatePoolError
from sqlmodel import Session, create_engine

_TRUSTED_SECONDS = 1.0
"""A connection that was used so recently is not asked whether it still lives."""
_ARCHIVE_LOCK_KEY = 0x6E6F7261  # "nora": one advisory lock for all archive writers


class Database:
    """One database and how to read and write it.

    Use :meth:`read` for queries and :meth:`write` for changes. A ``write`` block
    is one transaction: committed at its end, rolled back if it raises. Writers
    take turns (SQLite allows one; PostgreSQL by an advisory lock), which keeps
    ``archive_change`` and ``event`` numbered in the order of their commits.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._looking_engine = _make_engine(url)
        self.engine = _with_transactions(self._looking_engine)
        self._write_lock = RLock()

    @property
    def is_sqlite(self) -> bool:
        """True for SQLite, False for PostgreSQL."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Give a session whose changes are thrown away."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def look_up(self) -> Iterator[Session]:
        """Give a session for a few quick queries without a transaction around them.

        Each query sees what is committed when it begins. On PostgreSQL this spares
        the messages that begin and end a transaction; nothing may be changed here.
        """
        with Session(self._looking_engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Give a session whose changes are committed together at the end."""
        with (
            self._write_lock,
            Session(self.engine, expire_on_commit=False) as session,
        ):
            if self.is_sqlite:
                session.execute(text("BEGIN IMMEDIATE"))
            else:
                session.execute(
                    text("SELECT pg_advisory_xact_lock(:key)"),
                    {"key": _ARCHIVE_LOCK_KEY},
                )
            yield session
            session.commit()

    @contextmanager
    def write_if_free(self) -> Iterator[Session | None]:
        """Give a session as :meth:`write` does, ``None`` while another thread writes.

        For notes that are not worth waiting for.
        """
        if not self._write_lock.acquire(blocking=False):
            yield None
            return
        try:
            with self.write() as session:
                yield session
        finally:
            self._write_lock.release()

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _make_engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        engine = create_engine(
            url,
            pool_size=10,
            max_overflow=10,
            hide_parameters=True,
            isolation_level="AUTOCOMMIT",
            skip_autocommit_rollback=True,
        )
        _check_rested_connections(engine)
        return engine
    engine = create_engine(
        url,
        connect_args={"check_same_thread": False, "timeout": 30},
        hide_parameters=True,  # an error's text goes nowhere with a patient's name
    )
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _with_transactions(engine: Engine) -> Engine:
    """Return the engine for transactions, of the same connections.

    Those rest ready for looking up, as setting them there and back would cost as much
    as the query; SQLite's always are, as we say BEGIN ourselves.
    """
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="READ COMMITTED")


def _check_rested_connections(engine: Engine) -> None:
    """Replace connections that died while they rested.

    As the pool's pre-ping does, which asks before each use and so costs a good part
    of what a page of the table may.
    """
    dialect = engine.dialect

    def note_use(_connection: Any, record: Any) -> None:
        record.info["used_at"] = monotonic()

    def check_life(connection: Any, record: Any, _fairy: Any) -> None:
        used_at = record.info.get("used_at")
        if used_at is None or monotonic() - used_at < _TRUSTED_SECONDS:
            return
        try:
            dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error

    event.listen(engine, "checkin", note_use)
    event.listen(engine, "checkout", check_life)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "case_sensitive_like=ON",
        "cache_size=-65536",
        "mmap_size=268435456",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
