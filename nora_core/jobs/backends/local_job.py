"""One job on this machine: its workers, found again by number and start."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass

from nora_core.jobs.atomic import write_whole
from nora_core.jobs.backends.backend import JobStatus, WorkState
from nora_core.jobs.backends.start import worker_command
from nora_core.jobs.folder import JobFolder
from nora_core.jobs.processes import ProcessStamp, group_is_alive, signal_group

_TERM_AFTER_SECONDS = 4.0
_KILL_AFTER_SECONDS = 9.0
_DEATHS_ALLOWED = 3


@dataclass
class LocalWorker:
    """A worker of ours that runs."""

    process: ProcessStamp
    child: subprocess.Popen[bytes] | None = None
    """Where this very process started it, to be reaped."""
    working_since: float | None = None
    """When it had started; until then it has done nothing for its place."""
    is_yielding: bool = False

    @property
    def is_alive(self) -> bool:
        """True while it or something that it started runs."""
        if self.child is not None:
            self.child.poll()
        return group_is_alive(self.process)


class LocalJob:
    """A job folder that was given to the local back end."""

    def __init__(self, folder: JobFolder) -> None:
        request = folder.read_request()
        self.folder = folder
        self.running: dict[int, LocalWorker] = {}
        self.turn = 0.0
        """When it got its last place."""
        self._cases = len(request.cases)
        self._limit = min(request.workers, self._cases)
        self._ended: set[int] = set()
        self._deaths_without_claims = 0
        self._claims_at_last_death = -1
        self._cancelled_at: float | None = None
        self._message = ""
        self._left = self._cases

    @staticmethod
    def was_submitted(folder: JobFolder) -> bool:
        """Tell whether a local back end took this folder."""
        return (folder.path / "local.queued").exists()

    @staticmethod
    def has_ended(folder: JobFolder) -> bool:
        """Tell whether nothing more will happen in this folder."""
        return (folder.path / "local.ended").exists()

    @staticmethod
    def final_status(folder: JobFolder) -> JobStatus:
        """Return the status of a job that has ended."""
        return JobStatus(
            WorkState.ENDED,
            (folder.path / "local.ended").read_text("utf-8"),
            frozenset(folder.worker_numbers()),
        )

    def mark_submitted(self) -> None:
        """Note that the job is ours, also for those who come after us."""
        write_whole(self.folder.path / "local.queued", b"")

    def adopt(self) -> None:
        """Find workers that have started, also those of an earlier process."""
        for number in self.folder.worker_numbers() - self._ended:
            if number not in self.running:
                start = self.folder.worker_start(number)
                self.running[number] = LocalWorker(start.process)
            worker = self.running[number]
            worker.working_since = worker.working_since or time.monotonic()

    @property
    def wants_worker(self) -> bool:
        """True where another worker would find a case."""
        if self._message or self.folder.is_cancelled:
            return False
        return len(self.running) < min(self._limit, self._left + len(self.running))

    @property
    def is_over(self) -> bool:
        """True where no worker runs and none is wanted."""
        return not self.running and not self.wants_worker

    def start_worker(self) -> None:
        """Start one more worker in a session of its own."""
        self.turn = time.monotonic()
        number = self.folder.next_worker()
        with self.folder.worker_log(number).open("ab") as log:
            try:
                child = subprocess.Popen(
                    worker_command(self.folder, number),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=self.folder.path,
                    start_new_session=True,
                    env={**os.environ, "NORA_JOB": self.folder.name},
                )
            except OSError as error:
                self._message = f"no worker can be started: {error}"
                return
        process = ProcessStamp.of(child.pid)
        if process is None:  # it ended at once
            child.wait()
            self._note_death(number)
            return
        self.running[number] = LocalWorker(process, child)

    def look(self) -> bool:
        """Notice workers that ended; tell whether any did."""
        gone = [
            number for number, worker in self.running.items() if not worker.is_alive
        ]
        for number in gone:
            del self.running[number]
            self._ended.add(number)
            if self.folder.worker_end(number) is None:
                self._note_death(number)
        if gone:
            self.count_left()
        return bool(gone)

    def count_left(self) -> None:
        """Count the cases that no worker has claimed."""
        self._left = self._cases - len(self.folder.claimed())

    def clear_remains(self) -> None:
        """Kill what a worker that is gone has left running."""
        for worker in self.running.values():
            if not worker.process.is_alive:
                signal_group(worker.process, is_gentle=False)

    def press_cancel(self) -> None:
        """End workers that do not stop by themselves: first asked, then killed."""
        if not self.folder.is_cancelled:
            return
        now = time.monotonic()
        self._cancelled_at = self._cancelled_at or now
        waited = now - self._cancelled_at
        if waited > _TERM_AFTER_SECONDS:
            for worker in self.running.values():
                signal_group(worker.process, is_gentle=waited < _KILL_AFTER_SECONDS)

    def ask_one_to_yield(self, after_s: float) -> bool:
        """Ask the worker that runs longest to make place; False where all are new."""
        now = time.monotonic()
        for number, worker in self.running.items():
            worked_s = now - (worker.working_since or now)
            if not worker.is_yielding and worked_s > after_s:
                worker.is_yielding = True
                self.folder.ask_to_yield(number)
                return True
        return False

    def kill(self) -> None:
        """Kill all workers."""
        for worker in self.running.values():
            signal_group(worker.process, is_gentle=False)

    def mark_ended(self) -> None:
        """Note that nothing more will happen, also for those who come after us."""
        write_whole(self.folder.path / "local.ended", self._message.encode())

    def status(self) -> JobStatus:
        """Return how the job is."""
        is_new = not self.running and not self._ended
        return JobStatus(
            WorkState.QUEUED if is_new else WorkState.RUNNING,
            self._message,
            frozenset(self._ended),
        )

    def _note_death(self, number: int) -> None:
        """Give up where workers die again and again before they take a case."""
        if self.folder.has_reported(number):
            return
        claims = len(self.folder.claimed())
        if claims != self._claims_at_last_death:
            self._claims_at_last_death = claims
            self._deaths_without_claims = 0
        self._deaths_without_claims += 1
        if self._deaths_without_claims >= _DEATHS_ALLOWED:
            log = self.folder.worker_log(number)
            last = log.read_text("utf-8", "replace").strip().rpartition("\n")[2]
            self._message = f"workers end before they take a case: {last or log}"[:500]
