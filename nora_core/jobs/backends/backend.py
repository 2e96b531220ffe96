"""What every back end can do: queue job folders, tell how they are, cancel them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from nora_core.jobs.folder import JobFolder


class WorkState(StrEnum):
    """How far a job is, as its back end knows; how its cases are, the folder says."""

    QUEUED = "queued"
    """None of its workers has started yet."""
    RUNNING = "running"
    """Some of its workers run, or will run again."""
    ENDED = "ended"
    """No worker runs, and none will."""
    UNKNOWN = "unknown"
    """The back end does not list it: it may be new, forgotten or lost. Never done."""


@dataclass(frozen=True)
class JobStatus:
    """What a back end knows of one job."""

    state: WorkState
    message: str = ""
    ended_workers: frozenset[int] = frozenset()
    """Workers that are gone for good, with all that they started."""


class Backend(ABC):
    """Queues job folders and keeps no state of its own beside them.

    Any process may end at any time: a new object of the same kind, made with the same
    settings, knows all jobs that an earlier one took. Each verb takes many ids, so
    that a poll of a thousand jobs is one call.
    """

    name: str

    @abstractmethod
    def submit(self, job: JobFolder) -> str:
        """Queue ``job`` and return the id under which this back end knows it.

        Submitting a folder twice runs no case twice, since workers claim cases.

        Raises
        ------
        BackendUnavailable
            If the scheduler's program is missing or does not answer.
        BackendError
            If the scheduler refuses the job; says why.
        """

    @abstractmethod
    def find(self, job_names: Sequence[str]) -> dict[str, str]:
        """Return the ids of those jobs that were taken, by their names.

        Asked after a crash between submitting a job and writing down its id.
        """

    @abstractmethod
    def states(self, ids: Sequence[str]) -> dict[str, JobStatus]:
        """Return how each job is, in one call to the scheduler for all.

        Raises
        ------
        BackendError
            If the scheduler does not answer: then nothing is known of any job.
        """

    @abstractmethod
    def cancel(self, ids: Sequence[str]) -> None:
        """End the workers of these jobs; jobs that ended or are unknown stay so."""

    def close(self, *, end_workers: bool = False) -> None:  # noqa: B027 most need none
        """Let go; with ``end_workers`` kill what runs on this machine."""
