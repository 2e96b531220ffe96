"""A pool of workers on this machine, which outlives the process that feeds it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from pathlib import Path

from nora_core.errors import NoraError, NotFound
from nora_core.jobs.backends.backend import Backend, JobStatus, WorkState
from nora_core.jobs.backends.local_job import LocalJob
from nora_core.jobs.folder import JobFolder

_log = logging.getLogger(__name__)
_TICK_SECONDS = 0.1
_TURN_SECONDS = 2.0
"""So long a worker may keep its place while a job without any waits."""


class LocalBackend(Backend):
    """At most ``workers`` processes at the same time, shared fairly by all jobs.

    Each worker is a process in a session of its own, so that it can be ended with
    all that it started, and so that it lives on when the server ends. What is
    queued and who works on it stands in the job folders: a new back end on the same
    folder goes on where the last one was killed. The job with the fewest workers
    gets the next place, of several the one that has waited longest; where there are
    more jobs than places, workers take turns between two cases.

    Parameters
    ----------
    folder
        Below it lie the job folders; a job's id is its folder's name.
    workers
        How many workers may run at the same time, for all jobs together.
    """

    name = "local"

    def __init__(self, folder: Path, workers: int = 1) -> None:
        self._folder = folder
        self._places = workers
        self._jobs: dict[str, LocalJob] = {}
        self._change = threading.Condition()
        self._is_closed = False
        self._keeper: threading.Thread | None = None
        self._adopt_all()

    def submit(self, job: JobFolder) -> str:
        with self._change:
            if job.name not in self._jobs and not LocalJob.has_ended(job):
                local = LocalJob(job)
                local.mark_submitted()
                self._jobs[job.name] = local
            self._start_keeper()
            self._change.notify_all()
        return job.name

    def find(self, job_names: Sequence[str]) -> dict[str, str]:
        return {
            name: name
            for name in job_names
            if LocalJob.was_submitted(JobFolder(self._folder / name))
        }

    def states(self, ids: Sequence[str]) -> dict[str, JobStatus]:
        with self._change:
            return {job_id: self._state(job_id) for job_id in ids}

    def cancel(self, ids: Sequence[str]) -> None:
        with self._change:
            for job_id in ids:
                if job_id in self._jobs:
                    self._jobs[job_id].folder.cancel()
            self._change.notify_all()

    def close(self, *, end_workers: bool = False) -> None:
        with self._change:
            self._is_closed = True
            self._change.notify_all()
        if self._keeper is not None:
            self._keeper.join()
        if end_workers:
            for job in self._jobs.values():
                job.kill()

    def _state(self, job_id: str) -> JobStatus:
        if job_id in self._jobs:
            return self._jobs[job_id].status()
        folder = JobFolder(self._folder / job_id)
        if LocalJob.has_ended(folder):
            return LocalJob.final_status(folder)
        return JobStatus(WorkState.UNKNOWN)

    def _adopt_all(self) -> None:
        """Go on with what an earlier process was given."""
        if not self._folder.is_dir():
            return
        for path in sorted(self._folder.iterdir(), key=_age):
            folder = JobFolder(path)
            if not LocalJob.was_submitted(folder) or LocalJob.has_ended(folder):
                continue
            try:
                self._adopt(folder)
            except (NoraError, OSError) as error:
                _log.warning("job folder %s is left alone: %s", path, error)
        if self._jobs:
            self._start_keeper()

    def _adopt(self, folder: JobFolder) -> None:
        job = LocalJob(folder)
        job.adopt()
        job.look()
        job.count_left()
        self._jobs[folder.name] = job

    def _start_keeper(self) -> None:
        if self._keeper is None and not self._is_closed:
            self._keeper = threading.Thread(
                target=self._keep, name="nora-local-pool", daemon=True
            )
            self._keeper.start()

    def _keep(self) -> None:
        """Give places to jobs until closed."""
        while True:
            with self._change:
                if self._is_closed:
                    return
                try:
                    self._tend()
                except (NoraError, OSError):
                    _log.exception("the local pool could not look after its jobs")
                self._change.wait(_TICK_SECONDS if self._jobs else None)

    def _tend(self) -> None:
        for job in list(self._jobs.values()):
            try:
                self._tend_job(job)
            except (NoraError, OSError) as error:
                _log.warning("job %s is given up: %s", job.folder.name, error)
                job.kill()
                del self._jobs[job.folder.name]
        self._give_places()

    def _tend_job(self, job: LocalJob) -> None:
        if not job.folder.path.is_dir():
            raise NotFound(f"{job.folder.path} was deleted; order its cases again")
        job.adopt()
        job.clear_remains()
        job.press_cancel()
        job.look()
        if job.is_over:
            job.mark_ended()
            del self._jobs[job.folder.name]

    def _give_places(self) -> None:
        while self._free_places() > 0:
            waiting = [job for job in self._jobs.values() if job.wants_worker]
            if not waiting:
                return
            min(waiting, key=lambda job: (len(job.running), job.turn)).start_worker()
        starved = sum(
            job.wants_worker and not job.running for job in self._jobs.values()
        )
        if starved > self._yielding():
            self._ask_for_place()

    def _ask_for_place(self) -> None:
        for job in sorted(self._jobs.values(), key=lambda job: -len(job.running)):
            after_s = 0.0 if len(job.running) > 1 else _TURN_SECONDS
            if job.ask_one_to_yield(after_s):
                return

    def _free_places(self) -> int:
        return self._places - sum(len(job.running) for job in self._jobs.values())

    def _yielding(self) -> int:
        return sum(
            worker.is_yielding
            for job in self._jobs.values()
            for worker in job.running.values()
        )


def _age(path: Path) -> float:
    return path.stat().st_mtime
