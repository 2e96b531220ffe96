"""Projects, their members, and why somebody may do something."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, Field

from nora_core.wire.account import Role
from nora_core.wire.names import Identifier


class Action(StrEnum):
    """What one can do in a project."""

    READ = "read"
    """See its cases, files, tags, jobs and settings."""
    SHARE = "share"
    """Keep views of one's own: presets and shared links."""
    WRITE = "write"
    """Add and change subjects, studies, files, tags and JSON."""
    DELETE = "delete"
    """Move files, studies and subjects to the trash, and back."""
    RUN_JOBS = "run_jobs"
    """Run tools on its cases."""
    REGISTER = "register"
    """Take in files that lie on the server's disk, in place."""
    MANAGE = "manage"
    """Change its members and settings, see its history."""


class ProjectInfo(BaseModel):
    """A project as the current user sees it."""

    name: str
    title: str
    actions: list[Action]
    """What the current user may do in it."""


class NewProject(BaseModel):
    """A project to be made."""

    name: Identifier
    title: str = Field(default="", max_length=200)


class ProjectChange(BaseModel):
    """What shall change about a project; ``None`` leaves as it is."""

    title: str | None = Field(default=None, max_length=200)


class Member(BaseModel):
    """A user's role in a project."""

    user: str
    role: Role


class RoleChange(BaseModel):
    """The role that a member gets."""

    role: Role


class Explanation(BaseModel):
    """Whether an action is allowed, and why."""

    project: str
    action: Action
    allowed: bool
    reason: str
