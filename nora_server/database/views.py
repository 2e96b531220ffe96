"""Tables of presets, and of shared links with all their versions."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, LargeBinary, text
from sqlmodel import Field, SQLModel

from nora_server.database.columns import UtcDateTime, utc_now


def _live(condition: str) -> dict[str, Any]:
    condition += " AND deleted_at IS NULL"
    return {
        "unique": True,
        "sqlite_where": text(condition),
        "postgresql_where": text(condition),
    }


class StoredPreset(SQLModel, table=True):
    """Named settings of the viewer.

    A private name is its owner's own, so that nobody can find out by a collision
    which private presets there are.
    """

    __tablename__ = "preset"
    __table_args__ = (
        Index(
            "ix_preset_private",
            "project_id",
            "owner_id",
            "name",
            **_live("mark='--'"),
        ),
        Index(
            "ix_preset_shared",
            "project_id",
            "name",
            **_live("mark<>'--'"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id")
    owner_id: int = Field(foreign_key="account.id")
    name: str = Field(max_length=128)
    mark: str = Field(max_length=2)
    content: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    changed_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    deleted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Link(SQLModel, table=True):
    """A shared link; what it shows stands in its versions."""

    __table_args__ = (Index("ix_link_project", "project_id", "owner_id"),)

    id: str = Field(primary_key=True, max_length=32)
    """192 random bits, URL-safe."""
    project_id: int = Field(foreign_key="project.id")
    owner_id: int = Field(foreign_key="account.id")
    version: int
    """The newest."""
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    deleted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class LinkState(SQLModel, table=True):
    """One version of a link."""

    __tablename__ = "link_version"

    link_id: str = Field(foreign_key="link.id", primary_key=True, max_length=32)
    version: int = Field(primary_key=True)
    project_ids: list[int] = Field(sa_column=Column(JSON, nullable=False))
    """Every project of which it shows files: all must be readable."""
    scene: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    saved_by: int = Field(foreign_key="account.id")
    saved_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class LinkBytes(SQLModel, table=True):
    """A preview picture or an unsaved mask of one version of a link."""

    __tablename__ = "link_bytes"

    link_id: str = Field(foreign_key="link.id", primary_key=True, max_length=32)
    version: int = Field(primary_key=True)
    name: str = Field(primary_key=True, max_length=80)
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
