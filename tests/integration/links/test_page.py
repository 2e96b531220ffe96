"""The page of a link in a real browser: what it shows to whom, and what it keeps."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from nora_core.client import Client
from nora_core.errors import NotLoggedIn
from nora_core.wire.call import parse_open_url
from tests.integration.links.conftest import COMMENT, PASSWORD, UNKNOWN, Lab
from tests.services.chromium import Chromium, Page

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    """One browser for all tests here."""
    with Chromium() as browser:
        yield browser


@pytest.fixture
def visit(chromium: Chromium, lab: Lab) -> Open:
    """Give ``visit(path)``, which opens a page of the server in a fresh window."""

    def open_page(path: str, **look: object) -> Page:
        return chromium.open(lab.server.url + path, **look)

    return open_page


@pytest.fixture
def page(visit: Open, lab: Lab) -> Page:
    """The page of the link."""
    return visit(f"/l/{lab.link.id}")


def log_in(page: Page, user: str, password: str = PASSWORD) -> None:
    page.type_into("name", user)
    page.type_into("password", password)
    page.press_enter()
    page.wait_for(
        "!document.getElementById('details').hidden"
        " || !document.getElementById('log-in-problem').hidden"
    )


def sent_addresses(page: Page) -> list[str]:
    asked = page.events("Network.requestWillBeSent")
    return [event["request"]["url"] for event in asked]


def napari_addresses(page: Page) -> list[str]:
    """Return which nora:// addresses the page has asked the desktop to open."""
    asked = page.events("Page.frameRequestedNavigation")
    return [event["url"] for event in asked if event["url"].startswith("nora:")]


def assert_no_complaint(page: Page) -> None:
    """Nothing was blocked by the page's policy, and no script has failed."""
    texts = [
        event["entry"]["text"]
        for event in page.events("Log.entryAdded")
        if "status of 40" not in event["entry"]["text"]
    ]
    assert texts == []
    assert page.events("Runtime.exceptionThrown") == []


def test_before_the_log_in_each_link_looks_the_same(
    page: Page, visit: Open, lab: Lab
) -> None:
    unknown = visit(f"/l/{UNKNOWN}")

    assert page.text().replace(lab.link.id, UNKNOWN) == unknown.text()
    assert "A shared view in NORA" in page.text()
    assert f"napari-nora open {lab.url}" in page.text()
    assert {urlsplit(url).path for url in sent_addresses(page)} == {
        f"/l/{lab.link.id}",
        "/static/page.css",
        "/static/open.js",
        "/static/icon.svg",
    }
    assert_no_complaint(page)


def test_who_may_see_it_gets_picture_comment_and_images(page: Page) -> None:
    log_in(page, "bert")

    text = page.text()

    assert COMMENT in text  # as text: nothing of it runs
    for words in ("liver", "anna", "t1/s003.nii", "bert"):
        assert words in text
    page.wait_for("document.getElementById('preview').naturalWidth === 640")
    assert page.run("document.activeElement.id") == "details-title"
    assert not page.run("!!document.querySelector('#comment img')")
    assert_no_complaint(page)


def test_who_may_not_see_it_reads_the_same_as_for_an_unknown_link(
    page: Page, visit: Open, lab: Lab
) -> None:
    unknown = visit(f"/l/{UNKNOWN}")
    log_in(page, "cleo")
    log_in(unknown, "cleo")

    assert "No such link, or no right to see all that it shows" in page.text()
    assert page.text().replace(lab.link.id, UNKNOWN) == unknown.text()
    assert "liver" not in page.text()


def test_a_wrong_password_is_said_beside_the_form(page: Page) -> None:
    log_in(page, "bert", "wrong password")

    assert "User name and password do not fit" in page.text()
    assert page.run("document.getElementById('details').hidden")


def test_the_button_opens_the_link_in_napari(page: Page, lab: Lab) -> None:
    page.click("open")

    (address,) = napari_addresses(page)
    request = parse_open_url(address)

    assert (request.server, request.link_id) == (lab.server.url, lab.link.id)
    assert request.ticket is None


def test_after_the_log_in_the_button_carries_a_ticket_that_works_once(
    page: Page, lab: Lab
) -> None:
    log_in(page, "bert")
    page.click("open")
    end = time.monotonic() + 20
    while not napari_addresses(page) and time.monotonic() < end:
        time.sleep(0.05)

    ticket = parse_open_url(napari_addresses(page)[-1]).ticket

    assert ticket is not None
    with Client(lab.server.url) as client:
        client.redeem(ticket.get_secret_value())
        assert client.me().name == "bert"
        assert client.link(lab.link.id).scene == lab.scene
        with pytest.raises(NotLoggedIn):
            client.redeem(ticket.get_secret_value())


def test_the_token_stays_in_the_page_and_ends_with_it(page: Page) -> None:
    log_in(page, "bert")

    kept = page.run("JSON.stringify([localStorage, sessionStorage, document.cookie])")

    assert kept == '[{},{},""]'
    page.call("Page.reload")
    page.wait_for(
        "document.querySelector('#details') && document.querySelector("
        "'#details').hidden && !document.querySelector('#log-in').hidden"
    )


def call_path(**call: str) -> str:
    query = {"asuser": "root", "project": "liver", "call": json.dumps(call)}
    return f"/index.php?{urlencode(query)}"


