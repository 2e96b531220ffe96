"""The tables of studies and subjects, and the search for files."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, func, select
from sqlmodel import Session, col

from nora_core.errors import BadInput
from nora_core.patterns import Mode, parse_pattern
from nora_core.wire.archive import (
    CaseCount,
    CasePage,
    CaseQuery,
    FileRow,
    SelectManyQuery,
    SelectQuery,
)
from nora_core.wire.project import Action
from nora_server.database.accounts import Project
from nora_server.database.archive import (
    ArchiveChange,
    File,
    RelativeName,
    Study,
    Subject,
)
from nora_server.database.prepared import PreparedQuery
from nora_server.parts import Parts
from nora_server.rights.actor import Actor
from nora_server.rights.query import allowed, missing_project
from nora_server.search.conditions import Condition, Conditions
from nora_server.search.page import count_rows, find_page
from nora_server.search.rows import read_rows
from nora_server.services.file_rows import rows_of_files
from nora_server.services.namesakes import not_of_namesakes

_STUDIES_PER_QUERY = 500
_MAX_FILES_OF_PATTERNS = 100_000
_MAX_ROW_ID = 2**31 - 1


def page_cases(
    actor: Actor, parts: Parts, project_name: str, query: CaseQuery
) -> CasePage:
    """Return one page of a project's table in the order asked for."""
    with parts.database.look_up() as session:
        project = readable_project(actor, session, project_name)
        found = find_page(session, parts.search, project.id, query, project.last_change)
        rows = read_rows(session, query.level, found.row_ids, project.id)
        return CasePage(rows=rows, next=found.next)


def count_cases(
    actor: Actor, parts: Parts, project_name: str, query: CaseQuery
) -> CaseCount:
    """Return how many rows a filter lets through, and how many there are."""
    with parts.database.look_up() as session:
        project = readable_project(actor, session, project_name)
        return count_rows(session, parts.search, project.id, query, project.last_change)


def select_files(
    actor: Actor, parts: Parts, project_name: str, query: SelectQuery
) -> list[FileRow]:
    """Return the files that a FILE pattern picks, by study and then by name."""
    with parts.database.read() as session:
        project = readable_project(actor, session, project_name)
        file_ids = find_files(
            session, project.id, query.pattern, query.study_ids, query.limit
        )
        return rows_of_files(session, file_ids)


def select_many(
    actor: Actor, parts: Parts, project_name: str, query: SelectManyQuery
) -> list[list[FileRow]]:
    """Return the files of each pattern of autoloaders, by study and then by name.

    Raises
    ------
    BadInput
        If they pick too many files together.
    """
    with parts.database.read() as session:
        project = readable_project(actor, session, project_name)
        only = not_of_namesakes(session, project.id, query.subject_id, query.study_id)
        found: list[list[int]] = []
        for text in query.patterns:
            found.append(
                find_files(
                    *(session, project.id, text),
                    limit=query.limit,
                    mode=Mode.AUTOLOADER,
                    only=only,
                )
            )
            if sum(map(len, found)) > _MAX_FILES_OF_PATTERNS:
                raise BadInput(
                    f"the patterns pick more than {_MAX_FILES_OF_PATTERNS} files "
                    "together; bind each to a case, or ask for fewer at once"
                )
        every = list(dict.fromkeys(file_id for ids in found for file_id in ids))
        rows = {row.id: row for row in rows_of_files(session, every)}
        return [[rows[file_id] for file_id in ids] for ids in found]


def find_files(
    session: Session,
    project_id: int,
    pattern: str,
    study_ids: Sequence[int] | None = None,
    limit: int = 10_000,
    mode: Mode = Mode.EXACT,
    only: Sequence[Condition] = (),
) -> list[int]:
    """Return the ids of the files that a FILE pattern picks in visible studies.

    Ordered by study, then by name without case; the caller has checked the right.

    Raises
    ------
    PatternError
        If the pattern cannot be read.
    """
    tree = parse_pattern(pattern, mode)
    query = (
        select(col(File.id))
        .join(RelativeName, col(RelativeName.id) == col(File.relative_name_id))
        .join(Study, col(Study.id) == col(File.study_id))
        .join(Subject, col(Subject.id) == col(Study.subject_id))
        .where(
            col(Study.project_id) == project_id,
            col(File.deleted_at).is_(None),
            col(Study.deleted_at).is_(None),
            col(Subject.deleted_at).is_(None),
            Conditions(session).on_file(tree),
            *only,
        )
        .order_by(
            col(Study.id),
            col(RelativeName.folder_folded),
            col(RelativeName.file_folded),
            col(File.id),
        )
    )
    found: list[int] = []
    for part in _parts_of(query, study_ids):
        found.extend(session.scalars(part.limit(limit - len(found))))
        if len(found) >= limit:
            break
    return found


def _parts_of(
    query: Select[Any], study_ids: Sequence[int] | None
) -> Iterator[Select[Any]]:
    """Ask for a few studies at a time, as databases limit a query's length."""
    if study_ids is None:
        yield query
        return
    ordered = sorted({study for study in study_ids if 0 < study <= _MAX_ROW_ID})
    for begin in range(0, len(ordered), _STUDIES_PER_QUERY):
        some = ordered[begin : begin + _STUDIES_PER_QUERY]
        yield query.where(col(Study.id).in_(some))


class ReadableProject(NamedTuple):
    """A project, and how far the archive had come when its right was checked."""

    id: int
    last_change: int


def readable_project(actor: Actor, session: Session, name: str) -> ReadableProject:
    """Find a project that the actor may read.

    Raises
    ------
    NotFound
        If there is none, or no right: in the same words.
    """
    if "\0" in name:
        raise missing_project(name)
    found = _readable(actor).first(session, name=name)
    if found is None:
        raise missing_project(name)
    project_id, last_change = found
    return ReadableProject(project_id, last_change or 0)


@lru_cache(maxsize=256)
def _readable(actor: Actor) -> PreparedQuery:
    """Return the question of :func:`readable_project`; rights are asked each time."""
    last_change = select(func.max(col(ArchiveChange.id))).scalar_subquery()
    named = col(Project.name) == bindparam("name")
    query = allowed(actor, Action.READ).add_columns(last_change).where(named)
    return PreparedQuery(query)
