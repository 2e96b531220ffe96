"""One server's address: sends requests to it and raises what it raised."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any, TypeVar
from urllib.parse import quote

import requests
from pydantic import BaseModel, TypeAdapter, ValidationError
from requests.adapters import HTTPAdapter

from nora_core.errors import (
    Forbidden,
    NoraError,
    NotFound,
    NotLoggedIn,
    ServerError,
    ServerUnreachable,
    VersionMismatch,
)
from nora_core.wire.address import LOOPBACK, check_address
from nora_core.wire.problem import Problem
from nora_core.wire.server import API_VERSION, VERSION_HEADER

Answer = TypeVar("Answer")

PREFIX = "/api/v1"
CONNECT_SECONDS = 10.0
READ_SECONDS = 120.0
PAUSES_SECONDS = (0.1, 0.3, 1.0)
_OVERLOADED = frozenset({502, 503, 504})
_BY_STATUS: dict[int, type[NoraError]] = {
    401: NotLoggedIn,
    403: Forbidden,
    404: NotFound,
    426: VersionMismatch,
}


def part(text: str | int) -> str:
    """Return ``text`` as one part of a path, with everything special escaped."""
    return quote(str(text), safe="")


@dataclass(frozen=True)
class Call:
    """One request: what is asked, and whether asking twice does harm."""

    method: str
    path: str
    body: Any = None
    """A wire model or JSON value."""
    query: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | Iterable[bytes] | None = None
    """Raw bytes instead of ``body``."""
    repeatable: bool = False
    """Sending it twice has the same effect as once, so that it may be retried."""
    stream: bool = False


class _Bearer(requests.auth.AuthBase):
    """Adds the token; stated as ``auth`` so that no ``.netrc`` replaces it."""

    def __init__(self, token: str | None) -> None:
        self.token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self.token is not None:
            request.headers["Authorization"] = f"Bearer {self.token}"
        return request


class Connection:
    """A server's address, a token and a pool of open sockets; safe in threads.

    The token travels in a header only: it is never part of an address, a log
    line or a ``repr``.
    """

    def __init__(
        self, url: str, token: str | None = None, verify: bool | str = True
    ) -> None:
        parts = check_address(url)
        self.url = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
        self._bearer = _Bearer(token)
        self._session = requests.Session()
        self._session.verify = verify
        self._session.trust_env = parts.hostname not in LOOPBACK
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=16))

    def __repr__(self) -> str:
        return f"Connection({self.url!r})"

    @property
    def token(self) -> str | None:
        """The secret that stands for the user; ``None`` before the log-in."""
        return self._bearer.token

    @token.setter
    def token(self, token: str | None) -> None:
        self._bearer.token = token

    def close(self) -> None:
        """Close all sockets; the next call opens new ones."""
        self._session.close()

    def send(self, call: Call) -> requests.Response:
        """Send ``call`` and return the answer, which is below status 400.

        Raises
        ------
        NoraError
            What the server raised; ``ServerUnreachable`` where none answered.
        """
        pauses = PAUSES_SECONDS if call.repeatable else ()
        for pause in pauses:
            try:
                return self._send_once(call)
            except ServerUnreachable:
                time.sleep(pause)
        return self._send_once(call)

    def ask(self, call: Call, answer: type[Answer]) -> Answer:
        """Send ``call`` and read the JSON that comes back as ``answer``."""
        response = self.send(call)
        try:
            return TypeAdapter(answer).validate_json(response.content)
        except ValidationError as error:
            raise ServerError(
                f"{self.url} answered {call.method} {call.path} with something "
                "unreadable; is it a napari-nora server of the same version?"
            ) from error

    def _send_once(self, call: Call) -> requests.Response:
        headers = {VERSION_HEADER: str(API_VERSION), **call.headers}
        data = call.content
        if data is None and call.body is not None:
            data = _as_json(call.body)
            headers["Content-Type"] = "application/json"
        try:
            response = self._session.request(
                call.method,
                f"{self.url}{PREFIX}{call.path}",
                params=call.query,
                data=data,
                headers=headers,
                auth=self._bearer,
                stream=call.stream,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise unreachable(self.url, error) from error
        if response.status_code >= 300:
            raise self._error_of(response)
        return response

    def _error_of(self, response: requests.Response) -> NoraError:
        status = response.status_code
        with response:
            try:
                return Problem.model_validate_json(response.content).to_error()
            except (ValidationError, requests.RequestException):
                pass
        if status in _OVERLOADED:
            return ServerUnreachable(
                f"{self.url} answered {status}: the server behind it does not "
                "run or is overloaded; try again in a minute"
            )
        return _BY_STATUS.get(status, ServerError)(
            f"{self.url} answered with status {status} and no explanation; "
            "is this the address of a napari-nora server?"
        )


def _as_json(body: Any) -> bytes:
    if isinstance(body, BaseModel):
        return body.model_dump_json().encode()
    return json.dumps(body).encode()


def unreachable(url: str, error: Exception) -> ServerUnreachable:
    """Say in plain words why ``url`` gave no answer."""
    if isinstance(error, requests.exceptions.SSLError):
        reason = "its certificate is not trusted; ask its administrator"
    elif isinstance(error, requests.Timeout):
        reason = "it did not answer in time; check the network and try again"
    else:
        reason = (
            "the connection failed or broke; check the address and the network, "
            "and that the server is running"
        )
    return ServerUnreachable(f"no answer from {url}: {reason}")
