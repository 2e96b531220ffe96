"""Refuses requests that name another host: the guard against DNS rebinding."""

from collections.abc import Iterable

from starlette.types import ASGIApp, Receive, Scope, Send

from nora_core.errors import BadInput
from nora_server.middleware.plain import header, refuse

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})


class HostCheck:
    """Lets only requests through whose ``Host`` is one of ours."""

    def __init__(self, app: ASGIApp, names: Iterable[str]) -> None:
        self.app = app
        self.names = frozenset(name.casefold() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _host_name(scope) in self.names:
            await self.app(scope, receive, send)
            return
        await refuse(
            BadInput(
                "this server is not reached by that name; "
                "its admin lists the names in server.names of the settings"
            ),
            scope,
            receive,
            send,
            status=421,
        )


def _host_name(scope: Scope) -> str:
    host = (header(scope, b"host") or "").casefold()
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdecimal() else host
