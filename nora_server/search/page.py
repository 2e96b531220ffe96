"""Finds one page of rows, or counts them, on bitmaps or else in SQL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select, tuple_
from sqlmodel import Session, col

from nora_core.wire.archive import CaseCount, CaseQuery, SortKey
from nora_core.wire.case import Level
from nora_server.database.archive import Study, Subject
from nora_server.search.archive_data import ArchiveData
from nora_server.search.bars import Bars, Column, parse_bars
from nora_server.search.conditions import Conditions
from nora_server.search.cursor import Cursor, decode_cursor
from nora_server.search.index import SearchIndex
from nora_server.search.tables import Part

MAX_COUNTED_IN_SQL = 10_000
"""Until the index is built, more rows than this are not counted to the end."""

_COLUMN_OF_SORT = {key: Column(key.value) for key in SortKey}


@dataclass(frozen=True, slots=True)
class FoundPage:
    """The ids of a page's rows in their order, and where the next page begins."""

    row_ids: list[int]
    next: str | None


def find_page(
    session: Session,
    index: SearchIndex,
    project_id: int,
    query: CaseQuery,
    last_change: int | None = None,
) -> FoundPage:
    """Find a page of a project's rows; the caller has checked the right to read.

    ``last_change`` is the archive's, if the caller has asked for it.
    """
    bars = parse_bars(query.filter)
    cursor = decode_cursor(query)
    with index.use(session, last_change) as data:
        if data is not None:
            return _find_in_memory(data, project_id, query, bars, cursor)
    return _find_in_sql(session, project_id, query, bars, cursor)


def count_rows(
    session: Session,
    index: SearchIndex,
    project_id: int,
    query: CaseQuery,
    last_change: int | None = None,
) -> CaseCount:
    """Count the rows that pass the bars, and all rows of the project."""
    bars = parse_bars(query.filter)
    with index.use(session, last_change) as data:
        if data is not None:
            matching = len(data.find(project_id, query.level, bars))
            total = len(data.projects[project_id].at(query.level).all)
            return CaseCount(matching=matching, total=total)
    return _count_in_sql(session, project_id, query.level, bars)


def _find_in_memory(
    data: ArchiveData,
    project_id: int,
    query: CaseQuery,
    bars: Bars,
    cursor: Cursor | None,
) -> FoundPage:
    table = data.projects[project_id].at(query.level)
    name = _COLUMN_OF_SORT[query.sort]
    column = table.column(name)
    begin, end = 0, len(column)
    if cursor is not None and query.descending:
        end = column.position(cursor.text, cursor.row_id)
    elif cursor is not None:
        begin = column.position(cursor.text, cursor.row_id + 1)
    part = Part(begin, end, query.descending)
    found = data.find(project_id, query.level, bars)
    row_ids = column.walk(found, part, query.offset, query.limit + 1)
    return _page(query, row_ids, lambda row_id: table.text(name, row_id))


def _page(
    query: CaseQuery, row_ids: list[int], text_of: Callable[[int], str]
) -> FoundPage:
    """Make the page of rows of which one more than fits was looked for."""
    shown = row_ids[: query.limit]
    if len(row_ids) == len(shown):
        return FoundPage(shown, None)
    return FoundPage(shown, Cursor(text_of(shown[-1]), shown[-1]).encode(query))


def _find_in_sql(
    session: Session,
    project_id: int,
    query: CaseQuery,
    bars: Bars,
    cursor: Cursor | None,
) -> FoundPage:
    row_id, text = _row_id(query.level), _sort_text(query)
    statement = _matching(session, project_id, query.level, bars, row_id, text)
    if cursor is not None:
        here, there = tuple_(text, row_id), (cursor.text, cursor.row_id)
        statement = statement.where(here < there if query.descending else here > there)
    order = [text.desc(), row_id.desc()] if query.descending else [text, row_id]
    statement = statement.order_by(*order).offset(query.offset).limit(query.limit + 1)
    texts: dict[int, str] = dict(session.execute(statement).all())
    return _page(query, list(texts), texts.__getitem__)


def _count_in_sql(
    session: Session, project_id: int, level: Level, bars: Bars
) -> CaseCount:
    row_id = _row_id(level)
    some = _matching(session, project_id, level, bars, row_id).limit(MAX_COUNTED_IN_SQL)
    every = _matching(session, project_id, level, Bars(), func.count()).order_by(None)
    matching = session.scalar(select(func.count()).select_from(some.subquery())) or 0
    return CaseCount(
        matching=matching,
        total=session.scalar(every) or 0,
        exact=matching < MAX_COUNTED_IN_SQL,
    )


def _matching(
    session: Session, project_id: int, level: Level, bars: Bars, *columns: Any
) -> Select[Any]:
    conditions = Conditions(session)
    visible = col(Subject.deleted_at).is_(None)
    if level is Level.SUBJECT:
        return (
            select(*columns)
            .select_from(Subject)
            .where(col(Subject.project_id) == project_id, visible)
            .where(conditions.on_subject(bars))
        )
    return (
        select(*columns)
        .select_from(Study)
        .join(Subject, col(Subject.id) == col(Study.subject_id))
        .where(col(Study.project_id) == project_id, visible)
        .where(col(Study.deleted_at).is_(None), conditions.on_study(bars))
    )


def _row_id(level: Level) -> Any:
    return col(Study.id) if level is Level.STUDY else col(Subject.id)


def _sort_text(query: CaseQuery) -> Any:
    if query.level is Level.STUDY:
        return {
            SortKey.NAME: col(Study.subject_name_folded),
            SortKey.PATIENTS_ID: col(Study.subject_patients_id_folded),
            SortKey.STUDIES_ID: col(Study.studies_id_folded),
            SortKey.DATE: col(Study.date),
            SortKey.DESCRIPTION: col(Study.description_folded),
        }[query.sort]
    return {
        SortKey.NAME: col(Subject.name_folded),
        SortKey.PATIENTS_ID: col(Subject.patients_id_folded),
        SortKey.STUDIES_ID: _of_studies(func.min(col(Study.studies_id_folded))),
        SortKey.DATE: _of_studies(func.max(col(Study.date))),
        SortKey.DESCRIPTION: func.lower(""),  # not a bare literal: ORDER BY takes none
    }[query.sort]


def _of_studies(value: Any) -> Any:
    """Return a value of a subject's studies, ``""`` without any."""
    chosen = (
        select(value)
        .where(
            col(Study.subject_id) == col(Subject.id), col(Study.deleted_at).is_(None)
        )
        .correlate(Subject)
        .scalar_subquery()
    )
    return func.coalesce(chosen, "")
