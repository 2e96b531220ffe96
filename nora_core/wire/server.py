"""What client and server tell each other about themselves."""

from __future__ import annotations

from pydantic import BaseModel

API_VERSION = 1
"""Raised when an older client or server could misunderstand a newer one."""

VERSION_HEADER = "X-Nora-Api"
"""Each request carries the client's :data:`API_VERSION` under this name."""


class ServerVersion(BaseModel):
    """The answer of ``/api/v1/version``."""

    version: str
    api: int
    is_embedded: bool = False


class Health(BaseModel):
    """The answer of ``/healthz``."""

    status: str
    database: bool
    storage: bool
    watcher: bool
