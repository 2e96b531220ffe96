"""The server's pages: the same for every link and user, and nothing runs but ours."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from nora_server.app import ROUTERS
from nora_server.pages import STATIC_TYPES
from nora_server.routes import pages

PAGES = ["/", "/index.php", "/?project=p&call={}", "/l/" + "A" * 32]
AS_BROWSER = {"Accept": "text/html,application/xhtml+xml"}


def test_a_page_is_the_same_for_each_id_and_each_user(
    link: dict[str, Any], rita: TestClient, stranger: TestClient
) -> None:
    answers = [
        user.get(f"/l/{id_}")
        for user in (rita, stranger)
        for id_ in (link["id"], "A" * 32, "no-id")
    ]

    assert {page.status_code for page in answers} == {200}
    assert len({page.content for page in answers}) == 1
    assert len({str(page.headers) for page in answers}) == 1
    assert link["id"] not in answers[0].text


@pytest.mark.parametrize("path", PAGES)
def test_a_page_lets_nothing_run_that_is_not_ours(
    path: str, stranger: TestClient
) -> None:
    page = stranger.get(path)
    policy = page.headers["content-security-policy"]

    assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
    assert "unsafe" not in policy
    assert "form-action 'none'" in policy
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["cache-control"] == "no-store"
    assert "set-cookie" not in page.headers
    assert re.findall(r"<script[^>]*>(.*?)</script>", page.text) == [""]
    assert not re.search(r"\son\w+=|<style|\sstyle=|https?://", page.text)


@pytest.mark.parametrize("path", PAGES)
def test_all_that_a_page_loads_is_there(path: str, stranger: TestClient) -> None:
    page = stranger.get(path)

    loaded = set(re.findall(r'(?:src|href)="([^"#]+)"', page.text))

    assert {name.rpartition("/")[2] for name in loaded} == set(STATIC_TYPES)
    for name in loaded:
        found = stranger.get(str(page.url.join(name)))
        assert found.status_code == 200
        kind = STATIC_TYPES[name.rpartition("/")[2]]
        assert found.headers["content-type"].startswith(kind)


@pytest.mark.parametrize(
    "name", ["open.html", "__init__.py", "..%2fapp.py", "%2e%2e/app.py", "x"]
)
def test_nothing_else_of_the_program_is_sent(name: str, stranger: TestClient) -> None:
    assert stranger.get(f"/static/{name}").status_code == 404


def test_a_browser_gets_a_page_for_an_error_and_a_program_a_problem(
    stranger: TestClient,
) -> None:
    page = stranger.get("/a/<script>x</script>", headers=AS_BROWSER)
    assert (page.status_code, page.headers["content-type"]) == (
        404,
        "text/html; charset=utf-8",
    )
    assert "no such page" in page.text
    assert "<script" not in page.text
    assert '"../../static/page.css' in page.text
    assert stranger.get("/a/b").json()["error"] == "NotFound"
    inside = stranger.get("/api/v1/nope", headers=AS_BROWSER)
    assert inside.json()["error"] == "NotFound"


def test_only_pages_are_outside_of_the_described_interface() -> None:
    hidden = {
        route.path
        for router in (*ROUTERS, pages.router)
        for route in router.routes
        if not route.include_in_schema
    }

    assert hidden == {"/", "/index.php", "/l/{link_id}", "/static/{name}"}
