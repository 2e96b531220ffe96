"""``napari-nora open`` in a process of its own, without a window."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner

from napari_nora.desktop.open_window import main
from nora_core.cli import connection
from nora_core.client import Client
from nora_core.client.opening import log_in_for, open_request
from nora_core.errors import NotFound, NotLoggedIn, WrongPassword
from nora_core.wire.call import parse_open_url
from nora_core.wire.link import LinkSave, SharedLink
from tests.integration.links.conftest import UNKNOWN, Lab

COMMAND = "from napari_nora.desktop.open_window import main; main()"


def open_headless(url: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``napari-nora open URL --headless`` in a fresh process."""
    return subprocess.run(
        [sys.executable, "-c", COMMAND, "open", url, "--headless"],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def no_token(_server: str) -> None:
    """Stand for a user for whom nothing is kept."""


def call_url(lab: Lab, project: str = "liver", **call: str) -> str:
    query = {"asuser": "root", "project": project, "call": json.dumps(call)}
    return f"{lab.server.url}/index.php?{urlencode(query)}"


def test_a_second_user_opens_the_same_state_in_a_fresh_process(lab: Lab) -> None:
    logged_in = {"NORA_URL": lab.server.url, "NORA_TOKEN": lab.token_of("bert")}

    done = open_headless(lab.url, **logged_in)

    assert done.returncode == 0, done.stderr
    opened = json.loads(done.stdout)
    link = SharedLink.model_validate(opened["link"])
    assert link.scene == lab.scene
    assert [row.id for row in link.layers[0].files] == [lab.image.id]
    assert (opened["user"], opened["project"]) == ("bert", "liver")


def test_a_third_user_learns_nothing(lab: Lab) -> None:
    logged_in = {"NORA_URL": lab.server.url, "NORA_TOKEN": lab.token_of("cleo")}

    hidden = open_headless(lab.url, **logged_in)
    unknown = open_headless(f"{lab.server.url}/l/{UNKNOWN}", **logged_in)

    assert hidden.returncode == unknown.returncode == 1
    assert hidden.stdout == ""
    assert hidden.stderr == unknown.stderr
    assert "no such link, or no right" in hidden.stderr


def test_a_ticket_opens_once(lab: Lab, client_of: Callable[[str], Client]) -> None:
    ticket = client_of("bert").ticket().ticket
    query = urlencode({"url": lab.url, "ticket": ticket})
    request = parse_open_url(f"nora://open?{query}")

    with log_in_for(request, no_token) as client:
        assert open_request(client, request).user == "bert"
    with pytest.raises(NotLoggedIn, match="log in there first"):
        log_in_for(request, no_token)


def test_an_old_link_opens_in_each_of_its_versions(
    lab: Lab, client_of: Callable[[str], Client]
) -> None:
    anna, bert = client_of("anna"), client_of("bert")
    link = anna.save_link("liver", LinkSave(scene=lab.scene))
    second = lab.scene.model_copy(update={"comment": "second"})
    anna.overwrite_link(link.id, LinkSave(scene=second, based_on=1))

    comments = [
        open_request(bert, parse_open_url(bert.link_url(link.id) + end)).link.info
        for end in ("", "?version=1")
    ]

    assert [info.comment for info in comments] == ["second", lab.scene.comment]
    assert [each.version for each in bert.link_versions(link.id)] == [2, 1]
    assert anna.links("liver")[0].id == link.id
    anna.delete_link(link.id)
    with pytest.raises(NotFound):
        bert.link(link.id)


def test_a_call_with_user_and_token_finds_its_case(lab: Lab) -> None:
    who = {"user": "bert", "token": lab.token_of("bert")}
    request = parse_open_url(call_url(lab, pid="P-4711", sid="visit-1", **who))

    with log_in_for(request, no_token) as client:
        opened = open_request(client, request)

    assert opened.user == "bert"
    assert opened.call is not None
    assert opened.call.study is not None
    assert opened.call.study.study_id == lab.image.study_id


def test_asuser_opens_nothing_that_the_tokens_user_may_not_read(lab: Lab) -> None:
    request = parse_open_url(call_url(lab, "secret", token=lab.token_of("bert")))

    with log_in_for(request, no_token) as client, pytest.raises(NotFound):
        open_request(client, request)


def test_a_token_of_another_user_is_refused(lab: Lab) -> None:
    url = call_url(lab, user="anna", token=lab.token_of("bert"))

    with pytest.raises(WrongPassword, match="do not belong together"):
        log_in_for(parse_open_url(url), no_token)


class _Recorder(BaseHTTPRequestHandler):
    """Answers as a server of our version and keeps what was sent to it."""

    got: list[str]

    def do_GET(self) -> None:
        self.got.append(f"{self.path}\n{self.headers}")
        body = b'{"version": "0.1.0", "api": 1}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815  the base class wants it so

    def log_message(self, *_: object) -> None:
        """Keep the tests' output clean."""


@pytest.fixture
def stranger() -> Iterator[tuple[str, list[str]]]:
    """Another server, and what it was sent."""
    _Recorder.got = []
    server = HTTPServer(("127.0.0.1", 0), _Recorder)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", _Recorder.got
    server.shutdown()
    thread.join()
    server.server_close()


def test_no_token_is_sent_to_a_server_that_it_is_not_for(
    lab: Lab,
    stranger: tuple[str, list[str]],
    tmp_path: Path,
) -> None:
    other, got = stranger
    token = lab.token_of("bert")
    logins = connection.Logins(current=lab.server.url, tokens={lab.server.url: token})
    folder = tmp_path / "napari-nora"
    folder.mkdir()
    (folder / "logins.json").write_text(logins.model_dump_json())
    kept = {
        "XDG_CONFIG_HOME": str(tmp_path),
        "NORA_URL": lab.server.url,
        "NORA_TOKEN": token,
    }

    done = open_headless(f"{other}/l/{lab.link.id}", **kept)

    assert done.returncode == 1
    assert "not logged in at" in done.stderr
    assert [each.splitlines()[0] for each in got] == ["/api/v1/version"]
    assert token not in "".join(got)
    assert "Authorization" not in "".join(got)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (f"http://nora.example.org/l/{UNKNOWN}", "would send passwords"),
        ("https://nora.example.org/wiki", "leads to no shared view"),
    ],
)
def test_other_addresses_are_refused_in_a_sentence(url: str, words: str) -> None:
    done = CliRunner().invoke(main, ["open", url, "--headless"])

    assert done.exit_code == 1
    assert words in done.stderr
