"""What every request passes: host, version, limits, headers, errors, log."""

import json
import logging

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from nora_core.wire.server import API_VERSION, VERSION_HEADER
from nora_server.app import make_app
from nora_server.logs import JsonFormatter
from nora_server.parts import Parts, make_parts
from nora_server.settings import ServerSettings, Settings


def _client(parts: Parts, settings: Settings, peer: str = "127.0.0.1") -> TestClient:
    from dataclasses import replace

    app = make_app(replace(parts, settings=settings))
    return TestClient(app, base_url="http://127.0.0.1", client=(peer, 50000))


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", ""])
def test_a_foreign_host_header_is_refused(host: str, stranger: TestClient):
    answer = stranger.get("/api/v1/version", headers={"Host": host})
    assert answer.status_code == 421


@pytest.mark.parametrize("host", ["127.0.0.1:8042", "localhost", "[::1]:8042"])
def test_loopback_names_are_ours(host: str, stranger: TestClient):
    answer = stranger.get("/api/v1/version", headers={"Host": host})
    assert answer.status_code == 200


def test_an_embedded_server_ignores_names_of_the_settings(
    parts: Parts, settings: Settings
):
    named = {"server": ServerSettings(names=["nora.example"])}
    lab = _client(parts, settings.model_copy(update=named))
    own = _client(parts, settings.model_copy(update={**named, "is_embedded": True}))
    headers = {"Host": "nora.example"}
    assert lab.get("/api/v1/version", headers=headers).status_code == 200
    assert own.get("/api/v1/version", headers=headers).status_code == 421


def test_another_version_of_the_interface_is_explained(rita: TestClient):
    newer = rita.get("/api/v1/me", headers={VERSION_HEADER: str(API_VERSION + 1)})
    assert newer.status_code == 426
    assert newer.json()["error"] == "VersionMismatch"
    assert "update the server" in newer.json()["message"]
    older = rita.get("/api/v1/me", headers={VERSION_HEADER: str(API_VERSION - 1)})
    assert "update the client" in older.json()["message"]
    assert older.headers[VERSION_HEADER] == str(API_VERSION)
    same = rita.get("/api/v1/me", headers={VERSION_HEADER: str(API_VERSION)})
    assert same.status_code == 200


def test_every_answer_carries_the_security_headers(stranger: TestClient):
    for path in ("/healthz", "/api/v1/me", "/nowhere"):
        headers = stranger.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in headers


def test_a_browser_of_another_site_gets_no_permission(stranger: TestClient):
    answer = stranger.options(
        "/api/v1/login",
        headers={"Origin": "http://evil", "Access-Control-Request-Method": "POST"},
    )
    assert answer.status_code == 405
    assert not [h for h in answer.headers if h.startswith("access-control")]


