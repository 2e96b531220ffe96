"""Calls about subjects, studies, tags, documents, events and registering."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nora_core.client.calls import Calls, project_path
from nora_core.client.connection import Call, part
from nora_core.wire.archive import (
    CaseCount,
    CasePage,
    CaseQuery,
    CaseRow,
    EventRow,
    FileRow,
    NewStudy,
    RegisterReport,
    RegisterRequest,
    SelectManyQuery,
    SelectQuery,
    StudyChange,
    StudyInfo,
    StudyJson,
    SubjectChange,
    TagChange,
    TagResult,
)


class ArchiveCalls(Calls):
    """Pages of cases, studies, tags, documents, history."""

    def page(self, project: str, query: CaseQuery) -> CasePage:
        """Return one page of the table."""
        path = project_path(project, "/cases/page")
        return self._connection.ask(
            Call("POST", path, body=query, repeatable=True), CasePage
        )

    def count(self, project: str, query: CaseQuery) -> CaseCount:
        """Return how many rows the filter lets through."""
        path = project_path(project, "/cases/count")
        return self._connection.ask(
            Call("POST", path, body=query, repeatable=True), CaseCount
        )

    def walk(
        self,
        project: str,
        query: CaseQuery,
        *,
        first: int = 0,
        last: int | None = None,
        page_rows: int = 1000,
    ) -> Iterator[list[CaseRow]]:
        """Give the rows from ``first`` to ``last`` (or all) of a table, by pages."""
        cursor: str | None = None
        left = 2**31 if last is None else last - first + 1
        while left > 0:
            place = {"after": cursor, "offset": 0 if cursor else first}
            limit = {"limit": min(page_rows, left)}
            page = self.page(project, query.model_copy(update=place | limit))
            yield page.rows
            left -= len(page.rows)
            cursor = page.next
            if cursor is None:
                return

    def select(self, project: str, query: SelectQuery) -> list[FileRow]:
        """Return the files that a FILE pattern picks."""
        path = project_path(project, "/files/select")
        return self._connection.ask(
            Call("POST", path, body=query, repeatable=True), list[FileRow]
        )

    def select_many(self, project: str, query: SelectManyQuery) -> list[list[FileRow]]:
        """Return the files that each pattern of autoloaders picks, in one request."""
        path = project_path(project, "/files/select-many")
        return self._connection.ask(
            Call("POST", path, body=query, repeatable=True), list[list[FileRow]]
        )

    def create_study(self, project: str, study: NewStudy) -> StudyInfo:
        """Make a study, and its subject where that is new."""
        path = project_path(project, "/studies")
        return self._connection.ask(Call("POST", path, body=study), StudyInfo)

    def study(self, project: str, study_id: int) -> StudyInfo:
        """Return one study with its subject."""
        path = project_path(project, f"/studies/{study_id}")
        return self._connection.ask(Call("GET", path, repeatable=True), StudyInfo)

    def studies(self, project: str, subject_id: int) -> list[StudyInfo]:
        """Return the studies of one subject."""
        path = project_path(project, f"/subjects/{subject_id}/studies")
        return self._connection.ask(Call("GET", path, repeatable=True), list[StudyInfo])

    def change_study(
        self, project: str, study_id: int, change: StudyChange
    ) -> StudyInfo:
        """Change a study's identifier, date, description or modality."""
        path = project_path(project, f"/studies/{study_id}")
        return self._connection.ask(Call("PATCH", path, body=change), StudyInfo)

    def change_subject(
        self, project: str, subject_id: int, change: SubjectChange
    ) -> list[StudyInfo]:
        """Change a subject's identifier or name; return its studies."""
        path = project_path(project, f"/subjects/{subject_id}")
        return self._connection.ask(Call("PATCH", path, body=change), list[StudyInfo])

    def delete_studies(self, project: str, study_ids: Sequence[int]) -> EventRow:
        """Move studies to the trash."""
        return self._move(project, "/studies/delete", study_ids)

    def restore_studies(self, project: str, study_ids: Sequence[int]) -> EventRow:
        """Take studies out of the trash."""
        return self._move(project, "/studies/restore", study_ids)

    def delete_subjects(self, project: str, subject_ids: Sequence[int]) -> EventRow:
        """Move subjects with their studies to the trash."""
        return self._move(project, "/subjects/delete", subject_ids)

    def restore_subjects(self, project: str, subject_ids: Sequence[int]) -> EventRow:
        """Take subjects, with the studies deleted together, out of the trash."""
        return self._move(project, "/subjects/restore", subject_ids)

    def tags(self, project: str) -> list[str]:
        """Return all tags in use in a project."""
        path = project_path(project, "/tags")
        return self._connection.ask(Call("GET", path, repeatable=True), list[str])

    def change_tags(self, project: str, change: TagChange) -> TagResult:
        """Add and remove tags of many items in one step."""
        path = project_path(project, "/tags")
        return self._connection.ask(Call("POST", path, body=change), TagResult)

    def document(self, project: str, study_id: int, name: str) -> StudyJson:
        """Return a JSON document of a study, such as ``nodeinfo``."""
        path = project_path(project, f"/studies/{study_id}/documents/{part(name)}")
        return self._connection.ask(Call("GET", path, repeatable=True), StudyJson)

    def documents(self, project: str, study_id: int) -> list[str]:
        """Return the names of a study's JSON documents."""
        path = project_path(project, f"/studies/{study_id}/documents")
        return self._connection.ask(Call("GET", path, repeatable=True), list[str])

    def save_document(
        self, project: str, study_id: int, document: StudyJson
    ) -> StudyJson:
        """Write a JSON document of a study in the place of the one before."""
        name = part(document.name)
        path = project_path(project, f"/studies/{study_id}/documents/{name}")
        return self._connection.ask(
            Call("PUT", path, body=document.content, repeatable=True), StudyJson
        )

    def register(self, project: str, request: RegisterRequest) -> RegisterReport:
        """Take in files that lie on the server's disk, where they lie."""
        path = project_path(project, "/register")
        return self._connection.ask(Call("POST", path, body=request), RegisterReport)

    def events(
        self, project: str, *, before: int | None = None, limit: int = 100
    ) -> list[EventRow]:
        """Return what happened in a project, newest first, before event ``before``."""
        query = {"limit": limit, "before": before}
        call = Call(
            "GET", project_path(project, "/events"), query=query, repeatable=True
        )
        return self._connection.ask(call, list[EventRow])

    def undo(self, project: str, event_id: int) -> EventRow:
        """Take an event back; return the event that did so."""
        path = project_path(project, f"/events/{event_id}/undo")
        return self._connection.ask(Call("POST", path), EventRow)

    def _move(self, project: str, path: str, ids: Sequence[int]) -> EventRow:
        call = Call("POST", project_path(project, path), body={"ids": list(ids)})
        return self._connection.ask(call, EventRow)
