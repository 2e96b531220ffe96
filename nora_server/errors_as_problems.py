"""Turns every error of a request into a ``Problem`` that echoes no values."""

import logging
import secrets

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.exceptions import HTTPException

from nora_core.errors import (
    BadInput,
    Forbidden,
    NoraError,
    NotFound,
    NotLoggedIn,
    ServerError,
)
from nora_core.wire.problem import Problem
from nora_server.pages import ERROR_PAGE, PAGE_HEADERS, read_page

_log = logging.getLogger(__name__)

_CLASS_BY_STATUS: dict[int, type[NoraError]] = {
    401: NotLoggedIn,
    403: Forbidden,
    404: NotFound,
}


def add_error_handlers(app: FastAPI) -> None:
    """Let ``app`` answer every error with a :class:`Problem`."""
    app.add_exception_handler(NoraError, _answer_nora_error)
    app.add_exception_handler(RequestValidationError, _answer_wrong_request)
    app.add_exception_handler(HTTPException, _answer_http_error)


def problem_response(
    error: NoraError, status: int | None = None, headers: dict[str, str] | None = None
) -> JSONResponse:
    """Return the answer for ``error``, with its class's status by default."""
    status = status or error.http_status
    headers = dict(headers or {})
    if status == 401:
        headers.setdefault("WWW-Authenticate", "Bearer")
    return JSONResponse(
        Problem.from_error(error).model_dump(), status_code=status, headers=headers
    )


def _answer(
    request: Request,
    error: NoraError,
    status: int | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """Answer programs with a Problem, and browsers outside the interface with a page.

    The page says the same, in words.
    """
    path = request.url.path
    if path.startswith("/api/") or "text/html" not in request.headers.get("accept", ""):
        return problem_response(error, status, headers)
    status = status or error.http_status
    sentence = (
        "There is no such page on this server."
        if status == 404
        else (f"{error.message[:1].upper()}{error.message[1:]}.")
    )
    return HTMLResponse(
        read_page(ERROR_PAGE, path, sentence),
        status_code=status,
        headers={**(headers or {}), **PAGE_HEADERS},
    )


def _answer_nora_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, NoraError):
        return surprise_response(error)
    if error.http_status >= 500:
        _log.error("request failed", exc_info=error)
    return _answer(request, error)


def _answer_wrong_request(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        return surprise_response(error)
    return problem_response(_as_nora_error(error))


def _as_nora_error(error: RequestValidationError) -> NoraError:
    details = error.errors()
    sentences = []
    for detail in details[:5]:
        place = ".".join(str(part) for part in detail["loc"][1:]) or "body"
        sentences.append(f"{place}: {detail['msg'].removeprefix('Value error, ')}")
    causes = {type(detail.get("ctx", {}).get("error")) for detail in details}
    cause = causes.pop() if len(causes) == 1 else BadInput
    known = cause if issubclass(cause, BadInput) else BadInput
    return known("; ".join(sentences) or "the request cannot be read")


def _answer_http_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        return surprise_response(error)
    known = _CLASS_BY_STATUS.get(error.status_code, BadInput)
    message = f"{error.detail}: /api/v1/openapi.json lists what the server offers"
    return _answer(request, known(message), error.status_code, _headers_of(error))


def _headers_of(error: HTTPException) -> dict[str, str]:
    return dict(error.headers or {})


def surprise_response(error: Exception) -> JSONResponse:
    """Log an error that nobody expected and return an answer that tells nothing."""
    number = secrets.token_hex(4)
    _log.error("unexpected error %s", number, exc_info=error)
    return problem_response(
        ServerError(
            f"the server failed (error {number}); its log says why: tell its admin"
        )
    )
