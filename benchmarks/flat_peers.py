"""The two obvious plans over one flat table of files, EXISTS and IN, with LIKE."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

from sqlalchemy import ColumnElement, column, exists, or_, select, table, text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col

from nora_core.patterns import FileWord, Glob, Wildcard, Word
from nora_core.wire.archive import CaseFilter, CaseQuery
from nora_core.wire.project import Action
from nora_server.database.accounts import Project
from nora_server.database.archive import Study
from nora_server.database.engine import Database
from nora_server.rights.actor import Actor
from nora_server.rights.query import allowed
from nora_server.search.bars import join_bars, parse_bars
from nora_server.search.conditions import Conditions, join_conditions, like

LIMIT_SECONDS = 5
"""A query of a peer that takes longer is cut off; its time is a lower bound."""
_ENOUGH_MS = 2000
_STEPS_BETWEEN_LOOKS = 100_000
FLAT = table("flat_file", column("study_id"), column("path"))

Plan = Callable[[ColumnElement[bool]], ColumnElement[bool]]
"""Makes a condition on studies of one on rows of the flat table."""
Clock = Callable[[], float]
"""Seconds of CPU time that all processes which work for an answer have used."""


@dataclass(frozen=True)
class PeerTime:
    """How long a peer took to find a page."""

    ms: float
    is_cut_off: bool = False
    """True where it had not ended by then."""

    def __str__(self) -> str:
        return f"{'> ' if self.is_cut_off else ''}{self.ms:.1f}"


def time_better_peer(
    database: Database,
    actor: Actor,
    query: CaseQuery,
    ids: list[int | None],
    clock: Clock,
) -> PeerTime:
    """Return the time of the better plan; both must find the page ``ids``."""
    times = [_time_plan(database, actor, query, p, ids, clock) for p in (_exists, _in)]
    return min(times, key=lambda peer: peer.ms)


def _time_plan(
    database: Database,
    actor: Actor,
    query: CaseQuery,
    plan: Plan,
    ids: list[int | None],
    clock: Clock,
) -> PeerTime:
    times: list[float] = []
    with database.read() as session, _limited(session):
        while len(times) < 5 and sum(times) < _ENOUGH_MS:
            begin = clock()
            try:
                found = _find(session, actor, query, plan)
            except OperationalError:
                return PeerTime((clock() - begin) * 1000, is_cut_off=True)
            times.append((clock() - begin) * 1000)
            if found != ids:
                raise AssertionError(f"the peer shows other rows for {query}")
    return PeerTime(median(times))


@contextmanager
def _limited(session: Session) -> Iterator[None]:
    """Cut off what runs too long; by the wall clock, as both databases can."""
    if session.connection().dialect.name == "postgresql":
        session.execute(text(f"SET LOCAL statement_timeout = '{LIMIT_SECONDS}s'"))
        yield
        return
    driver: Any = session.connection().connection.driver_connection
    last = time.monotonic()

    def is_too_long() -> bool:
        return time.monotonic() - last > LIMIT_SECONDS

    def begin_anew(_statement: str) -> None:
        nonlocal last
        last = time.monotonic()

    driver.set_trace_callback(begin_anew)
    driver.set_progress_handler(is_too_long, _STEPS_BETWEEN_LOOKS)
    try:
        yield
    finally:
        driver.set_trace_callback(None)
        driver.set_progress_handler(None, 0)


def _find(
    session: Session, actor: Actor, query: CaseQuery, plan: Plan
) -> list[int | None]:
    conditions = _FlatConditions(session, plan)
    statement = (
        select(col(Study.id))
        .join(Project, col(Project.id) == col(Study.project_id))
        .where(
            col(Study.project_id).in_(allowed(actor, Action.READ)),
            col(Project.name) == "big",
            col(Study.deleted_at).is_(None),
            *conditions.of_bars(query.filter),
        )
        .order_by(col(Study.project_id), col(Study.subject_name_folded), col(Study.id))
        .limit(query.limit)
    )
    return list(session.connection().execute(statement).scalars())


def _exists(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(FLAT.c.study_id == col(Study.id), condition)


def _in(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return col(Study.id).in_(select(FLAT.c.study_id).where(condition))


class _FlatConditions(Conditions):
    """Our conditions, but for files: those ask the flat table by ``plan``."""

    def __init__(self, session: Any, plan: Plan) -> None:
        super().__init__(session)
        self._plan = plan

    def of_bars(self, case_filter: CaseFilter) -> list[ColumnElement[bool]]:
        """Return one condition per bar."""
        return join_bars(
            parse_bars(case_filter),
            lambda column, word: self._text_of_study(column, word, Study),
            self._of_word,
            join_conditions,
        )

    def _of_word(self, word: Word) -> ColumnElement[bool]:
        if not isinstance(word, FileWord):
            return self._word_of_study(word, Study)
        if word.folder is not None:
            path = Glob.of([*word.folder.pieces, "/", *word.name.pieces])
            return self._plan(like(FLAT.c.path, path))
        below = Glob.of([Wildcard.ANY, "/", *word.name.pieces])
        if word.name.pieces[0] is Wildcard.ANY:
            return self._plan(like(FLAT.c.path, word.name))
        return self._plan(or_(like(FLAT.c.path, word.name), like(FLAT.c.path, below)))
