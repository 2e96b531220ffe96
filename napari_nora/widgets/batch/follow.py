"""Follows orders, the cases of one of them and a log, while somebody looks."""

from __future__ import annotations

from dataclasses import dataclass

from psygnal import Signal
from qtpy.QtCore import QTimer

from napari_nora.session import Session
from napari_nora.tasks import Task, TaskError
from napari_nora.widgets.batch.state import Pause, are_active
from nora_core.wire.jobs import LogPart, OrderCaseRow, OrderInfo

SHOWN_CASES = 200


@dataclass(frozen=True)
class Look:
    """What the server said at one moment."""

    orders: list[OrderInfo]
    cases: list[OrderCaseRow]
    log: LogPart | None


class Follower:
    """Asks again and again, less often while nothing changes."""

    orders_changed = Signal(list)
    cases_changed = Signal(list)
    log_grew = Signal(str)
    log_started = Signal()
    failed = Signal(object)

    def __init__(self, session: Session) -> None:
        self._session = session
        self._pause = Pause()
        self._timer = QTimer()
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.look)
        self._is_watched = False
        self._offset = 0
        self._finished: set[int] | None = None
        self.order_id: int | None = None
        self.case_id: int | None = None
        self.orders: list[OrderInfo] = []
        self.cases: list[OrderCaseRow] = []

    @property
    def order(self) -> OrderInfo | None:
        """The order that is followed."""
        return next((o for o in self.orders if o.id == self.order_id), None)

    def watch(self, is_watched: bool) -> None:
        """Ask only while the panel is visible."""
        self._is_watched = is_watched
        if is_watched:
            self.look_soon()
        else:
            self._timer.stop()

    def follow_order(self, order_id: int | None) -> None:
        """Show the cases of another order."""
        if order_id != self.order_id:
            self.order_id = order_id
            self.follow_case(None)
            self.cases = []
            self.cases_changed.emit([])
            self.look_soon()

    def follow_case(self, case_id: int | None) -> None:
        """Show another case's log."""
        if case_id != self.case_id:
            self.case_id, self._offset = case_id, 0
            self.log_started.emit()
            self.look_soon()

    def forget(self) -> None:
        """Start again, in another project."""
        self.orders, self._finished = [], None
        self.order_id = None
        self.follow_case(None)
        self.orders_changed.emit([])
        self.cases_changed.emit([])
        self.look_soon()

    def look_soon(self) -> None:
        """Ask now."""
        self._pause.reset()
        self.look()

    def look(self) -> None:
        """Ask once, in the background."""
        if not self._is_watched or self._session.project is None:
            return
        client, project = self._session.client, self._session.project.name
        order_id, case_id, offset = self.order_id, self.case_id, self._offset

        def work(_: Task) -> Look:
            orders = client.orders(project)
            known = any(order.id == order_id for order in orders)
            cases: list[OrderCaseRow] = []
            if order_id is not None and known:
                cases = client.order_cases(project, order_id, limit=SHOWN_CASES).rows
            log = None
            if case_id is not None:
                log = client.case_log(project, case_id, offset)
            return Look(orders, cases, log)

        self._session.tasks.run(work, self._on_look, self._on_failed, lane="follow")

    def _on_look(self, look: Look) -> None:
        if look.orders != self.orders:
            self.orders = look.orders
            self.orders_changed.emit(look.orders)
        if look.cases != self.cases:
            self.cases = look.cases
            self.cases_changed.emit(look.cases)
        if look.log is not None and look.log.text:
            self._offset = look.log.next_offset
            self.log_grew.emit(look.log.text)
        self._tell_results(look.orders)
        pause = self._pause.after((look.orders, look.cases, self._offset))
        if self._is_watched and (are_active(look.orders) or self._has_more_log(look)):
            self._timer.start(pause)

    def _tell_results(self, orders: list[OrderInfo]) -> None:
        """Tell the session once when orders have ended: their studies have files."""
        finished = {order.id for order in orders if order.state.is_final}
        news = finished - self._finished if self._finished is not None else set()
        self._finished = finished
        if news:
            self._session.files_changed.emit(None)
        for order in orders:
            if order.id in news:
                self._session.noticed.emit(f"{order.tool_title}: {order.state.value}")

    def _has_more_log(self, look: Look) -> bool:
        return look.log is not None and not look.log.complete

    def _on_failed(self, error: TaskError) -> None:
        self.failed.emit(error)
        if self._is_watched:
            self._timer.start(self._pause.after(error.message))
