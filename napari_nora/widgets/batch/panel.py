"""The batch widget: run a tool on many cases and follow the jobs."""

from __future__ import annotations

from collections import Counter
from typing import Any

from napari.viewer import Viewer
from qtpy.QtGui import QHideEvent, QShowEvent
from qtpy.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from napari_nora.parts.busy_bar import BusyBar
from napari_nora.parts.spacing import tidy
from napari_nora.session import session_of
from napari_nora.tasks import Task, TaskError
from napari_nora.widgets.batch.cases import resolve_cases
from napari_nora.widgets.batch.finding import JobFinder
from napari_nora.widgets.batch.follow import Follower
from napari_nora.widgets.batch.jobs_tab import JobsTab
from napari_nora.widgets.batch.results import ResultOpener
from napari_nora.widgets.batch.run_tab import RunTab
from napari_nora.widgets.batch.state import (
    RETRYABLE,
    are_active,
    image_pattern,
    missing_arguments,
    new_order,
    reload_in_words,
)
from nora_core.wire.archive import CaseRow, FileRow, SelectQuery
from nora_core.wire.case import Level
from nora_core.wire.jobs import OrderCaseRow, OrderInfo
from nora_core.wire.project import Action
from nora_core.wire.tool import ToolList

_PREVIEWED_CASES = 200


