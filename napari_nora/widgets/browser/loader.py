"""Fetches what the table shows, in threads, and drops what came too late."""

from __future__ import annotations

from psygnal import Signal

from napari_nora.opening.series import Series, group_files
from napari_nora.session import Session
from napari_nora.tasks import Task, TaskError
from napari_nora.widgets.browser.chosen import id_of
from napari_nora.widgets.browser.pages import PageRequest
from napari_nora.widgets.browser.rows import Node, NodeKind
from napari_nora.widgets.browser.state import BrowserState, TableRows
from napari_nora.widgets.browser.table_model import TableModel
from nora_core.wire.archive import (
    CaseCount,
    CaseFilter,
    CasePage,
    CaseRow,
    FileRow,
    StudyInfo,
)
from nora_core.wire.case import Level

COUNT_AGAIN_S = 1.0


class TableLoader:
    """Fills the model of the table for the present project and query."""

    counted = Signal()
    started = Signal()
    """A new query's first rows are in the table."""
    failed = Signal(object)
    page_came = Signal()
    """Further rows of the query are in the table, or the present ones anew."""

    def __init__(
        self, session: Session, state: BrowserState, model: TableModel
    ) -> None:
        self.session = session
        self.state = state
        self.model = model
        self._page_tasks: dict[int, Task] = {}
        self._visible = (0, 0)
        state.query_changed.connect(self.restart)

    @property
    def count(self) -> CaseCount | None:
        """How many rows pass the filter, once that is known."""
        return self.model.rows.pages.count

    def restart(self) -> None:
        """Ask for the first rows of the present query; the old ones stay till then."""
        for task in self._page_tasks.values():
            task.cancel()
        self._page_tasks.clear()
        if self.session.project is None:
            self.model.clear()
            self.counted.emit()
            return
        rows = TableRows(self.state.query)
        client, project = self.session.client, self.session.project.name
        request = rows.pages.request(0, 0)[0]
        self.session.tasks.run(
            lambda _: client.page(project, request.query),
            lambda answer: self._on_first_page(rows, answer),
            self.failed.emit,
            lane="browser table",
        )
        self._count(rows)

    def show(self, first: int, last: int) -> None:
        """Fetch the pages of the visible rows; drop requests for rows far away."""
        if not self.model.rows.is_started:
            return
        rows = self.model.rows
        self._visible = (rows.place(first).case, rows.place(last).case)
        requests = rows.pages.request(*self._visible)
        if requests:
            self._drop_other_pages({request.page for request in requests})
        for request in requests:
            self._fetch(rows, request)

    def bring(self, first: int, last: int) -> None:
        """Fetch cases that the table does not show; nothing where they are here."""
        rows = self.model.rows
        for request in rows.pages.request(first, last) if rows.is_started else []:
            self._fetch(rows, request)

    def look_again(self) -> None:
        """Fetch the visible rows once more for their marks; what fails is left."""
        rows = self.model.rows
        if rows.is_started and self.session.project is not None:
            for request in rows.pages.again(*self._visible):
                self._fetch_again(rows, request)

    @property
    def visible_cases(self) -> list[CaseRow]:
        """The visible rows that are here."""
        return self.model.rows.pages.loaded(*self._visible)

    def refresh(self, study_ids: set[int] | None = None) -> None:
        """Fetch again what is visible, and the files of open studies."""
        rows = self.model.rows
        if not rows.is_started:
            return
        for request in rows.pages.renew(*self._visible):
            self._fetch(rows, request)
        self._count(rows)
        for case in list(range(len(rows.pages)) if rows.open.extra else []):
            if not rows.open.is_open(case):
                continue
            row = rows.pages.row(case)
            if row and (study_ids is None or row.study_id in study_ids):
                self._fetch_files_of_case(case)
            self._refresh_nodes(case, study_ids)

    def toggle(self, row: int) -> None:
        """Open or close what stands in a visible row."""
        rows = self.model.rows
        place = rows.place(row)
        if place.node is None:
            if rows.open.is_open(place.case):
                self.model.set_below(place.case, None)
            elif rows.pages.row(place.case) is not None:
                self.model.set_below(place.case, [_note("loading …")])
                self._fetch_files_of_case(place.case)
        elif isinstance(place.node.item, StudyInfo):
            self._toggle_study(place.case, place.node)

    def _count(self, rows: TableRows, pause_s: float = 0.0) -> None:
        """Ask how many rows there are, and again while the answer is preliminary."""
        if self.session.project is None:
            return
        client, project = self.session.client, self.session.project.name
        query = rows.pages.query

        def work(task: Task) -> CaseCount:
            if pause_s:
                task.wait(pause_s)
            return client.count(project, query)

        def done(count: CaseCount) -> None:
            self._on_count(rows, count)
            if not count.exact:
                self._count(rows, COUNT_AGAIN_S)

        self.session.tasks.run(work, done, self.failed.emit, lane="browser count")

    def _toggle_study(self, case: int, node: Node) -> None:
        if node.is_open:
            self.model.set_children(case, node, None)
            return
        self.model.set_children(case, node, [_note("loading …", 2)])
        self._fetch_files_of_node(case, node)

    def _refresh_nodes(self, case: int, study_ids: set[int] | None) -> None:
        for node in self.model.rows.open.nodes(case):
            study = node.item
            if not isinstance(study, StudyInfo) or not node.is_open:
                continue
            if study_ids is None or study.study_id in study_ids:
                self._fetch_files_of_node(case, node)

    def _fetch_files_of_case(self, case: int) -> None:
        rows, client = self.model.rows, self.session.client
        row = rows.pages.row(case)
        if row is None or self.session.project is None:
            return
        project, subject_id, study_id = (
            self.session.project.name,
            row.subject_id,
            row.study_id,
        )

        def work(_: Task) -> list[Node]:
            if study_id is None:
                studies = client.studies(project, subject_id)
                return [Node(NodeKind.STUDY, study) for study in studies]
            return _file_nodes(client.files(project, study_id), 1)

        def done(nodes: list[Node]) -> None:
            if self.model.rows is rows and rows.open.is_open(case):
                self.model.set_below(case, nodes or [_note("no files yet")])

        self.session.tasks.run(
            work, done, self.failed.emit, lane=f"browser open {case}"
        )

    def _fetch_files_of_node(self, case: int, node: Node) -> None:
        rows, client = self.model.rows, self.session.client
        if not isinstance(node.item, StudyInfo) or self.session.project is None:
            return
        project, study_id = self.session.project.name, node.item.study_id

        def done(nodes: list[Node]) -> None:
            if node.is_open and self.model.rows is rows:
                children = nodes or [_note("no files yet", 2)]
                self.model.set_children(case, node, children)

        self.session.tasks.run(
            lambda _: _file_nodes(client.files(project, study_id), 2),
            done,
            self.failed.emit,
            lane=f"browser study {study_id}",
        )

    def _fetch(self, rows: TableRows, request: PageRequest) -> None:
        if self.session.project is None:
            return
        client, project = self.session.client, self.session.project.name

        def done(answer: CasePage) -> None:
            self._page_tasks.pop(request.page, None)
            if self.model.rows is rows:
                self.model.store(request.page, answer)
                self.page_came.emit()

        def failed(error: TaskError) -> None:
            rows.pages.give_up(request.page)
            self.failed.emit(error)

        self._page_tasks[request.page] = self.session.tasks.run(
            lambda _: client.page(project, request.query), done, failed
        )

    def _fetch_again(self, rows: TableRows, request: PageRequest) -> None:
        if self.session.project is None:
            return
        client, project = self.session.client, self.session.project.name

        def done(answer: CasePage) -> None:
            before = rows.pages.rows_of(request.page)
            if self.model.rows is not rows or before is None:
                return
            if [id_of(row) for row in before] != [id_of(row) for row in answer.rows]:
                self.refresh()  # rows came or went
                return
            self.model.store(request.page, answer)
            self.page_came.emit()

        self.session.tasks.run(
            lambda _: client.page(project, request.query),
            done,
            lane=f"browser again {request.page}",
        )

    def _drop_other_pages(self, wanted: set[int]) -> None:
        for page in [page for page in self._page_tasks if page not in wanted]:
            self._page_tasks.pop(page).cancel()
            self.model.rows.pages.give_up(page)

    def _on_first_page(self, rows: TableRows, answer: CasePage) -> None:
        self._visible = (0, 0)
        self.model.start(rows, 0, answer)
        self.started.emit()
        self.counted.emit()

    def _on_count(self, rows: TableRows, count: CaseCount) -> None:
        if not count.exact and rows.pages.query.filter == CaseFilter():
            count = CaseCount(matching=count.total, total=count.total)
        rows.pages.count = count
        if self.model.rows is rows:
            self.model.set_count(count)
            self.counted.emit()


def _note(text: str, depth: int = 1) -> Node:
    return Node(NodeKind.NOTE, text, depth)


def _file_nodes(files: list[FileRow], depth: int) -> list[Node]:
    return [
        Node(
            NodeKind.SERIES if isinstance(item, Series) else NodeKind.FILE, item, depth
        )
        for item in group_files(files)
    ]


def level_noun(level: Level, count: int) -> str:
    """Return ``study``, ``studies``, ``subject`` or ``subjects``."""
    if level is Level.STUDY:
        return "study" if count == 1 else "studies"
    return "subject" if count == 1 else "subjects"
