"""Subjects, studies, files and their tags, as the tables show them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from nora_core.wire.case import Level
from nora_core.wire.names import Identifier, RelativeName, RowNumber, Tag, Text

DayDate = date


class SortKey(StrEnum):
    """The column by which rows are ordered; ties go by the row's id."""

    NAME = "name"
    PATIENTS_ID = "patients_id"
    STUDIES_ID = "studies_id"
    DATE = "date"
    DESCRIPTION = "description"
    """Subjects have none, so theirs go by the row's id."""


class CaseFilter(BaseModel):
    """What the filter bars hold; an empty bar lets every row through.

    Each bar is a pattern (see :mod:`nora_core.patterns`) with a wildcard at the
    end of each word; the bars narrow one another (AND).
    """

    name: str = Field(default="", max_length=1000)
    patients_id: str = Field(default="", max_length=1000)
    studies_id: str = Field(default="", max_length=1000)
    date: str = Field(default="", max_length=1000)
    description: str = Field(default="", max_length=1000)
    tags: str = Field(default="", max_length=1000)
    """Words are names of tags, on the row's subject or study."""
    files: str = Field(default="", max_length=1000)
    """The file search, with attributes such as ``STAG:`` and ``JOB:``."""


class CaseQuery(BaseModel):
    """One page of a table."""

    level: Level = Level.STUDY
    filter: CaseFilter = CaseFilter()
    sort: SortKey = SortKey.NAME
    descending: bool = False
    limit: int = Field(default=100, ge=1, le=1000)
    offset: int = Field(default=0, ge=0, le=2**31 - 1)
    """Rows to skip, for jumping by the scroll bar; ``after`` is quicker."""
    after: str | None = Field(default=None, max_length=2000)
    """``next`` of the page before."""


class JobMarks(BaseModel):
    """How many jobs of a row wait, run or failed."""

    queued: int = 0
    running: int = 0
    failed: int = 0


class CaseRow(BaseModel):
    """One row of the table: a study, or a subject with ``study_id`` None."""

    subject_id: int
    study_id: int | None
    patients_id: str
    studies_id: str | None
    name: str
    date: date | None
    description: str
    modality: str
    subject_tags: list[str]
    study_tags: list[str]
    file_count: int
    study_count: int = 1
    jobs: JobMarks = JobMarks()


class CasePage(BaseModel):
    """Rows in the table's order."""

    rows: list[CaseRow]
    next: str | None
    """Give this as ``after`` for the next page; ``None`` at the end."""


class CaseCount(BaseModel):
    """How many rows a filter lets through."""

    matching: int
    total: int
    exact: bool = True
    """False while the index is still being built after a start: there are more."""


class FileRow(BaseModel):
    """A file of a study."""

    id: int
    study_id: int
    relative_name: str
    size_bytes: int
    sha256: str | None
    """``None`` until the checksum of a file registered in place is known."""
    tags: list[str]
    created_at: datetime
    created_by: str
    is_in_place: bool


class SelectQuery(BaseModel):
    """Files by a FILE pattern: no wildcard at the end, all words about one file."""

    pattern: str = Field(max_length=1000)
    study_ids: list[RowNumber] | None = Field(default=None, max_length=100_000)
    """Only files of these studies; ``None`` for all of the project."""
    limit: int = Field(default=10_000, ge=1, le=100_000)


class SelectManyQuery(BaseModel):
    """Files by several patterns of autoloaders at once.

    Each is bound to a case (:func:`nora_core.patterns.bind_pattern`) or means files
    of the whole project.
    """

    patterns: list[Annotated[str, Field(max_length=1000)]] = Field(max_length=100)
    limit: int = Field(default=2000, ge=1, le=10_000)
    """Of each pattern's files."""
    subject_id: RowNumber | None = None
    study_id: RowNumber | None = None
    """The case to which the patterns are bound. Patterns know no case of letters:
    this keeps the files of a subject ``p1`` out of the case ``P1``."""


class NewStudy(BaseModel):
    """A study to be made, with its subject where that is new."""

    patients_id: Identifier
    studies_id: Identifier
    name: Text = Field(default="", max_length=300)
    date: DayDate | None = None
    description: Text = Field(default="", max_length=300)
    modality: Text = Field(default="", max_length=64)


class StudyInfo(BaseModel):
    """A study with its subject."""

    study_id: int
    subject_id: int
    patients_id: str
    studies_id: str
    name: str
    date: date | None
    description: str
    modality: str


class StudyChange(BaseModel):
    """What shall change about a study; ``None`` leaves as it is."""

    studies_id: Identifier | None = None
    date: DayDate | Literal[""] | None = None
    """``""`` takes the date away."""
    description: Text | None = Field(default=None, max_length=300)
    modality: Text | None = Field(default=None, max_length=64)


class SubjectChange(BaseModel):
    """What shall change about a subject; ``None`` leaves as it is."""

    patients_id: Identifier | None = None
    name: Text | None = Field(default=None, max_length=300)


class ItemIds(BaseModel):
    """Which files, studies or subjects are meant."""

    ids: list[RowNumber] = Field(min_length=1, max_length=100_000)


class TagLevel(StrEnum):
    """What carries a tag."""

    SUBJECT = "subject"
    STUDY = "study"
    FILE = "file"


class TagChange(BaseModel):
    """Tags to add to and remove from many items in one step."""

    level: TagLevel
    ids: list[RowNumber] = Field(max_length=100_000)
    add: list[Tag] = Field(default=[], max_length=100)
    remove: list[Tag] = Field(default=[], max_length=100)


class TagResult(BaseModel):
    """What a change of tags did, and the change that takes it back."""

    changed: int
    undo: list[TagChange]
    event_id: int | None = None
    """Of the history; undoing this event takes all back at one blow."""


class RegisterRequest(BaseModel):
    """Files on the server's disk to be taken in where they lie."""

    folder: str = Field(max_length=4000)
    pattern: str | None = Field(default=None, max_length=1000)
    """A regular expression on the path with groups ``patients_id``, ``studies_id``.

    ``None``: BIDS (``sub-*/ses-*``) where that is found, else one subject per
    first folder and one study per second.
    """
    dry_run: bool = False


class RegisterReport(BaseModel):
    """What registering did, or would do."""

    subjects: int
    studies: int
    files: int
    known: int
    """Files that were registered before."""
    skipped: list[str] = []
    """Why files were left out, at most a hundred lines."""


UPLOAD_HEADER = "X-Nora-Upload"
"""Carries an :class:`UploadRequest` as percent-encoded JSON beside raw bytes."""

UPLOAD_OFFSET_HEADER = "X-Nora-Upload-Offset"
"""Byte of the file at which the body of a PATCH begins."""


class UploadRequest(BaseModel):
    """The wish to store a file in a study."""

    study_id: RowNumber
    relative_name: RelativeName
    size_bytes: int = Field(ge=0, le=2**44)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    tags: list[Tag] = Field(default=[], max_length=100)
    replace: bool = False
    """Put the present file of this name into the trash; else a Conflict."""


class UploadState(BaseModel):
    """How much of an upload has arrived safely."""

    id: str
    received_bytes: int
    size_bytes: int
    file: FileRow | None = None
    """The row, once everything is stored."""


class StudyJson(BaseModel):
    """A named JSON document of a study, such as ``nodeinfo``."""

    name: Identifier
    content: dict[str, Any]


class EventRow(BaseModel):
    """Something that happened, for the project's history."""

    id: int
    at: datetime
    user: str
    action: str
    subject: str
    """What it happened to, such as ``file 17`` (never a patient's name)."""
    details: dict[str, Any]
    undone: bool = False