def test_a_large_body_is_refused_before_it_is_read(parts: Parts, settings: Settings):
    small = ServerSettings(max_json_megabytes=1)
    client = _client(parts, settings.model_copy(update={"server": small}))
    answer = client.post("/api/v1/login", content=b" " * (2**20 + 1))
    assert answer.status_code == 413

    def pieces():
        for _ in range(20):
            yield b" " * 2**16

    answer = client.post("/api/v1/login", content=pieces())
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "body",
    [
        b'{"name": "a\\u0000b", "password": "x"}',
        b'{"name": "\\ud800", "password": "x"}',
        b'{"name": "x", "password": NaN}',
        b'{"name": 1e999, "password": "x"}',
        b"\x00",
    ],
)
def test_what_no_database_can_hold_is_refused(body: bytes, stranger: TestClient):
    headers = {"Content-Type": "application/json"}
    answer = stranger.post("/api/v1/login", content=body, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["error"] == "BadInput"


def test_escaped_backslashes_and_whole_pairs_pass(stranger: TestClient):
    body = b'{"name": "\\\\u0000 \\ud83d\\ude00", "password": "x"}'
    headers = {"Content-Type": "application/json"}
    answer = stranger.post("/api/v1/login", content=body, headers=headers)
    assert answer.status_code == 401


def test_a_wrong_request_names_the_place_and_not_the_value(root: TestClient):
    answer = root.post("/api/v1/projects", json={"name": "Meier/Hans"})
    assert answer.json()["error"] == "NameRefused"
    assert answer.json()["message"].startswith("name: ")
    assert "Meier" not in answer.text


@pytest.mark.parametrize("path", ["/nope", "/docs", "/api/v1/nope", "/api/v1/me/"])
def test_unknown_paths_answer_a_problem(path: str, stranger: TestClient):
    answer = stranger.get(path)
    assert answer.status_code == 404
    assert answer.json()["error"] == "NotFound"


def test_a_surprise_answers_500_without_a_word_about_it(
    app: FastAPI, stranger: TestClient, caplog: pytest.LogCaptureFixture
):
    def fail() -> None:
        raise ValueError("Wilhelmine Meier is ill")

    app.add_api_route("/api/v1/fail", fail)
    answer = stranger.get("/api/v1/fail")
    assert answer.status_code == 500
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "Wilhelmine" not in answer.text
    lines = [JsonFormatter().format(record) for record in caplog.records]
    logged = [json.loads(line) for line in lines if "unexpected" in line]
    assert logged[0]["error"]["class"] == "ValueError"
    assert "fail" in logged[0]["error"]["places"][-1]
    assert not any("Wilhelmine" in line for line in lines)


def test_the_access_log_holds_the_route_and_neither_url_nor_token(
    rita: TestClient, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.INFO, "nora_server.access"):
        rita.get("/api/v1/projects/Wilhelmine?name=Meier")
    records = [r for r in caplog.records if r.name == "nora_server.access"]
    line = json.loads(JsonFormatter().format(records[0]))
    assert line["route"].endswith("/projects/{project}")
    assert line["status"] == 404
    assert line["account"] is not None
    assert "Wilhelmine" not in str(line)
    assert "Meier" not in str(line)
    assert "nora_" not in str({**line, "logger": ""})


def test_only_declared_proxies_may_speak_for_others(parts: Parts, settings: Settings):
    proxied = ServerSettings(
        host="0.0.0.0", names=["nora.example"], trusted_proxies=["10.0.0.1"]
    )
    changed = settings.model_copy(update={"server": proxied})
    assert _client(parts, changed, "10.0.0.9").get("/healthz").status_code == 403
    proxy = _client(parts, changed, "10.0.0.1")
    assert proxy.get("/healthz").status_code == 200
    login = {"name": "rita", "password": "wrong password"}
    for tail in range(6):
        forwarded = {"X-Forwarded-For": f"6.6.6.{tail}, 192.0.2.7"}
        answer = proxy.post("/api/v1/login", json=login, headers=forwarded)
    assert answer.status_code == 429  # the client's own claims change nothing


def test_a_proxy_may_add_its_word_in_a_header_of_its_own(
    parts: Parts, settings: Settings
):
    proxied = ServerSettings(trusted_proxies=["10.0.0.1"])
    proxy = _client(parts, settings.model_copy(update={"server": proxied}), "10.0.0.1")
    login = {"name": "rita", "password": "wrong password"}
    for tail in range(6):
        claims = ("X-Forwarded-For", f"6.6.6.{tail}"), ("X-Forwarded-For", "192.0.2.7")
        answer = proxy.post("/api/v1/login", json=login, headers=claims)
    assert answer.status_code == 429  # such as HAProxy does


def test_health_and_version_are_told_to_everybody(stranger: TestClient):
    assert stranger.get("/healthz").json()["status"] == "ok"
    assert stranger.get("/api/v1/version").json()["api"] == API_VERSION


def test_a_server_without_its_database_says_so(settings: Settings, registry):
    broken = settings.model_copy(
        update={"database_url": type(settings.database_url)("sqlite:////nowhere/x")}
    )
    parts = make_parts(broken, registry)
    answer = _client(parts, broken).get("/healthz")
    assert (answer.status_code, answer.json()["database"]) == (503, False)


def test_the_openapi_document_is_complete(app: FastAPI):
    document = app.openapi()
    for path, item in document["paths"].items():
        for method, operation in item.items():
            where = f"{method} {path}"
            assert operation.get("summary"), where
            good = [s for s in operation["responses"] if s.startswith("2")]
            assert good, where
            assert "4XX" in operation["responses"], where
            for status in good:
                content = operation["responses"][status].get("content", {})
                schema = content.get("application/json", {}).get("schema")
                assert status in {"204", "206"} or schema != {}, where
