"""Opens the database: SQLite in WAL mode or PostgreSQL, alike to all callers."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Any

from sqlalchemy import Engine, event, text
from sqlmodel import Session, create_engine

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
        self.engine = _make_engine(url)
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
        return create_engine(
            url, pool_pre_ping=True, pool_size=10, max_overflow=10, hide_parameters=True
        )
    engine = create_engine(
        url,
        connect_args={"check_same_thread": False, "timeout": 30},
        hide_parameters=True,  # an error's text goes nowhere with a patient's name
    )
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


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
