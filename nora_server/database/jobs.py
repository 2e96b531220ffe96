"""Tables of orders and their cases."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from nora_server.database.columns import UtcDateTime, utc_now

MESSAGE_CHARACTERS = 2000


def fit_message(text: str) -> str:
    """Return ``text`` as long as the columns named ``message`` can hold it."""
    return text[:MESSAGE_CHARACTERS]


class Order(SQLModel, table=True):
    """A tool to be run on cases, as a user ordered it."""

    __tablename__ = "job_order"
    __table_args__ = (
        UniqueConstraint("account_id", "key"),
        Index("ix_job_order_project", "project_id", "id"),
        Index("ix_job_order_state", "state"),
    )

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id")
    account_id: int = Field(foreign_key="account.id")
    key: str | None = Field(default=None, max_length=64)
    tool: str = Field(max_length=128)
    request: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    """The :class:`nora_core.wire.jobs.OrderRequest` as it came."""
    level: str = Field(max_length=16)
    state: str = Field(max_length=16)
    backend: str = Field(max_length=64)
    job_name: str = Field(max_length=64, unique=True)
    """Unique name of the present job folder: written before submitting."""
    backend_job_id: str | None = Field(default=None, max_length=128)
    cancel_requested: bool = False
    message: str = Field(default="", max_length=MESSAGE_CHARACTERS)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class OrderCase(SQLModel, table=True):
    """One case of an order."""

    __tablename__ = "job_case"
    __table_args__ = (
        Index("ix_job_case_order", "order_id", "id"),
        Index("ix_job_case_order_state", "order_id", "state"),
        Index("ix_job_case_study_state", "study_id", "state"),
        Index("ix_job_case_subject_state", "subject_id", "state"),
    )

    id: int | None = Field(default=None, primary_key=True)
    order_id: int = Field(foreign_key="job_order.id")
    subject_id: int = Field(foreign_key="subject.id")
    study_id: int | None = Field(default=None, foreign_key="study.id")
    state: str = Field(max_length=16)
    attempt: int = 0
    """Number of the present or latest attempt; 0 where there was none."""
    job_name: str = Field(default="", max_length=64)
    """The job folder of that attempt."""
    inputs: dict[str, list[int]] = Field(
        default_factory=dict, sa_column=Column(JSON, nullable=False)
    )
    """Ids of the files that the FILE arguments picked, by argument."""
    message: str = Field(default="", max_length=MESSAGE_CHARACTERS)
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    result_file_ids: list[int] = Field(
        default_factory=list, sa_column=Column(JSON, nullable=False)
    )
