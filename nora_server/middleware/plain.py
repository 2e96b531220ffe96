"""Answers that middleware gives itself, and headers read from a scope."""

from starlette.types import Receive, Scope, Send

from nora_core.errors import NoraError
from nora_server.errors_as_problems import problem_response


async def refuse(
    error: NoraError,
    scope: Scope,
    receive: Receive,
    send: Send,
    status: int | None = None,
) -> None:
    """Answer ``error`` as a :class:`~nora_core.wire.problem.Problem`."""
    await problem_response(error, status)(scope, receive, send)


def header(scope: Scope, name: bytes) -> str | None:
    """Return the first header of this (lower-case) name."""
    return next(iter(headers(scope, name)), None)


def headers(scope: Scope, name: bytes) -> list[str]:
    """Return all headers of this (lower-case) name, as they came."""
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]
