"""A client without a server: the outermost edge of the window, faked with a spec."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from fnmatch import fnmatch
from functools import partial
from typing import Any
from unittest.mock import create_autospec

from nora_core.client import Client
from nora_core.client.archive import ArchiveCalls
from nora_core.wire.archive import (
    CaseCount,
    CasePage,
    CaseQuery,
    CaseRow,
    EventRow,
    FileRow,
    JobMarks,
    SortKey,
    StudyInfo,
    TagChange,
    TagLevel,
    TagResult,
)
from nora_core.wire.case import Level
from nora_core.wire.project import Action, ProjectInfo

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
PROJECT = ProjectInfo(name="demo", title="Demo", actions=list(Action))


def case_row(number: int, level: Level = Level.STUDY, **changes: Any) -> CaseRow:
    """Return a row as the server would send it."""
    is_study = level is Level.STUDY
    row = CaseRow(
        subject_id=number,
        study_id=number if is_study else None,
        patients_id=f"P{number:06}",
        studies_id="S1" if is_study else None,
        name=f"Doe {number}",
        date=date(2024, 1 + number % 12, 1) if is_study else None,
        description="brain",
        modality="MR",
        subject_tags=["control"] if number % 3 == 0 else [],
        study_tags=["checked"] if number % 5 == 0 else [],
        file_count=3,
        jobs=JobMarks(failed=number % 7 == 0),
    )
    return row.model_copy(update=changes)


def file_row(number: int, name: str, **changes: Any) -> FileRow:
    """Return a file as the server would send it."""
    row = FileRow(
        id=number,
        study_id=1,
        relative_name=name,
        size_bytes=1_250_000,
        sha256="0" * 64,
        tags=[],
        created_at=NOW,
        created_by="anna",
        is_in_place=False,
    )
    return row.model_copy(update=changes)


def event_row(number: int = 1) -> EventRow:
    """Return an event as the server would send it."""
    return EventRow(
        id=number, at=NOW, user="anna", action="delete", subject="file 1", details={}
    )


class FakeArchive:
    """Rows in memory; ``client`` answers from them and remembers the calls."""

    def __init__(self, rows: int = 250) -> None:
        self.rows = [case_row(number) for number in range(1, rows + 1)]
        self.files = [
            file_row(1, "t1/s003.nii.gz"),
            file_row(2, "masks/lesion.nii.gz", tags=["mask"]),
        ]
        self.gate: Callable[[CaseQuery], None] = lambda query: None
        self.client: Any = create_autospec(Client, instance=True)
        self.client.projects.return_value = [PROJECT]
        self.client.page.side_effect = self._page
        self.client.walk.side_effect = partial(ArchiveCalls.walk, self.client)
        self.client.count.side_effect = self._count
        self.client.files.side_effect = lambda project, study_id: self.files
        self.client.studies.side_effect = self._studies
        self.client.tags.return_value = ["control", "checked"]
        self.client.change_tags.side_effect = self._change_tags
        self.client.delete_files.return_value = event_row()
        self.client.delete_studies.return_value = event_row()
        self.threads: set[int] = set()

    def _matching(self, query: CaseQuery) -> list[CaseRow]:
        name = query.filter.name
        rows = [row for row in self.rows if fnmatch(row.name, f"{name}*")]
        if query.sort is not SortKey.NAME or query.descending:  # made in this order
            rows.sort(key=lambda row: (str(getattr(row, query.sort)), row.subject_id))
            rows = rows[::-1] if query.descending else rows
        if query.level is Level.STUDY:
            return rows
        nothing = {"study_id": None, "studies_id": None}
        return [row.model_copy(update=nothing) for row in rows]

    def _page(self, project: str, query: CaseQuery) -> CasePage:
        self.threads.add(threading.get_ident())
        self.gate(query)
        start = int(query.after) if query.after else query.offset
        rows = self._matching(query)
        end = start + query.limit
        return CasePage(
            rows=rows[start:end], next=str(end) if end < len(rows) else None
        )

    def _count(self, project: str, query: CaseQuery) -> CaseCount:
        return CaseCount(matching=len(self._matching(query)), total=len(self.rows))

    def _studies(self, project: str, subject_id: int) -> list[StudyInfo]:
        return [
            StudyInfo(
                study_id=1,
                subject_id=subject_id,
                patients_id="P1",
                studies_id="S1",
                name="Doe",
                date=date(2024, 1, 1),
                description="brain",
                modality="MR",
            )
        ]

    def _change_tags(self, project: str, change: TagChange) -> TagResult:
        if change.level is TagLevel.STUDY:
            self._tag_studies(change)
        back = change.model_copy(update={"add": change.remove, "remove": change.add})
        return TagResult(changed=len(change.ids), undo=[back])

    def _tag_studies(self, change: TagChange) -> None:
        ids = set(change.ids)
        for number, row in enumerate(self.rows):
            if row.study_id in ids:
                tags = sorted({*row.study_tags, *change.add} - {*change.remove})
                self.rows[number] = row.model_copy(update={"study_tags": tags})
