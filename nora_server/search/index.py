"""The search index in the server's memory: built in the background, always up to date.

It follows ``archive_change``: before every use it takes in what was committed since,
by this server process or another, so an answer is never older than its question.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, Thread

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col

from nora_server.database.archive import ArchiveChange
from nora_server.database.engine import Database
from nora_server.search.archive_data import ArchiveData
from nora_server.search.load import load_all, load_changed

_LOG = logging.getLogger(__name__)

_MAX_TAKEN_IN_AT_ONCE = 2000
"""Changed rows that a request takes in itself; more are left to the background."""
_PATIENCE_SECONDS = 0.2
"""How long the first request waits for the index, which small archives build in."""

_FIRST_AND_LAST = select(
    select(func.min(col(ArchiveChange.id))).scalar_subquery(),
    select(func.max(col(ArchiveChange.id))).scalar_subquery(),
)


class SearchIndex:
    """Gives requests the archive as bitmaps once it is read."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = Lock()
        self._data: ArchiveData | None = None
        self._builder: Thread | None = None

    @property
    def is_ready(self) -> bool:
        """False while the archive is being read."""
        return self._data is not None

    def start(self) -> None:
        """Begin to read the archive in the background."""
        with self._lock:
            self._start_builder()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until the archive is read; return whether it is."""
        self.start()
        builder = self._builder
        if builder is not None:
            builder.join(seconds)
        return self.is_ready

    def close(self) -> None:
        """Wait for the background to end."""
        builder = self._builder
        if builder is not None:
            builder.join()

    @contextmanager
    def use(self, session: Session) -> Iterator[ArchiveData | None]:
        """Give the archive as it is now, or ``None`` while it is being read.

        The data may be used inside the block only.
        """
        if not self.is_ready:
            self.wait(_PATIENCE_SECONDS)
        with self._lock:
            if self._data is not None and not self._catch_up(session, self._data):
                self._start_builder()
            yield self._data

    def _catch_up(self, session: Session, data: ArchiveData) -> bool:
        """Take in what has changed; return False where that would take too long."""
        first, last = session.connection().execute(_FIRST_AND_LAST).one()
        if (last or 0) == data.last_change:
            return True
        if last is None or last < data.last_change or first > data.last_change + 1:
            self._data = None  # another database behind the same address, or pruned
            return False
        changed = session.execute(
            select(col(ArchiveChange.study_id), col(ArchiveChange.subject_id))
            .where(col(ArchiveChange.id) > data.last_change)
            .where(col(ArchiveChange.id) <= last)
            .distinct()
            .limit(_MAX_TAKEN_IN_AT_ONCE + 1)
        ).all()
        if len(changed) > _MAX_TAKEN_IN_AT_ONCE or (None, None) in changed:
            self._data = None
            return False
        load_changed(
            session,
            data,
            {study for study, _ in changed if study is not None},
            {subject for _, subject in changed if subject is not None},
        )
        data.last_change = last
        return True

    def _start_builder(self) -> None:
        if self._data is None and (
            self._builder is None or not self._builder.is_alive()
        ):
            self._builder = Thread(target=self._build, name="search-index", daemon=True)
            self._builder.start()

    def _build(self) -> None:
        try:
            with self._database.read() as session:
                data = load_all(session)
        except SQLAlchemyError:
            _LOG.exception("the search index could not be built; searching in SQL")
            return
        with self._lock:
            self._data = data
