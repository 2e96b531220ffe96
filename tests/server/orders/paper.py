"""A back end on paper: the test says what becomes of jobs, and plays their workers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from nora_core.jobs.backends.backend import Backend, JobStatus, WorkState
from nora_core.jobs.events import EventWriter
from nora_core.jobs.folder import JobFolder
from nora_core.jobs.request import AttemptStatus, EventKind, JobEvent, ResultFile
from nora_core.wire.jobs import JobState, OrderInfo

Look = Callable[[OrderInfo], OrderInfo]
"""Asks the server for an order as it is now."""


class PaperBackend(Backend):
    """Takes jobs and runs none; says what the test wants."""

    name = "paper"

    def __init__(self) -> None:
        self.jobs: dict[str, JobFolder] = {}
        self.cancelled: list[str] = []
        self.status = JobStatus(WorkState.RUNNING)
        self.error: Exception | None = None
        self.polls = 0

    def submit(self, job: JobFolder) -> str:
        self._fail()
        self.jobs[f"id-{len(self.jobs)}"] = job
        return f"id-{len(self.jobs) - 1}"

    def find(self, job_names: Sequence[str]) -> dict[str, str]:
        return {job.name: i for i, job in self.jobs.items() if job.name in job_names}

    def states(self, ids: Sequence[str]) -> dict[str, JobStatus]:
        self._fail()
        self.polls += 1
        return dict.fromkeys(ids, self.status)

    def cancel(self, ids: Sequence[str]) -> None:
        self.cancelled += ids

    def _fail(self) -> None:
        if self.error is not None:
            raise self.error


def report(job: JobFolder, worker: int, case: int, state: JobState | None) -> None:
    """Do what a worker does when a case starts (``None``) or ends."""
    kind = EventKind.STARTED if state is None else EventKind.ENDED
    if state is not None:
        job.attempt(case, 1).finish(AttemptStatus(state=state, message="said so"))
    events = EventWriter(job.events_path(worker))
    events.write(JobEvent(kind=kind, case=case, attempt=1))
    events.close()


def publish(job: JobFolder, case: int, provenance: str = '{"inputs": []}') -> None:
    """Do what a worker does when a case ends with two results."""
    attempt = job.attempt(case, 1)
    attempt.results.mkdir(parents=True)
    files = []
    for name in ("one", "two"):
        (attempt.results / name).write_text(name)
        sha256 = hashlib.sha256(name.encode()).hexdigest()
        files.append(ResultFile(name=name, path=name, size_bytes=3, sha256=sha256))
    attempt.provenance.write_text(provenance)
    attempt.finish(AttemptStatus(state=JobState.DONE, results=files))
    report(job, 0, case, JobState.DONE)
