"""Tables of events and of uploads under way."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Index
from sqlmodel import Field, SQLModel

from nora_server.database.columns import UtcDateTime, utc_now


class Event(SQLModel, table=True):
    """Something that was done: by whom, when, to what, and the way back.

    Rows are added, never changed but for ``undone_by``; ``chain_sha256`` covers
    the row and the row before it, so that tampering shows.
    """

    __table_args__ = (Index("ix_event_project", "project_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    project_id: int | None = Field(default=None, foreign_key="project.id")
    account_id: int | None = Field(default=None, foreign_key="account.id")
    at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    action: str = Field(max_length=64)
    subject: str = Field(max_length=128)
    """What it happened to, such as ``file 17``; never a patient's name."""
    details: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(JSON, nullable=False)
    )
    undone_by: int | None = Field(default=None, foreign_key="event.id")
    chain_sha256: str = Field(max_length=64)


class WayBack(SQLModel, table=True):
    """What undoing an event needs; apart from it, as it may hold names."""

    __tablename__ = "way_back"

    event_id: int = Field(foreign_key="event.id", primary_key=True)
    content: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


class Upload(SQLModel, table=True):
    """A file on its way in; its bytes so far lie in the storage's incoming folder."""

    id: str = Field(primary_key=True, max_length=64)
    account_id: int = Field(foreign_key="account.id")
    study_id: int = Field(foreign_key="study.id")
    relative_name: str = Field(max_length=800)
    size_bytes: int = Field(sa_type=BigInteger)
    sha256: str = Field(max_length=64)
    tags: list[str] = Field(
        default_factory=list, sa_column=Column(JSON, nullable=False)
    )
    replace: bool = False
    file_id: int | None = Field(default=None, foreign_key="file.id")
    """Set when done, so that a client that missed the answer can ask again."""
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
