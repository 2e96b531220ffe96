"""One worker: claims the cases of a job one after the other and sees each through."""

from __future__ import annotations

import logging
import os
import signal
from types import FrameType

from nora_core.errors import BadInput
from nora_core.jobs.events import EventWriter
from nora_core.jobs.folder import JobFolder
from nora_core.jobs.processes import ProcessStamp
from nora_core.jobs.request import (
    AttemptStatus,
    CaseRequest,
    EventKind,
    JobEvent,
    JobRequest,
    WorkerEndReason,
)
from nora_core.worker.supervise import CaseRun, Supervisor
from nora_core.worker.tools import ToolSource

_log = logging.getLogger(__name__)


class Worker:
    """Worker ``number`` of a job; a case's failure never ends it."""

    def __init__(self, folder: JobFolder, number: int, process: ProcessStamp) -> None:
        self._folder = folder
        self._number = number
        self._process = process
        self._is_stopped = False

    @classmethod
    def register(cls, folder: JobFolder, number: int) -> Worker | None:
        """Become worker ``number`` of ``folder``; ``None`` where another is that."""
        process = ProcessStamp.of(os.getpid())
        if process is None:
            raise BadInput(f"process {os.getpid()} cannot be seen; is /proc mounted?")
        if not folder.register_worker(number, process):
            return None
        return cls(folder, number, process)

    def run(self) -> WorkerEndReason:
        """Work until no case is left or the worker is to stop."""
        signal.signal(signal.SIGTERM, self._on_term)
        request = self._folder.read_request()
        events = EventWriter(self._folder.events_path(self._number))
        supervisor = Supervisor(
            self._folder, request, ToolSource(request), lambda: self._is_stopped
        )
        try:
            reason = self._work(request, supervisor, events)
        finally:
            events.close()
        self._folder.end_worker(self._number, reason)
        return reason

    def _work(
        self, request: JobRequest, supervisor: Supervisor, events: EventWriter
    ) -> WorkerEndReason:
        """See cases through; at least one, else taking turns could stand still."""
        taken = self._folder.claimed()
        has_worked = False
        for case in request.cases:
            if case.case in taken:
                continue
            if self._is_stopped or self._folder.is_cancelled:
                return WorkerEndReason.STOPPED
            if has_worked and self._folder.is_asked_to_yield(self._number):
                return WorkerEndReason.YIELDED
            if self._folder.claim(case.case, self._number, self._process):
                self._see_through(case, supervisor, events)
                has_worked = True
        return WorkerEndReason.FINISHED

    def _see_through(
        self, case: CaseRequest, supervisor: Supervisor, events: EventWriter
    ) -> None:
        def report(kind: EventKind, done: float | None = None, text: str = "") -> None:
            events.write(
                JobEvent(
                    kind=kind,
                    case=case.case,
                    attempt=case.attempt,
                    done=done,
                    message=text,
                )
            )

        report(EventKind.STARTED)
        run = CaseRun(
            case=case,
            folder=self._folder.attempt(case.case, case.attempt),
            progress=lambda done, text: report(EventKind.PROGRESS, done, text),
        )
        status: AttemptStatus = supervisor.run(run)
        counts = run.folder.finish(status)
        if counts != status:
            _log.warning("case %d: came too late, superseded", case.case)
        report(EventKind.ENDED, text=counts.state.value)

    def _on_term(self, _signal: int, _frame: FrameType | None) -> None:
        self._is_stopped = True
