"""A connection raises what the server raised, and says plainly when none answers."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from nora_core.client import Client, connection
from nora_core.client.connection import Call, Connection
from nora_core.errors import (
    BadInput,
    NoraError,
    NotFound,
    NotLoggedIn,
    ServerError,
    ServerUnreachable,
    VersionMismatch,
)
from nora_core.wire.account import UserInfo
from nora_core.wire.archive import FileRow
from nora_core.wire.server import API_VERSION, VERSION_HEADER

SECRET = "nora_very-secret"
Answer = tuple[int, bytes]


class FakeServer:
    """Gives canned answers, in turn, and notes what was asked."""

    def __init__(self) -> None:
        self.answers: list[Answer | None] = []
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.tells_length = True
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                fake.requests.append((self.command, self.path, dict(self.headers)))
                answer = fake.answers.pop(0)
                if answer is None:
                    self.close_connection = True
                    return  # breaks the connection
                status, body = answer
                self.send_response(status)
                if fake.tells_length:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET  # noqa: N815

            def log_message(self, *_: object) -> None: ...

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeServer]:
    monkeypatch.setattr(connection, "PAUSES_SECONDS", (0.0, 0.0))
    fake = FakeServer()
    thread = threading.Thread(target=fake.http.serve_forever, args=[0.01])
    thread.start()
    yield fake
    fake.http.shutdown()
    thread.join()
    fake.http.server_close()


@pytest.fixture
def make(server: FakeServer) -> Iterator[Callable[[], Connection]]:
    made: list[Connection] = []

    def new() -> Connection:
        made.append(Connection(server.url, SECRET))
        return made[-1]

    yield new
    for one in made:
        one.close()


def problem(error: str, message: str = "because") -> bytes:
    return json.dumps({"error": error, "message": message}).encode()


ME = json.dumps({"name": "will", "display_name": "", "is_admin": False}).encode()
ASK = Call("GET", "/me")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((404, problem("NotFound")), NotFound),
        ((422, problem("PatternError")), BadInput),
        ((401, b"<html>"), NotLoggedIn),
        ((404, b"nothing here"), NotFound),
        ((426, problem("VersionMismatch")), VersionMismatch),
        ((500, problem("Unheard")), ServerError),
        ((500, b""), ServerError),
        ((302, b""), ServerError),
        ((503, b"proxy"), ServerUnreachable),
        ((200, b"no json"), ServerError),
        ((200, b'{"other": 1}'), ServerError),
        (None, ServerUnreachable),
    ],
)
def test_an_answer_becomes_the_error_it_means(
    answer: Answer | None,
    error: type[NoraError],
    server: FakeServer,
    make: Callable[[], Connection],
) -> None:
    server.answers = [answer]

    with pytest.raises(error):
        make().ask(ASK, UserInfo)


def test_a_repeatable_call_is_tried_again(
    server: FakeServer, make: Callable[[], Connection]
) -> None:
    server.answers = [None, (503, b""), (200, ME)]

    user = make().ask(Call("GET", "/me", repeatable=True), UserInfo)

    assert user.name == "will"


def test_other_calls_are_sent_once(
    server: FakeServer, make: Callable[[], Connection]
) -> None:
    server.answers = [None, (200, ME)]

    with pytest.raises(ServerUnreachable):
        make().ask(Call("POST", "/me"), UserInfo)

    assert len(server.requests) == 1


def test_an_explained_refusal_is_not_tried_again(
    server: FakeServer, make: Callable[[], Connection]
) -> None:
    server.answers = [(503, problem("BackendUnavailable")), (200, ME)]

    with pytest.raises(NoraError, match="because"):
        make().ask(Call("GET", "/me", repeatable=True), UserInfo)

    assert len(server.requests) == 1


def test_version_and_token_travel_in_headers(
    server: FakeServer, make: Callable[[], Connection]
) -> None:
    server.answers = [(200, ME)]
    make().ask(ASK, UserInfo)

    ((_, path, headers),) = server.requests

    assert headers["Authorization"] == f"Bearer {SECRET}"
    assert headers[VERSION_HEADER] == str(API_VERSION)
    assert SECRET not in path


def test_the_token_shows_nowhere(
    server: FakeServer,
    make: Callable[[], Connection],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    server.answers = [(404, b"")]
    one = make()

    with pytest.raises(NotFound) as caught:
        one.ask(ASK, UserInfo)

    assert SECRET not in caplog.text + repr(one) + str(caught.value)
    assert SECRET not in repr(Client(server.url, SECRET))


def test_no_netrc_replaces_the_token(
    server: FakeServer,
    make: Callable[[], Connection],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "netrc").write_text("default login eve password x\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    server.answers = [(200, ME)]

    make().ask(ASK, UserInfo)

    assert server.requests[0][2]["Authorization"] == f"Bearer {SECRET}"


def test_a_silent_address_is_explained_in_plain_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "PAUSES_SECONDS", ())

    with pytest.raises(ServerUnreachable, match=r"no answer from http://127.0.0.1:1: "):
        Client("http://127.0.0.1:1").me()


@pytest.mark.parametrize("url", ["ftp://x", "http://", "https://user:pw@host"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(BadInput) as caught:
        Client(url)

    assert "pw" not in str(caught.value)


def test_nothing_is_sent_in_clear_to_another_machine() -> None:
    with pytest.raises(BadInput, match="in clear; use https"):
        Client("http://nora.example.org")


def test_a_bare_name_means_https() -> None:
    assert Client("nora.example.org").url == "https://nora.example.org"


def test_another_version_of_the_interface_is_explained(server: FakeServer) -> None:
    version = {"version": "9.0", "api": API_VERSION + 1}
    server.answers = [(200, json.dumps(version).encode())]

    with pytest.raises(VersionMismatch, match="update the client"):
        Client(server.url).version()


def test_names_are_escaped_in_addresses(server: FakeServer) -> None:
    server.answers = [(404, problem("NotFound"))]

    with pytest.raises(NotFound):
        Client(server.url).project("a/../b?c#d")

    assert server.requests[0][1] == "/api/v1/projects/a%2F..%2Fb%3Fc%23d"


def make_row(name: str, sha256: str | None) -> FileRow:
    return FileRow(
        id=1,
        study_id=1,
        relative_name=name,
        size_bytes=6,
        sha256=sha256,
        tags=[],
        created_at=datetime.now(UTC),
        created_by="",
        is_in_place=False,
    )


def test_a_download_needs_no_length_from_a_proxy(
    server: FakeServer, tmp_path: Path
) -> None:
    server.tells_length = False
    server.answers = [(200, b"voxels")]

    path = Client(server.url, cache=tmp_path).download("p", make_row("a.nii", None))

    assert path.read_bytes() == b"voxels"


@pytest.mark.parametrize(
    ("name", "sha256"), [("a/..", "0" * 64), ("../x", "0" * 64), ("a", "../../x")]
)
def test_no_server_writes_outside_the_cache(
    name: str, sha256: str, server: FakeServer, tmp_path: Path
) -> None:
    file = make_row(name, sha256)

    with pytest.raises((BadInput, ServerError)):
        Client(server.url, cache=tmp_path / "cache").download("p", file)

    assert server.requests == []
    assert list(tmp_path.rglob("*")) == []
