"""Addresses that open something: links, NORA's URL calls, and nora:// around them."""

from __future__ import annotations

import contextlib
import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nora_core.errors import BadInput
from nora_core.wire.call import OpenRequest, UrlCall, parse_open_url
from nora_core.wire.case import Level

ID = "aB3-_" * 6 + "xY"
SERVER = "https://nora.example.org"


def call_url(call: dict[str, Any], project: str = "LIVER", start: str = "/?") -> str:
    return f"{SERVER}{start}" + urlencode(
        {"asuser": "root", "project": project, "call": json.dumps(call)}
    )


@pytest.mark.parametrize("end", ["", "/", "?x=1", "#top"])
@pytest.mark.parametrize("base", ["", "/godzilla", "/a/b"])
def test_a_link_names_its_server_and_its_id(base: str, end: str) -> None:
    request = parse_open_url(f"{SERVER}{base}/l/{ID}{end}")

    assert request == OpenRequest(server=SERVER + base, link_id=ID)


def test_a_version_of_a_link_can_be_asked_for() -> None:
    assert parse_open_url(f"{SERVER}/l/{ID}?version=3").version == 3


@pytest.mark.parametrize("start", ["nora://open?", "nora:open?", "NORA://open/?"])
def test_a_nora_address_holds_another_and_a_ticket(start: str) -> None:
    inner = quote(f"{SERVER}/l/{ID}", safe="")

    request = parse_open_url(f"{start}url={inner}&ticket=one-use")

    assert (request.server, request.link_id) == (SERVER, ID)
    assert request.ticket is not None
    assert request.ticket.get_secret_value() == "one-use"


@pytest.mark.parametrize("start", ["/?", "/#", "/index.php?", "/godzilla/index.php?"])
def test_noras_documented_call_is_read(start: str) -> None:
    call = {
        "pid": "yourpatientid",
        "sid": "yourstudyid",
        "selmode": "ws",
        "preset": "yourpresetname",
        "user": "username",
        "token": "yourtoken",
    }

    request = parse_open_url(call_url(call, "WHATEVER", start))

    base = "/godzilla" if "godzilla" in start else ""
    assert request.server == SERVER + base
    assert request.project == "WHATEVER"
    assert request.call == UrlCall(
        pid="yourpatientid",
        sid="yourstudyid",
        selmode=Level.STUDY,
        preset="yourpresetname",
    )
    assert request.user == "username"
    assert request.token is not None
    assert request.token.get_secret_value() == "yourtoken"


def test_a_call_may_stand_in_the_address_as_it_is() -> None:
    request = parse_open_url(SERVER + '/?project=P&call={"pid":"a b","sid":7}')

    assert request.call == UrlCall(pid="a b", sid="7")


@pytest.mark.parametrize(
    ("key", "value", "read"),
    [
        ("pid", "Ü 1", "Ü 1"),
        ("sid", 17, "17"),
        ("selmode", "mp", Level.SUBJECT),
        ("preset", "ct", "ct"),
        ("suid", "1.2.840.113619", "1.2.840.113619"),
        ("dcmweb", "https://pacs/dicomweb", "https://pacs/dicomweb"),
        ("hide_nav", 1, True),
        ("hide_all", "true", True),
    ],
)
def test_each_key_is_read_alone(key: str, value: object, read: object) -> None:
    request = parse_open_url(call_url({key: value}))

    assert request.call is not None
    assert getattr(request.call, key) == read
    assert request.call.model_fields_set == {key}


def test_asuser_counts_for_nothing() -> None:
    request = parse_open_url(call_url({"pid": "1"}))

    assert "root" not in request.model_dump_json()
    assert request.user is None


def test_a_token_is_in_no_text_of_a_request() -> None:
    request = parse_open_url(call_url({"user": "u", "token": "secret-token"}))

    assert "secret-token" not in repr(request) + str(request)
    assert "secret-token" not in request.model_dump_json()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "must look like"),
        ("ftp://host/l/x", "must look like"),
        ("https://[::1/l/x", "must look like"),
        ("javascript:alert(1)", "must look like"),
        (f"http://nora.example.org/l/{ID}", "in clear"),
        (f"https://u:secret@nora.example.org/l/{ID}", "holds a password"),
        (f"{SERVER}/l/short", "link_id"),
        (f"{SERVER}/l/{ID}?version=secret", "version"),
        (f"{SERVER}/other/page", "leads to no shared view"),
        (f"{SERVER}/?call={{}}", "names no project"),
        (f"{SERVER}/?project=P&call=secret", "no JSON"),
        (f"{SERVER}/?project=P&call=[1]", "no JSON object"),
        (f"{SERVER}/?project=P&call=" + "[" * 5000, "no JSON"),
        (f"{SERVER}/?" + "&a=1" * 200, "too many parts"),
        (call_url({"pid": "a/b"}), "call.pid"),
        (call_url({"pid": ["secret"]}), "call.pid"),
        (call_url({"selmode": "secret"}), "selmode"),
        (call_url({"suid": "secret"}), "suid"),
        (call_url({"token": "secret" * 200}), "token"),
        ("nora://open", "looks like"),
        (f"nora://open?url=nora://open?url={SERVER}/l/{ID}", "must look like"),
        (SERVER + "/l/" + "a" * 20_000, "too long"),
        (f"{SERVER}/l/{ID}\n--url", "invisible"),
    ],
)
def test_other_addresses_are_refused_without_repeating_them(
    text: str, reason: str
) -> None:
    with pytest.raises(BadInput, match=reason) as refused:
        parse_open_url(text)

    assert "secret" not in str(refused.value)


@given(st.text(max_size=300) | st.text("nora:/?&=l.[]{}\"'%@#-0a", max_size=300))
def test_whatever_is_given_is_read_or_refused(text: str) -> None:
    for start in ("", f"{SERVER}/", f"{SERVER}/?project=P&call=", "nora://open?url="):
        with contextlib.suppress(BadInput):
            parse_open_url(start + text)
