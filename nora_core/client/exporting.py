"""Writes a filtered and sorted table into a CSV file, page by page."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from nora_core.client.watch import Watch
from nora_core.errors import NotFound
from nora_core.wire.archive import (
    CaseQuery,
    CaseRow,
    FileRow,
    SelectQuery,
)
from nora_core.wire.case import Level
from nora_core.wire.csv_table import Cell, CsvDialect, csv_line

if TYPE_CHECKING:
    from nora_core.client.client import Client

PAGE_ROWS = 500
MAX_FILES = 20_000
"""Files of several studies that are asked for at once."""

_CASE = ("patients_id", "name", "studies_id", "date", "description", "modality")
_TAGS = ("subject_tags", "study_tags")
_JOBS = ("jobs_queued", "jobs_running", "jobs_failed")
_FILE = (
    "file",
    "file_tags",
    "size_mb",
    "size_bytes",
    "sha256",
    "created_at",
    "created_by",
    "in_place",
)
COLUMNS_OF_STUDIES = (*_CASE, *_TAGS, "files", *_JOBS, "subject_number", "study_number")
COLUMNS_OF_SUBJECTS = (
    *("patients_id", "name", "latest_date", "studies", *_TAGS, "files"),
    *(*_JOBS, "subject_number"),
)
COLUMNS_OF_FILES = (
    *(*_CASE, *_TAGS, *_FILE),
    *("subject_number", "study_number", "file_number"),
)


class CsvKind(StrEnum):
    """What a line of the file is."""

    FULL = "full"
    """A row of the table, with all that there is to say about it."""
    LONG = "long"
    """A file of a study that passes the filter; studies without files have no line."""


@dataclass(frozen=True)
class CsvWish:
    """Which table to write, and how."""

    project: str
    query: CaseQuery
    kind: CsvKind = CsvKind.FULL
    dialect: CsvDialect = CsvDialect.ENGLISH

    @property
    def rows(self) -> CaseQuery:
        """The rows to walk through: files need their studies' rows."""
        if self.kind is CsvKind.FULL:
            return self.query
        return self.query.model_copy(update={"level": Level.STUDY})

    @property
    def columns(self) -> tuple[str, ...]:
        """The names in the first line."""
        if self.kind is CsvKind.LONG:
            return COLUMNS_OF_FILES
        is_study = self.query.level is Level.STUDY
        return COLUMNS_OF_STUDIES if is_study else COLUMNS_OF_SUBJECTS


def export_table(
    client: Client, wish: CsvWish, path: Path, watch: Watch | None = None
) -> int:
    """Write all rows that pass the filter, in their order; return how many lines.

    Only a page is in memory at any time. The file appears under its name when it is
    complete and only its owner can read it, since it may name patients; one of this
    name is replaced.

    Raises
    ------
    Cancelled
        ``watch`` said so; nothing is left behind.
    """
    watch = watch or Watch()
    handle, name = tempfile.mkstemp(".part", f".{path.name[:60]}-", path.parent)
    try:
        dialect = wish.dialect
        with os.fdopen(handle, "w", encoding=dialect.encoding, newline="") as stream:
            stream.write(csv_line(wish.columns, dialect))
            count = 0
            for lines in _blocks(client, wish, watch):
                stream.writelines(csv_line(line, dialect) for line in lines)
                count += len(lines)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return count


def _blocks(client: Client, wish: CsvWish, watch: Watch) -> Iterator[list[list[Cell]]]:
    """Give the lines of the file a few at a time."""
    total = client.count(wish.project, wish.rows).matching
    done = 0
    for rows in client.walk(wish.project, wish.rows, page_rows=PAGE_ROWS):
        if wish.kind is CsvKind.FULL:
            watch.check()
            yield [_line_of_row(row) for row in rows]
        else:
            yield from _blocks_of_files(client, wish.project, rows, watch)
        done += len(rows)
        watch.report(done, max(total, done))


def _line_of_row(row: CaseRow) -> list[Cell]:
    jobs: list[Cell] = [row.jobs.queued, row.jobs.running, row.jobs.failed]
    tags: list[Cell] = [row.subject_tags, row.study_tags]
    if row.study_id is None:
        case: list[Cell] = [row.patients_id, row.name, row.date, row.study_count]
        return [*case, *tags, row.file_count, *jobs, row.subject_id]
    numbers: list[Cell] = [row.subject_id, row.study_id]
    return [*_case(row), *tags, row.file_count, *jobs, *numbers]


def _blocks_of_files(
    client: Client, project: str, rows: Sequence[CaseRow], watch: Watch
) -> Iterator[list[list[Cell]]]:
    for some, files in _files_of(client, project, rows, watch):
        by_study: dict[int, list[FileRow]] = {}
        for file in files:
            by_study.setdefault(file.study_id, []).append(file)
        yield [
            _line_of_file(row, file)
            for row in some
            for file in by_study.get(row.study_id or 0, [])
        ]


def _files_of(
    client: Client, project: str, studies: Sequence[CaseRow], watch: Watch
) -> Iterator[tuple[Sequence[CaseRow], list[FileRow]]]:
    """Give the files of some studies after the others, so that few are in memory."""
    watch.check()
    if len(studies) == 1:
        yield studies, _files_of_one(client, project, studies[0])
        return
    if sum(study.file_count for study in studies) < MAX_FILES:
        ids = [study.study_id or 0 for study in studies]
        query = SelectQuery(pattern="*", study_ids=ids, limit=MAX_FILES)
        files = client.select(project, query)
        if len(files) < MAX_FILES:
            yield studies, files
            return
    half = len(studies) // 2
    yield from _files_of(client, project, studies[:half], watch)
    yield from _files_of(client, project, studies[half:], watch)


def _files_of_one(client: Client, project: str, study: CaseRow) -> list[FileRow]:
    try:
        return client.files(project, study.study_id or 0)
    except NotFound:  # went into the trash meanwhile
        return []


def _line_of_file(row: CaseRow, file: FileRow) -> list[Cell]:
    described: list[Cell] = [
        *(file.relative_name, file.tags, file.size_bytes / 1e6, file.size_bytes),
        *(file.sha256, file.created_at, file.created_by, file.is_in_place),
    ]
    tags: list[Cell] = [row.subject_tags, row.study_tags]
    return [*_case(row), *tags, *described, row.subject_id, row.study_id, file.id]


def _case(row: CaseRow) -> list[Cell]:
    return [
        *(row.patients_id, row.name, row.studies_id),
        *(row.date, row.description, row.modality),
    ]
