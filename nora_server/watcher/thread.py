"""The thread that looks after orders: often while they move, seldom while not."""

import logging
from threading import Event, Thread

from sqlalchemy import select
from sqlmodel import col

from nora_core.errors import NoraError
from nora_core.jobs.backends.backend import JobStatus
from nora_core.wire.jobs import FINAL_STATES
from nora_server.database.jobs import Order
from nora_server.parts import Parts
from nora_server.watcher.hand_over import HandOver
from nora_server.watcher.mirror import Mirror

_log = logging.getLogger(__name__)
_SHORTEST_SECONDS = 0.2
_LONGEST_SECONDS = 5.0
_GROWTH = 1.5


class Watcher(Thread):
    """Takes two steps again and again: orders to the back end, its news to orders.

    All it knows is in the database and the job folders; what it keeps in memory
    only spares reading them again. It may be killed at any moment: the next one
    goes on. A poll that fails changes nothing.
    """

    def __init__(self, parts: Parts) -> None:
        super().__init__(name="nora-watcher", daemon=True)
        self._parts = parts
        self._end_asked = Event()
        self._hand_over = HandOver(parts)
        self._mirror = Mirror(parts)

    def run(self) -> None:
        """Poll until stopped, at growing intervals; a new order wakes it at once."""
        pause = 0.0
        while not self._end_asked.is_set():
            is_woken = self._parts.orders_changed.wait(pause)
            self._parts.orders_changed.clear()
            if self._end_asked.is_set():
                return
            if self._poll_safely() or is_woken:
                pause = _SHORTEST_SECONDS
            else:
                pause = min(max(pause, _SHORTEST_SECONDS) * _GROWTH, _LONGEST_SECONDS)

    def stop(self) -> None:
        """End after the present step; jobs go on."""
        self._end_asked.set()
        self._parts.orders_changed.set()
        if self.is_alive():
            self.join()

    def poll(self) -> bool:
        """Take both steps once; tell whether anything changed."""
        changed = self._hand_over.step(self._active())
        handed = [order for order in self._active() if order.backend_job_id]
        if not handed:
            return changed
        self._mirror.cancel_where_asked(handed)
        statuses = self._statuses(handed)
        for order in handed:
            status = statuses[order.backend_job_id or ""]
            changed |= self._look_after(order, status)
        return changed

    def _look_after(self, order: Order, status: JobStatus) -> bool:
        try:
            return self._mirror.look_after(order, status)
        except Exception:  # noqa: BLE001 one broken order holds up no other
            _log.warning("order %s is looked after later", order.id, exc_info=True)
            return False

    def _statuses(self, orders: list[Order]) -> dict[str, JobStatus]:
        return self._parts.backend.states(
            [order.backend_job_id or "" for order in orders]
        )

    def _poll_safely(self) -> bool:
        try:
            return self.poll()
        except NoraError as error:
            _log.warning("the back end or the disk failed: %s", error.message)
        except Exception:  # noqa: BLE001 the thread must live on
            _log.exception("looking after the orders failed; trying again")
        return False

    def _active(self) -> list[Order]:
        final = [state.value for state in FINAL_STATES]
        query = (
            select(Order).where(col(Order.state).not_in(final)).order_by(col(Order.id))
        )
        with self._parts.database.read() as session:
            return list(session.scalars(query))
