"""Bounds request bodies, and refuses text that no database can hold."""

import json
import math
import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nora_core.errors import BadInput
from nora_server.middleware.plain import header, refuse

_STREAMED = re.compile(
    r"^/api/v1/projects/[^/]+/(?:uploads/[^/]+|(?:studies/[^/]+/)?files/content)$"
)
"""Routes that take a file's bytes and read them piece by piece."""
_SUSPICIOUS = re.compile(rb"\\u0000|\\u[dD][89a-fA-F]|NaN|Infinity|\d[eE]\+?\d{3}|\x00")
"""What may be unstorable; only such bodies are looked at closely."""


_UNSTORABLE = re.compile("[\\x00\ud800-\udfff]")


class BodyLimit:
    """Reads a JSON body whole, up to a limit, before the route sees it."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self.app = app
        self.max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _STREAMED.match(scope["path"]):
            await self.app(scope, receive, send)
            return
        body = await self._read(scope, receive)
        if body is None:
            limit = self.max_bytes // 2**20
            error = BadInput(f"the body is larger than {limit} MiB; send less at once")
            await refuse(error, scope, receive, send, status=413)
        elif not _is_storable(body):
            error = BadInput(
                "the body holds NUL, half a character (a lone surrogate) or a number "
                "that is not finite; remove it"
            )
            await refuse(error, scope, receive, send)
        else:
            await self.app(scope, _replay(body, receive), send)

    async def _read(self, scope: Scope, receive: Receive) -> bytes | None:
        announced = header(scope, b"content-length") or "0"
        if announced.isdecimal() and int(announced[:20]) > self.max_bytes:
            return None
        pieces: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return b"".join(pieces)
            pieces.append(message.get("body", b""))
            size += len(pieces[-1])
            if size > self.max_bytes:
                return None
            if not message.get("more_body"):
                return b"".join(pieces)


def _is_storable(body: bytes) -> bool:
    if not _SUSPICIOUS.search(body):
        return True
    try:
        return _is_plain(json.loads(body))
    except (ValueError, RecursionError):
        return True  # the route says better what is wrong with it


def _is_plain(value: object) -> bool:
    """Tell whether no text holds NUL or a lone surrogate, no number is infinite."""
    if isinstance(value, str):
        return not _UNSTORABLE.search(value)
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, list):
        return all(map(_is_plain, value))
    if isinstance(value, dict):
        return all(map(_is_plain, value)) and all(map(_is_plain, value.values()))
    return True


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def replay() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
