"""The search index in the server's memory: built in the background, always up to date.

It follows ``archive_change``: before every use it takes in what was committed since,
by this server process or another, so an answer is never older than its question.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum, auto
from threading import Event, Lock, Thread
from time import monotonic

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col

from nora_core.errors import Cancelled
from nora_server.database.archive import ArchiveChange
from nora_server.database.changes import KEPT_CHANGES
from nora_server.database.engine import Database
from nora_server.search.archive_data import ArchiveData
from nora_server.search.load import load_all, load_changed

_LOG = logging.getLogger(__name__)

_MAX_TAKEN_IN_AT_ONCE = 2000
"""Changed rows that a request takes in itself; more are left to the background."""
_PATIENCE_SECONDS = 0.2
"""How long after its start requests wait for the index; enough for small archives."""

_FIRST_AND_LAST = select(
    select(func.min(col(ArchiveChange.id))).scalar_subquery(),
    select(func.max(col(ArchiveChange.id))).scalar_subquery(),
)


class _Followed(Enum):
    """How far the index has followed the archive."""

    UP_TO_DATE = auto()
    TOO_MUCH = auto()
    """More changed than a request can take in."""
    LOST = auto()
    """The changes are not known any more; the archive must be read again."""


class SearchIndex:
    """Gives requests the archive as bitmaps once it is read."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = Lock()
        self._data: ArchiveData | None = None
        self._behind: ArchiveData | None = None
        """Data that the background shall bring up to date."""
        self._builder: Thread | None = None
        self._builder_started = 0.0
        self._closing = Event()

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
        """Stop the background, and wait until it has stopped."""
        self._closing.set()
        builder = self._builder
        if builder is not None:
            builder.join()

    @contextmanager
    def use(
        self, session: Session, last_change: int | None = None
    ) -> Iterator[ArchiveData | None]:
        """Give the archive as it is now, or ``None`` while it is being read.

        The data may be used inside the block only. Who asked the database for the
        ``last_change`` of the archive already, for this request, spares a query.
        """
        if not self.is_ready:
            self.start()
            patience = self._builder_started + _PATIENCE_SECONDS - monotonic()
            self.wait(max(0.0, patience))
        with self._lock:
            if self._data is not None and self._data.last_change != last_change:
                self._follow(session, self._data)
            yield self._data

    def _follow(self, session: Session, data: ArchiveData) -> None:
        """Bring the data up to date, or let the background do it."""
        followed = _take_in_changes(session, data, _MAX_TAKEN_IN_AT_ONCE)
        if followed is not _Followed.UP_TO_DATE:
            self._behind = data if followed is _Followed.TOO_MUCH else None
            self._data = None
            self._start_builder()

    def _start_builder(self) -> None:
        is_building = self._builder is not None and self._builder.is_alive()
        if self._data is None and not is_building and not self._closing.is_set():
            self._builder = Thread(target=self._build, name="search-index", daemon=True)
            self._builder_started = monotonic()
            self._builder.start()

    def _build(self) -> None:
        data, self._behind = self._behind, None
        try:
            with self._database.read() as session:
                if data is None or not _catch_up(session, data):
                    data = load_all(session, self._closing.is_set)
        except Cancelled:
            return
        except SQLAlchemyError:
            _LOG.exception("the search index could not be built; searching in SQL")
            return
        with self._lock:
            self._data = data


def _catch_up(session: Session, data: ArchiveData) -> bool:
    """Take in any number of changes; return False where they are lost."""
    return _take_in_changes(session, data, KEPT_CHANGES) is _Followed.UP_TO_DATE


def _take_in_changes(session: Session, data: ArchiveData, limit: int) -> _Followed:
    """Read again what changed since, unless that is more than ``limit`` rows."""
    first, last = session.connection().execute(_FIRST_AND_LAST).one()
    if (last or 0) == data.last_change:
        return _Followed.UP_TO_DATE
    if last is None or last < data.last_change or first > data.last_change + 1:
        return _Followed.LOST
    changed = session.execute(
        select(col(ArchiveChange.study_id), col(ArchiveChange.subject_id))
        .where(col(ArchiveChange.id) > data.last_change)
        .where(col(ArchiveChange.id) <= last)
        .distinct()
        .limit(limit + 1)
    ).all()
    if (None, None) in changed:
        return _Followed.LOST
    if len(changed) > limit:
        return _Followed.TOO_MUCH
    load_changed(
        session,
        data,
        {study for study, _ in changed if study is not None},
        {subject for _, subject in changed if subject is not None},
    )
    data.last_change = last
    return _Followed.UP_TO_DATE
