"""What all groups of calls stand on: a connection and a cache."""

from __future__ import annotations

from nora_core.client.cache import DownloadCache
from nora_core.client.connection import Connection, part


class Calls:
    """A group of calls to one server."""

    def __init__(self, connection: Connection, cache: DownloadCache) -> None:
        self._connection = connection
        self._cache = cache

    @property
    def url(self) -> str:
        """The server's address."""
        return self._connection.url

    @property
    def token(self) -> str | None:
        """The token in use; hand it on with care."""
        return self._connection.token

    def use_token(self, token: str | None) -> None:
        """Make the calls that follow with another token, or with none."""
        self._connection.token = token

    def close(self) -> None:
        """Close the connections; the client can still be used."""
        self._connection.close()


def project_path(project: str, rest: str = "") -> str:
    """Return the path of ``project``, with ``rest`` behind it."""
    return f"/projects/{part(project)}{rest}"
