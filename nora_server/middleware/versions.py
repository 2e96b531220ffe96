"""Refuses clients that speak another version of the interface."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nora_core.errors import VersionMismatch
from nora_core.wire.server import API_VERSION, VERSION_HEADER
from nora_server.middleware.plain import header, refuse

_OPEN_TO_ALL = ("/api/v1/version", "/healthz")


class VersionCheck:
    """Tells our version in each answer and compares the client's, where given."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_version(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[VERSION_HEADER] = str(API_VERSION)
            await send(message)

        theirs = header(scope, VERSION_HEADER.lower().encode())
        if theirs in (None, str(API_VERSION)) or scope["path"] in _OPEN_TO_ALL:
            await self.app(scope, receive, send_with_version)
        else:
            await refuse(_explain(theirs), scope, receive, send_with_version)


def _explain(theirs: str | None) -> VersionMismatch:
    number = int(theirs) if theirs and theirs.isdecimal() and len(theirs) < 9 else None
    if number is None:
        return VersionMismatch(
            f"the header {VERSION_HEADER} is no number; this server speaks "
            f"version {API_VERSION}: install the client that fits"
        )
    older = "client" if number < API_VERSION else "server"
    return VersionMismatch(
        f"the client speaks version {number} of the interface, this server "
        f"version {API_VERSION}; update the {older} "
        "(`pip install --upgrade napari-nora`)"
    )
