"""Base of back ends that talk to a cluster's scheduler: six text functions each."""

from __future__ import annotations

import subprocess
from abc import abstractmethod
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from nora_core.errors import BackendError, BackendUnavailable
from nora_core.jobs.backends.backend import Backend, JobStatus, WorkState
from nora_core.jobs.folder import JobFolder
from nora_core.jobs.request import JobRequest

_ANSWER_SECONDS = 60.0
"""Schedulers that are down answer only after half a minute."""


@dataclass(frozen=True)
class Command:
    """A program with its arguments and what it reads."""

    argv: Sequence[str]
    stdin: str = ""


@dataclass(frozen=True)
class Answer:
    """What a program wrote, and its exit status."""

    status: int
    stdout: str = ""
    stderr: str = ""

    @property
    def complaint(self) -> str:
        """What it complained of, in one line."""
        return " ".join((self.stderr or self.stdout).split())[:500] or "no word"


@dataclass(frozen=True)
class TaskRow:
    """One task (worker) in a scheduler's list."""

    job_id: str
    task: int
    state: WorkState
    job_name: str = ""
    message: str = ""


Run = Callable[[Command], Answer]


def run_program(command: Command) -> Answer:
    """Run a scheduler's program and return its answer.

    Raises
    ------
    BackendUnavailable
        If the program is missing or does not answer in time.
    """
    program = command.argv[0]
    try:
        done = subprocess.run(
            list(command.argv),
            input=command.stdin,
            capture_output=True,
            text=True,
            timeout=_ANSWER_SECONDS,
            check=False,
        )
    except FileNotFoundError:
        raise BackendUnavailable(
            f"there is no program {program!r} on the server's PATH; install the "
            "scheduler's commands or choose another back end"
        ) from None
    except subprocess.TimeoutExpired:
        raise BackendUnavailable(
            f"{program!r} did not answer within {_ANSWER_SECONDS:g} s; "
            "is the scheduler running?"
        ) from None
    return Answer(done.returncode, done.stdout, done.stderr)


@dataclass
class _Tasks:
    name: str = ""
    rows: list[TaskRow] = field(default_factory=list)


class SchedulerBackend(Backend):
    """One array of workers per job, queued by a scheduler's own commands.

    A subclass gives six functions from values to text and from text to values; all
    programs are run here. ``run`` is given by tests that play recorded answers.
    """

    def __init__(self, run: Run = run_program) -> None:
        self._run = run

    @abstractmethod
    def submit_command(self, job: JobFolder, request: JobRequest) -> Command:
        """Return the command that queues ``request.workers`` tasks under its name."""

    @abstractmethod
    def read_id(self, answer: Answer) -> str:
        """Return the id that the scheduler gave; '' where there is none in it."""

    @abstractmethod
    def list_command(self) -> Command:
        """Return the command that lists all tasks of this user, ended ones too."""

    @abstractmethod
    def read_list(self, answer: Answer) -> list[TaskRow]:
        """Return the tasks that are listed."""

    @abstractmethod
    def cancel_command(self, ids: Sequence[str]) -> Command:
        """Return the command that ends these jobs."""

    @abstractmethod
    def read_cancel(self, answer: Answer) -> str:
        """Return what went wrong; '' also for jobs that ended before or are unknown."""

    def submit(self, job: JobFolder) -> str:
        answer = self._run(self.submit_command(job, job.read_request()))
        job_id = self.read_id(answer) if answer.status == 0 else ""
        if not job_id:
            raise BackendError(
                f"{self.name} refused job {job.name!r}: {answer.complaint}; "
                "correct the back end's options"
            )
        return job_id

    def find(self, job_names: Sequence[str]) -> dict[str, str]:
        wanted = set(job_names)
        return {
            tasks.name: job_id
            for job_id, tasks in self._listed().items()
            if tasks.name in wanted
        }

    def states(self, ids: Sequence[str]) -> dict[str, JobStatus]:
        listed = self._listed() if ids else {}
        return {
            job_id: _status(listed[job_id].rows)
            if job_id in listed
            else JobStatus(WorkState.UNKNOWN)
            for job_id in ids
        }

    def cancel(self, ids: Sequence[str]) -> None:
        if not ids:
            return
        complaint = self.read_cancel(self._run(self.cancel_command(ids)))
        if complaint:
            raise BackendError(
                f"{self.name} could not cancel {len(ids)} jobs: {complaint}"
            )

    def _listed(self) -> dict[str, _Tasks]:
        answer = self._run(self.list_command())
        if answer.status != 0:
            raise BackendUnavailable(
                f"{self.name} does not list its jobs: {answer.complaint}"
            )
        jobs: dict[str, _Tasks] = defaultdict(_Tasks)
        for row in self.read_list(answer):
            jobs[row.job_id].name = row.job_name
            jobs[row.job_id].rows.append(row)
        return jobs


def _status(rows: Sequence[TaskRow]) -> JobStatus:
    """Sum the states of a job's tasks up."""
    states = {row.state for row in rows}
    message = next((row.message for row in rows if row.message), "")
    ended = frozenset(row.task for row in rows if row.state is WorkState.ENDED)
    if WorkState.RUNNING in states or (states == {WorkState.ENDED, WorkState.QUEUED}):
        return JobStatus(WorkState.RUNNING, message, ended)
    for state in (WorkState.QUEUED, WorkState.UNKNOWN):
        if state in states:
            return JobStatus(state, message, ended)
    return JobStatus(WorkState.ENDED, message, ended)