class BatchPanel(QWidget):
    """A tab to run tools and a tab to follow jobs.

    Parameters
    ----------
    napari_viewer : napari.Viewer
        Gets the results; napari passes it in.
    """

    def __init__(self, napari_viewer: Viewer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session_of(napari_viewer)
        self.follower = Follower(self.session)
        self.results = ResultOpener(self.session, napari_viewer)
        self.run_tab, self.jobs_tab = RunTab(), JobsTab()
        self.tabs = QTabWidget()
        self.tabs.addTab(self.run_tab, "Run a tool")
        self.tabs.addTab(self.jobs_tab, "Jobs")
        layout = QVBoxLayout(self)
        tidy(layout)
        layout.addWidget(self.tabs)
        layout.addWidget(BusyBar(self.session.tasks))
        self._connect_session()
        self._connect_run()
        self._connect_jobs()
        self.setMinimumWidth(280)
        self._on_connection_changed()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.follower.watch(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.follower.watch(False)

    def _connect_session(self) -> None:
        session = self.session
        session.connection_changed.connect(self._on_connection_changed)
        session.project_changed.connect(self._on_project_changed)
        session.selection_changed.connect(self._on_selection_changed)
        session.jobs_wanted.connect(self._on_jobs_wanted)

    def _connect_run(self) -> None:
        tab = self.run_tab
        tab.run_requested.connect(self._on_run_requested)
        tab.reload_requested.connect(self._on_reload_requested)
        tab.patterns_settled.connect(self._on_patterns_settled)
        tab.everything.toggled.connect(lambda _: self._show_selection())

    def _connect_jobs(self) -> None:
        tab, follower = self.jobs_tab, self.follower
        follower.orders_changed.connect(self._on_orders_changed)
        follower.cases_changed.connect(tab.show_cases)
        follower.log_started.connect(tab.start_log)
        follower.log_grew.connect(tab.add_log)
        follower.failed.connect(tab.error.show_error)
        self.results.failed.connect(tab.error.show_error)
        self.results.texts_came.connect(tab.show_texts)
        tab.order_chosen.connect(follower.follow_order)
        tab.case_chosen.connect(follower.follow_case)
        tab.cancel_requested.connect(self._on_cancel_requested)
        tab.retry_requested.connect(self._on_retry_requested)
        tab.open_requested.connect(self._on_open_requested)
        tab.new_requested.connect(lambda: self.tabs.setCurrentWidget(self.run_tab))

        self.finder = JobFinder(self.session, follower, tab)

    # what the session says

    def _on_jobs_wanted(self, row: CaseRow) -> None:
        self.tabs.setCurrentWidget(self.jobs_tab)
        self.finder.find(row)

    def _on_connection_changed(self) -> None:
        self.setEnabled(self.session.connection is not None)
        if self.session.connection is not None:
            client = self.session.client
            self._ask(lambda _: client.tools(), self._on_tools)

    def _on_project_changed(self) -> None:
        self.follower.forget()
        self._show_selection()

    def _on_selection_changed(self) -> None:
        self._show_selection()
        self._offer_names()
        self._on_patterns_settled()

    def _on_tools(self, tools: ToolList) -> None:
        self.run_tab.show_tools(tools)
        self._show_selection()
        self._offer_names()

    def _on_orders_changed(self, orders: list[OrderInfo]) -> None:
        self.jobs_tab.show_orders(orders)
        active = sum(not order.state.is_final for order in orders)
        self.tabs.setTabText(1, f"Jobs ({active})" if are_active(orders) else "Jobs")

    def _show_selection(self) -> None:
        may_run = self.session.may(Action.RUN_JOBS)
        self.run_tab.show_selection(self.session.selection, may_run)

    # the form

    def _offer_names(self) -> None:
        """Complete FILE patterns to the names in the current row's study."""
        study_id, form = self.session.selection.study_id, self.run_tab.form
        if study_id is None or form is None or self.session.project is None:
            return
        client, project = self.session.client, self.session.project.name

        def done(files: list[FileRow]) -> None:
            form.offer_names([file.relative_name for file in files])

        self._ask(lambda _: client.files(project, study_id), done, "batch names")

    def _on_patterns_settled(self) -> None:
        form, selection = self.run_tab.form, self.session.selection
        patterns = form.patterns if form is not None else {}
        ids = list(selection.case_ids[:_PREVIEWED_CASES])
        is_possible = ids and selection.level is Level.STUDY and self.session.project
        if not patterns or not is_possible or self.session.project is None:
            self.run_tab.show_preview([])
            return
        client, project = self.session.client, self.session.project.name

        def work(_: Task) -> list[str]:
            lines = []
            for name, pattern in patterns.items():
                query = SelectQuery(pattern=pattern, study_ids=ids)
                files = client.select(project, query)
                lines.append(f"{name}: {_matches_in_words(files, len(ids))}")
            return lines

        self._ask(work, self.run_tab.show_preview, "batch preview")

    def _on_run_requested(self, everything: bool) -> None:
        tab, tool = self.run_tab, self.run_tab.tool
        if tool is None or tab.form is None or self.session.project is None:
            return
        tab.error.clear()
        values = tab.form.values
        missing = missing_arguments(tool, values)
        if missing:
            tab.error.show_error(f"fill in: {', '.join(a.title for a in missing)}")
            return
        client, project = self.session.client, self.session.project.name
        selection = self.session.selection

        def work(task: Task) -> OrderInfo:
            ids = resolve_cases(client, project, selection, everything, task)
            return client.submit(project, new_order(tool, values, selection.level, ids))

        tab.run.setEnabled(False)
        self.session.tasks.run(
            work, self._on_submitted, self._on_run_failed, title=f"Placing {tool.title}"
        )

    def _on_submitted(self, order: OrderInfo) -> None:
        self._show_selection()
        self.tabs.setCurrentWidget(self.jobs_tab)
        self.follower.orders = [order, *self.follower.orders]
        self.jobs_tab.show_orders(self.follower.orders)
        self.jobs_tab.orders.choose(order.id)
        self.session.orders_changed.emit()
        self.follower.look_soon()

    def _on_run_failed(self, error: TaskError) -> None:
        self._show_selection()
        self.run_tab.error.show_error(error)

    def _on_reload_requested(self) -> None:
        client, tab = self.session.client, self.run_tab
        before = tab.all_tools
        tab.error.clear()

        def done(tools: ToolList) -> None:
            self._on_tools(tools)
            self.session.noticed.emit(reload_in_words(before, tools.tools))

        self._ask(lambda _: client.reload_tools(), done)

    # the jobs

    def _on_cancel_requested(self) -> None:
        order_id = self.follower.order_id
        if order_id is not None and self.session.project is not None:
            client, project = self.session.client, self.session.project.name
            self._change_order(lambda _: client.cancel_order(project, order_id))

    def _on_retry_requested(self) -> None:
        order_id = self.follower.order_id
        if order_id is not None and self.session.project is not None:
            client, project = self.session.client, self.session.project.name
            self._change_order(
                lambda _: client.retry_order(project, order_id, RETRYABLE)
            )

    def _on_open_requested(self, case: OrderCaseRow) -> None:
        order = self.follower.order
        tools = {tool.name: tool for tool in self.run_tab.all_tools}
        if order is not None:
            self.jobs_tab.error.clear()
            pattern = image_pattern(tools.get(order.tool), order)
            self.results.open(case, pattern)

    def _change_order(self, work: Any) -> None:
        self.session.tasks.run(
            work,
            lambda _: self.follower.look_soon(),
            self.jobs_tab.error.show_error,
        )

    def _ask(self, work: Any, done: Any, lane: str | None = None) -> None:
        self.session.tasks.run(work, done, self.run_tab.error.show_error, lane=lane)


def _matches_in_words(files: list[FileRow], cases: int) -> str:
    """Return what a FILE pattern matches in the chosen cases."""
    per_study = Counter(file.study_id for file in files)
    if cases == 1:
        names = [file.relative_name for file in files]
        return ", ".join(names[:3]) + (" …" if len(names) > 3 else "") or "no match"
    several = sum(count > 1 for count in per_study.values())
    words = f"matches in {len(per_study)} of {cases} studies"
    return f"{words}, several files in {several}" if several else words
