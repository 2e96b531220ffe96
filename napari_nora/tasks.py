"""Background work: a slot starts it, never waits, and stale results are dropped.

Work runs in threads; its result is delivered in the main thread. Tasks of one
*lane* supersede each other: starting one cancels the one before and its result
never arrives, so a slow old answer cannot overwrite a quick new one.
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from psygnal import Signal

from nora_core.errors import Cancelled

Deliver = Callable[[Callable[[], None]], None]
"""Runs a function in the main thread, soon."""


class TaskError:
    """An exception of a task: a sentence for the user and details to copy."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.message = str(error) or type(error).__name__
        self.details = "".join(traceback.format_exception(error))


def _hand_over(
    result: Any,
    done: Callable[[Any], None] | None,
    failed: Callable[[TaskError], None] | None,
) -> None:
    """Give a result to ``done``; what goes wrong there is the task's error too."""
    if done is None:
        return
    try:
        done(result)
    except Exception as error:
        if failed is None:
            raise
        failed(TaskError(error))


class Task:
    """One piece of work; made by :meth:`Tasks.run`.

    Signals are emitted in the main thread.
    """

    progressed = Signal()
    ended = Signal()

    def __init__(self, title: str, lane: str | None, deliver: Deliver) -> None:
        self.title = title
        self.lane = lane
        self.fraction: float | None = None
        self.text = ""
        self.is_ended = False
        self._deliver = deliver
        self._cancelled = threading.Event()
        self._announced = False

    def cancel(self) -> None:
        """Ask the work to stop; its result will be dropped."""
        self._cancelled.set()

    def cancelled(self) -> bool:
        """Whether somebody asked to stop; work calls this now and then."""
        return self._cancelled.is_set()

    def check(self) -> None:
        """Raise :class:`Cancelled` if somebody asked to stop."""
        if self.cancelled():
            raise Cancelled(f"{self.title or 'work'} was stopped")

    def wait(self, seconds: float) -> None:
        """Let some time pass, in the work's thread; a stop ends it at once."""
        self._cancelled.wait(seconds)
        self.check()

    def progress(self, done: float, total: float, text: str = "") -> None:
        """Tell how far the work is; called from the work's thread."""
        self.fraction = min(done / total, 1.0) if total else None
        self.text = text
        if not self._announced:  # at most one message waits at any time
            self._announced = True
            self._deliver(self._announce)

    def _announce(self) -> None:
        self._announced = False
        if not self.is_ended:
            self.progressed.emit()


Work = Callable[[Task], Any]


class Tasks:
    """Starts work in threads and delivers results in the main thread.

    Parameters
    ----------
    deliver : callable
        Runs a function in the main thread (see ``parts/main_thread.py``).
    """

    changed = Signal()
    """A titled task was started or has ended."""

    def __init__(self, deliver: Deliver) -> None:
        self._deliver = deliver
        self._quick = ThreadPoolExecutor(4, thread_name_prefix="nora-quick")
        self._slow = ThreadPoolExecutor(2, thread_name_prefix="nora-slow")
        self._lanes: dict[str, Task] = {}
        self._active: list[Task] = []
        self._closed = False

    @property
    def titled(self) -> list[Task]:
        """Tasks that the user should see, oldest first."""
        return [task for task in self._active if task.title]

    def run(
        self,
        work: Work,
        done: Callable[[Any], None] | None = None,
        failed: Callable[[TaskError], None] | None = None,
        *,
        title: str = "",
        lane: str | None = None,
    ) -> Task:
        """Run ``work(task)`` in a thread and its outcome in the main thread.

        A ``title`` is shown with a progress bar and a cancel button; titled work
        may take long and has threads of its own. The task that runs in ``lane`` is
        superseded.
        """
        task = Task(title, lane, self._deliver)
        if lane is not None:
            if lane in self._lanes:
                self._lanes[lane].cancel()
            self._lanes[lane] = task
        self._active.append(task)
        pool = self._slow if title else self._quick
        if not self._closed:
            pool.submit(self._work, task, work, done, failed)
        if title:
            self.changed.emit()
        return task

    def cancel_lane(self, lane: str) -> None:
        """Drop what runs in ``lane``."""
        task = self._lanes.pop(lane, None)
        if task is not None:
            task.cancel()

    def close(self) -> None:
        """Cancel everything; later results are dropped."""
        self._closed = True
        for task in self._active:
            task.cancel()
        self._quick.shutdown(wait=False, cancel_futures=True)
        self._slow.shutdown(wait=False, cancel_futures=True)

    def _work(
        self,
        task: Task,
        work: Work,
        done: Callable[[Any], None] | None,
        failed: Callable[[TaskError], None] | None,
    ) -> None:
        outcome: Callable[[], None] | None = None
        try:
            task.check()
            result = work(task)
            outcome = lambda: _hand_over(result, done, failed)  # noqa: E731
        except Cancelled:
            pass
        except Exception as error:  # noqa: BLE001  # the edge: the panel shows it
            problem = TaskError(error)
            if failed is not None:
                outcome = lambda: failed(problem)  # noqa: E731
        self._deliver(lambda: self._end(task, outcome))

    def _end(self, task: Task, outcome: Callable[[], None] | None) -> None:
        is_stale = task.cancelled() or self._closed
        if task.lane is not None and self._lanes.get(task.lane) is task:
            del self._lanes[task.lane]
        if task in self._active:
            self._active.remove(task)
        task.is_ended = True
        task.ended.emit()
        if task.title:
            self.changed.emit()
        if outcome is not None and not is_stale:
            outcome()
