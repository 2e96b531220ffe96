"""Orders: a tool to be run on many cases, and how far each case is."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, Field, JsonValue

from nora_core.wire.case import Level
from nora_core.wire.names import RelativeName, RowNumber


class JobState(StrEnum):
    """How far a case, or a whole order, is."""

    WAITING = "waiting"
    """Accepted and stored; not handed to the back end yet."""
    QUEUED = "queued"
    """Handed to the back end."""
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    """The tool, or the resolution of its files, ended with an error."""
    INTERRUPTED = "interrupted"
    """Killed from outside (crash, power, node); its results were thrown away."""
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """True where nothing more will happen by itself."""
        return self in FINAL_STATES


FINAL_STATES = frozenset(
    {JobState.DONE, JobState.FAILED, JobState.INTERRUPTED, JobState.CANCELLED}
)


class OrderRequest(BaseModel):
    """The wish to run a tool on cases."""

    tool: str = Field(max_length=128)
    arguments: dict[str, JsonValue] = {}
    """Values by name; a FILE argument's value is a pattern in each case's study."""
    level: Level = Level.STUDY
    case_ids: list[RowNumber] = Field(min_length=1, max_length=100_000)
    """Ids of studies (or subjects, by ``level``)."""
    result_folder: RelativeName | None = None
    """Folder inside the study; the tool's name where not given."""
    tags: list[str] = Field(default=[], max_length=100)
    """Further tags for the results."""
    attempts: int = Field(default=1, ge=1, le=10)
    """How often an interrupted case is tried."""
    key: str | None = Field(default=None, max_length=64, pattern="^[!-~]+$")
    """Sending the same order twice under one key makes one order."""


class OrderInfo(BaseModel):
    """An order and how many of its cases are in which state."""

    id: int
    project: str
    tool: str
    tool_title: str
    arguments: dict[str, JsonValue]
    level: Level
    state: JobState
    counts: dict[JobState, int]
    created_by: str
    created_at: datetime
    ended_at: datetime | None
    backend: str
    message: str = ""


class RetryRequest(BaseModel):
    """The wish to run cases again that ended in one of these states."""

    states: list[JobState] = Field(
        default=[JobState.FAILED, JobState.INTERRUPTED, JobState.CANCELLED],
        min_length=1,
        max_length=10,
    )


class OrderCaseRow(BaseModel):
    """One case of an order."""

    id: int
    order_id: int
    subject_id: int
    study_id: int | None
    patients_id: str
    studies_id: str | None
    state: JobState
    attempt: int
    started_at: datetime | None
    ended_at: datetime | None
    message: str
    result_file_ids: list[int]


class OrderCasePage(BaseModel):
    """Cases of an order by number."""

    rows: list[OrderCaseRow]
    next: int | None
    """Give as ``after`` for the next page."""


class LogPart(BaseModel):
    """A piece of a log, from ``offset`` on."""

    text: str
    next_offset: int
    complete: bool
    """True when nothing more will be written."""
