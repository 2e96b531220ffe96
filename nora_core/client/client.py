"""The whole of a server as one object with a method for each thing it can do."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from nora_core.client.accounts import AccountCalls
from nora_core.client.archive import ArchiveCalls
from nora_core.client.cache import DownloadCache
from nora_core.client.connection import Connection
from nora_core.client.files import FileCalls
from nora_core.client.links import LinkCalls
from nora_core.client.orders import OrderCalls
from nora_core.client.presets import PresetCalls


class Client(AccountCalls, ArchiveCalls, FileCalls, LinkCalls, OrderCalls, PresetCalls):
    """A server, as its users see it.

    All calls block, may come from any thread, return the models of
    :mod:`nora_core.wire` and raise the classes of :mod:`nora_core.errors`.

    Parameters
    ----------
    url
        Such as ``https://nora.example.org`` or that of an embedded server.
    token
        An API token; or call :meth:`login`.
    cache
        Where downloads are kept; the user's cache folder where not given.
    verify
        False or a path of certificates, for servers with a certificate of their own.
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        cache: DownloadCache | Path | None = None,
        verify: bool | str = True,
    ) -> None:
        connection = Connection(url, token, verify)
        if not isinstance(cache, DownloadCache):
            cache = DownloadCache(cache)
        super().__init__(connection, cache)

    def __repr__(self) -> str:
        return f"Client({self.url!r})"

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
