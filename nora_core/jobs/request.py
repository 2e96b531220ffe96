"""What lies in a job folder as JSON: the request, and what became of each attempt."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from nora_core.jobs.processes import ProcessStamp
from nora_core.wire.jobs import JobState
from nora_core.wire.tool import Resources


def now() -> datetime:
    """Return the present moment, with its time zone."""
    return datetime.now(UTC)


class _Stored(BaseModel):
    model_config = ConfigDict(frozen=True)


class CaseRequest(_Stored):
    """One case of a job: the files that its FILE arguments picked."""

    case: int
    """A number that says nothing about a patient."""
    attempt: int = Field(default=1, ge=1)
    inputs: dict[str, list[str]] = {}
    """Absolute paths by argument."""


class JobRequest(_Stored):
    """``request.json``: a tool, its arguments and the cases to run it on."""

    version: Literal[1] = 1
    job_name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")
    tool: str
    arguments: dict[str, JsonValue] = {}
    """All arguments but the files, checked."""
    cases: list[CaseRequest] = Field(min_length=1)
    resources: Resources = Resources()
    time_limit_s: float = Field(default=600.0, gt=0)
    """After this a case is ended as failed."""
    workers: int = Field(default=1, ge=1)
    """How many cases may run at the same time."""
    plugin_folders: list[str] | None = None
    """The user's own plug-ins; ``None``: those that ``$NORA_PLUGINS`` names."""


class ResultFile(_Stored):
    """A file below an attempt's ``results`` folder."""

    name: str
    """The result's name."""
    path: str
    """Relative to ``results``."""
    size_bytes: int
    sha256: str
    is_mask: bool = False


class AttemptStatus(_Stored):
    """``status.json``: how an attempt ended; written once, by whoever was first."""

    version: Literal[1] = 1
    state: JobState
    message: str = ""
    started_at: datetime | None = None
    ended_at: datetime = Field(default_factory=now)
    peak_memory_mb: float | None = None
    results: list[ResultFile] = []


class WorkerStart(_Stored):
    """``workers/N.json``: a worker that runs, or ran."""

    process: ProcessStamp
    started_at: datetime = Field(default_factory=now)


class WorkerEndReason(StrEnum):
    """Why a worker ended by itself."""

    FINISHED = "finished"
    """No case was left to claim."""
    YIELDED = "yielded"
    """Another job was to have its place."""
    STOPPED = "stopped"
    """The job was cancelled or the worker was asked to end."""


class EventKind(StrEnum):
    """What a worker reports about a case."""

    STARTED = "started"
    PROGRESS = "progress"
    ENDED = "ended"
    """Its ``status.json`` says how."""


class JobEvent(_Stored):
    """One line of ``events.W.jsonl``."""

    kind: EventKind
    case: int
    attempt: int
    at: datetime = Field(default_factory=now)
    done: float | None = None
    message: str = ""
