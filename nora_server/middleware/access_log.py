"""Logs each request by its route, never by its URL, query or body."""

import logging
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log = logging.getLogger("nora_server.access")


class AccessLog:
    """Writes one line per request: route, status, duration, account, address."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500
        scope.setdefault("state", {})

        async def send_and_look(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, send_and_look)
        finally:
            _log.info("request", extra=_describe(scope, status, started))


def _describe(scope: Scope, status: int, started: float) -> dict[str, object]:
    state = scope["state"]
    return {
        "method": scope["method"],
        "route": state.get("route"),
        "status": status,
        "milliseconds": round(1000 * (time.perf_counter() - started), 1),
        "account": state.get("account_id"),
        "address": state.get("address"),
    }
