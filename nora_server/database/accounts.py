"""Tables of users, tokens, projects and memberships."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from nora_server.database.columns import UtcDateTime, utc_now


class Account(SQLModel, table=True):
    """A person (or program) who may log in."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=128, unique=True)
    display_name: str = Field(default="", max_length=200)
    password_hash: str | None = Field(default=None, max_length=300)
    """Argon2id; ``None``: no log-in by password."""
    is_admin: bool = False
    is_disabled: bool = False
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class Token(SQLModel, table=True):
    """A log-in or an API token; only the hash of its secret is kept."""

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    name: str = Field(max_length=128)
    secret_sha256: str = Field(max_length=64, unique=True)
    scope: str = Field(max_length=16)
    project_id: int | None = Field(default=None, foreign_key="project.id")
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    last_used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Project(SQLModel, table=True):
    """A pool of subjects with its own members and settings."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=128, unique=True)
    title: str = Field(default="", max_length=200)
    settings: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(JSON, nullable=False)
    )
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class Membership(SQLModel, table=True):
    """A user's role in a project; no row, no right."""

    __table_args__ = (
        UniqueConstraint("account_id", "project_id"),
        Index("ix_membership_project", "project_id", "account_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id")
    project_id: int = Field(foreign_key="project.id")
    role: str = Field(max_length=32)
