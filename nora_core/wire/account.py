"""Users, their roles in projects, log-ins and API tokens."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, Field, SecretStr

from nora_core.wire.names import Identifier


class Role(StrEnum):
    """What a user is in one project, weakest first."""

    READER = "reader"
    WRITER = "writer"
    PROJECT_ADMIN = "project_admin"


class Scope(StrEnum):
    """What an API token may do of all that its user may do."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


class LogIn(BaseModel):
    """A user's name and password, sent once to get a token."""

    name: str = Field(max_length=128)
    password: SecretStr = Field(max_length=1024)


class IssuedToken(BaseModel):
    """A new token; the only moment its secret is shown."""

    id: int
    secret: str
    scope: Scope
    expires_at: datetime


class TokenRequest(BaseModel):
    """The wish for an API token."""

    name: Identifier
    scope: Scope = Scope.READ
    project: Identifier | None = None
    """Restrict the token to one project."""
    valid_days: int = Field(default=90, ge=1, le=730)


class TokenInfo(BaseModel):
    """An API token without its secret."""

    id: int
    name: str
    scope: Scope
    project: str | None
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None


class UserInfo(BaseModel):
    """A user as others see them."""

    name: str
    display_name: str
    is_admin: bool
    is_disabled: bool = False


class NewUser(BaseModel):
    """A user to be made."""

    name: Identifier
    display_name: str = Field(default="", max_length=200)
    password: SecretStr = Field(min_length=10, max_length=1024)
    is_admin: bool = False


class UserChange(BaseModel):
    """What shall change about a user; ``None`` leaves as it is."""

    display_name: str | None = Field(default=None, max_length=200)
    password: SecretStr | None = Field(default=None, min_length=10, max_length=1024)
    current_password: SecretStr | None = Field(default=None, max_length=1024)
    """Needed to change one's own password."""
    is_admin: bool | None = None
    is_disabled: bool | None = None