def test_a_calls_token_leaves_the_address_at_once(visit: Open, lab: Lab) -> None:
    token = lab.token_of("bert")

    page = visit(call_path(pid="P-4711", sid="visit-1", user="bert", token=token))
    page.wait_for("!document.getElementById('details').hidden")

    history = page.call("Page.getNavigationHistory")
    assert token not in history["entries"][-1]["url"]
    assert token not in page.run("document.documentElement.outerHTML")
    assert sum(token in url for url in sent_addresses(page)) == 1  # the call itself
    call = parse_qs(urlsplit(page.run("location.href")).query)
    assert json.loads(call["call"][0]) == {"pid": "P-4711", "sid": "visit-1"}
    assert "asuser" not in call
    for words in ("liver", "P-4711", "visit-1", "A case in NORA"):
        assert words in page.text()
    command = page.run("document.getElementById('command').textContent")
    shown = parse_open_url(command.removeprefix("napari-nora open ").strip('"'))
    assert shown.call is not None
    assert (shown.call.pid, shown.token) == ("P-4711", None)
    assert_no_complaint(page)


def test_a_call_behind_a_hash_never_reaches_the_server(visit: Open, lab: Lab) -> None:
    token = lab.token_of("bert")

    page = visit(call_path(pid="P-4711", token=token).replace("?", "#"))
    page.wait_for("!document.getElementById('details').hidden")

    assert "P-4711" in page.text()
    assert not any(token in url for url in sent_addresses(page))
    assert token not in page.run("location.href")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ({"pid": "other", "user": "bert"}, "no subject of this project has the pid"),
        ({"pid": "P-4711", "user": "anna"}, "do not belong together"),
        ({"suid": "1.2.3", "user": "bert"}, "PACS is not set up"),
    ],
)
def test_a_call_that_leads_nowhere_says_why(
    call: dict[str, str], words: str, visit: Open, lab: Lab
) -> None:
    page = visit(call_path(**call, token=lab.token_of("bert")))
    page.wait_for("!document.getElementById('log-in-problem').hidden")

    assert words.lower() in page.text().lower()


def test_a_call_that_cannot_be_read_keeps_no_token_either(
    visit: Open, lab: Lab
) -> None:
    page = visit('/?project=liver&call={"token":"half-a-token')

    assert "cannot be read" in page.text()
    assert "half-a-token" not in page.run("location.href")
    assert page.run("document.getElementById('start').hidden")


def test_a_command_to_copy_holds_nothing_that_a_shell_would_run(
    visit: Open, lab: Lab
) -> None:
    page = visit(f"/l/{lab.link.id}?a&calc.exe&b=$(x)&version=1")
    assert page.run("document.getElementById('command').textContent") == (
        f'napari-nora open "{lab.url}?version=1"'
    )

    page = visit(f"/l/{lab.link.id}&calc.exe")
    assert "no shared view" in page.text()
    assert page.run("document.getElementById('start').hidden")


def test_no_log_holds_a_token_a_ticket_or_a_patient(
    visit: Open, lab: Lab, client_of: Callable[[str], Client]
) -> None:
    token = lab.token_of("bert")
    visit(call_path(pid="P-4711", user="bert", token=token))
    visit(call_path(pid="P-4711", token=token) + '&call={"token":' + token)
    bert = client_of("bert")
    ticket = bert.ticket().ticket
    with Client(lab.server.url) as other:
        other.redeem(ticket)
    with pytest.raises(NotLoggedIn):
        Client(lab.server.url, token[:-1] + "!").me()
    bert.link(lab.link.id)
    visit(f"/l/{lab.link.id}?token={token}")

    log = lab.log()

    assert '"route": "/index.php"' in log
    assert '/links/{link_id}"' in log
    for secret in (token, ticket, lab.link.id, "P-4711", PASSWORD):
        assert secret not in log
    assert not re.search(r"nora_[\w-]{30}", log)


@pytest.mark.parametrize("width", [320, 900])
@pytest.mark.parametrize("is_dark", [True, False])
def test_a_page_fits_any_screen_and_can_be_read(
    width: int, is_dark: bool, visit: Open, lab: Lab
) -> None:
    page = visit(f"/l/{lab.link.id}", width=width, is_dark=is_dark)
    log_in(page, "bert")

    assert page.run("document.documentElement.scrollWidth") <= width
    assert page.run(_CONTRASTS) >= 4.5  # WCAG 2.2, 1.4.3


def test_each_field_has_its_label_and_each_part_its_heading(page: Page) -> None:
    assert page.run(
        "[...document.querySelectorAll('input')].every(i => i.labels.length === 1)"
    )
    assert page.run(
        "[...document.querySelectorAll('section')].every(s =>"
        " document.getElementById(s.getAttribute('aria-labelledby')))"
    )
    assert page.run("document.documentElement.lang") == "en"


def test_the_start_of_the_server_says_how_to_use_it(visit: Open, lab: Lab) -> None:
    page = visit("/")

    assert "A NORA server" in page.text()
    assert f"napari-nora --url {lab.server.url}" in page.text()
    assert "Log in" not in page.text()
    assert_no_complaint(page)


def test_a_wrong_address_leads_to_a_page(visit: Open, lab: Lab) -> None:
    page = visit("/no/such/page")

    assert "no such page" in page.text()
    assert page.run("getComputedStyle(document.body).margin") == "0px"  # styled
    page.run("document.querySelector('main a').click()")
    page.wait_for("!!document.querySelector('#title')")


_CONTRASTS = """
(() => {
  const light = (text) => {
    const [r, g, b] = text.match(/[\\d.]+/g).map(Number).map((v) => v / 255)
      .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const color = getComputedStyle(e).backgroundColor;
      if (!color.startsWith("rgba(0, 0, 0, 0")) return color;
    }
    return "rgb(255, 255, 255)";
  };
  const seen = [...document.querySelectorAll("body *")].filter(
    (e) => e.innerText && e.offsetParent && !e.querySelector("*"));
  return Math.min(...seen.map((e) => {
    const pair = [light(getComputedStyle(e).color), light(ground(e))];
    return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
  }));
})()
"""
