"""Finds the jobs of a row of the browser's table and shows the latest one."""

from __future__ import annotations

from napari_nora.session import Session
from napari_nora.tasks import Task
from napari_nora.widgets.batch.follow import Follower
from napari_nora.widgets.batch.jobs_tab import JobsTab
from napari_nora.widgets.batch.state import most_telling
from nora_core.wire.archive import CaseRow
from nora_core.wire.jobs import OrderCaseRow, OrderInfo


class JobFinder:
    """Chooses an order, and the case in it, once the follower has seen them."""

    def __init__(self, session: Session, follower: Follower, tab: JobsTab) -> None:
        self._session = session
        self._follower = follower
        self._tab = tab
        self._wanted: OrderCaseRow | None = None
        follower.orders_changed.connect(self._on_orders_changed)
        follower.cases_changed.connect(self._on_cases_changed)

    def find(self, row: CaseRow) -> None:
        """Show the job of a row that runs, waits or failed last."""
        if self._session.project is None:
            return
        client, project = self._session.client, self._session.project.name
        study_id = row.study_id
        subject_id = row.subject_id if study_id is None else None

        def work(_: Task) -> OrderCaseRow | None:
            jobs = client.jobs_of(project, study_id=study_id, subject_id=subject_id)
            return most_telling(jobs)

        self._session.tasks.run(
            work, self._on_found, self._tab.error.show_error, lane="batch find"
        )

    def _on_found(self, job: OrderCaseRow | None) -> None:
        if job is None:
            self._tab.error.show_error("This row has no jobs")
            return
        self._tab.error.clear()
        self._wanted = job
        self._on_orders_changed(self._follower.orders)
        self._follower.look_soon()

    def _on_orders_changed(self, orders: list[OrderInfo]) -> None:
        if self._wanted is None or not orders:
            return
        if self._wanted.order_id not in {order.id for order in orders}:
            self._tab.error.show_error(
                f"Order {self._wanted.order_id} is older than the orders listed here"
            )
            self._wanted = None
            return
        self._tab.orders.choose(self._wanted.order_id)
        self._on_cases_changed(self._follower.cases)

    def _on_cases_changed(self, cases: list[OrderCaseRow]) -> None:
        if self._wanted is None or self._wanted.id not in {case.id for case in cases}:
            return
        self._tab.choose_case(self._wanted.id)
        self._wanted = None
