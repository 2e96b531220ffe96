"""Watches the process in which one case runs: progress, time limit, cancelling."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from nora_core.jobs.folder import AttemptFolder, JobFolder
from nora_core.jobs.processes import KILLED_FROM_OUTSIDE, end_tree
from nora_core.jobs.request import AttemptStatus, CaseRequest, JobRequest, now
from nora_core.wire.jobs import JobState
from nora_core.worker.case import run_case
from nora_core.worker.provenance import Environment
from nora_core.worker.tools import ToolSource

_LOOK_SECONDS = 0.1
_END_SECONDS = 10.0
_CANCEL_GRACE_SECONDS = 1.0
_SECONDS_PER_MINUTE = 60


@dataclass(frozen=True)
class CaseRun:
    """One attempt at one case, as the worker wants it run."""

    case: CaseRequest
    folder: AttemptFolder
    progress: Callable[[float, str], None]


class Supervisor:
    """Runs each case in a process of its own, so that nothing it does ends ours.

    The processes are forked where that is safe (Linux): plug-ins and numpy are
    loaded once per worker then, not once per case.
    """

    def __init__(
        self,
        job: JobFolder,
        request: JobRequest,
        tools: ToolSource,
        is_stopped: Callable[[], bool],
        is_forked: bool = sys.platform == "linux",
    ) -> None:
        self._job = job
        self._request = request
        self._tools = tools
        self._environment = Environment()
        self._is_stopped = is_stopped
        self._is_forked = is_forked

    def run(self, run: CaseRun) -> AttemptStatus:
        """Run the case to its end, whatever that is."""
        run.folder.results.mkdir(parents=True, exist_ok=True)
        if self._is_forked:
            self._tools.warm_up()
        started_at = now()
        ours, theirs = Pipe(duplex=False)
        job = (self._job.path, self._request, run.case)
        args = (theirs, *job, self._tools, self._environment)
        process: BaseProcess
        if self._is_forked:
            process = get_context("fork").Process(target=run_case, args=args)
        else:
            process = get_context("spawn").Process(target=run_case, args=args)
        process.start()
        theirs.close()
        outcome = self._watch(process, ours, run)
        ours.close()
        return outcome.model_copy(update={"started_at": started_at, "ended_at": now()})

    def _watch(
        self, process: BaseProcess, pipe: Connection, run: CaseRun
    ) -> AttemptStatus:
        deadline = time.monotonic() + self._request.time_limit_s
        told: AttemptStatus | None = None
        try:
            while told is None:
                if pipe.poll(_LOOK_SECONDS):
                    told = _take(pipe.recv_bytes(), run)
                if told is None:  # also where it reports without a pause
                    told = self._end_early(process, deadline)
                if told is None and not process.is_alive() and not pipe.poll():
                    raise EOFError
        except EOFError:
            process.join()
            return _died(process.exitcode or 0)
        process.join(_END_SECONDS)
        if process.is_alive():
            _end(process)
        return told

    def _end_early(self, process: BaseProcess, deadline: float) -> AttemptStatus | None:
        """End the case where it was cancelled or takes too long."""
        if self._is_stopped() or self._job.is_cancelled:
            return self._stop(process)
        return self._time_out(process) if time.monotonic() > deadline else None

    def _stop(self, process: BaseProcess) -> AttemptStatus:
        process.join(_CANCEL_GRACE_SECONDS)
        _end(process)
        if self._job.is_cancelled:
            return AttemptStatus(state=JobState.CANCELLED, message="cancelled")
        return AttemptStatus(
            state=JobState.INTERRUPTED, message="the worker was asked to stop"
        )

    def _time_out(self, process: BaseProcess) -> AttemptStatus:
        _end(process)
        minutes = self._request.time_limit_s / _SECONDS_PER_MINUTE
        return AttemptStatus(
            state=JobState.FAILED,
            message=f"took longer than {minutes:g} minutes, which is the tool's limit; "
            "ask the tool's author for more minutes",
        )


def _take(message: bytes, run: CaseRun) -> AttemptStatus | None:
    """Pass progress on; return how the case ended where it says so."""
    content = json.loads(message)
    if "progress" not in content:
        return AttemptStatus.model_validate(content)
    run.progress(float(content["progress"]), str(content["message"]))
    return None


def _died(exit_code: int) -> AttemptStatus:
    if exit_code in KILLED_FROM_OUTSIDE:
        return AttemptStatus(
            state=JobState.INTERRUPTED,
            message=f"the tool's process was killed (signal {-exit_code}); "
            "was the memory used up?",
        )
    how = f"signal {-exit_code}" if exit_code < 0 else f"exit code {exit_code}"
    return AttemptStatus(
        state=JobState.FAILED,
        message=f"the tool's process ended by itself ({how}); see the log",
    )


def _end(process: BaseProcess) -> None:
    if process.pid is not None:
        end_tree(process.pid)
    process.join()
