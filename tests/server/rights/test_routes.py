"""No route lets somebody without a right in, or tells them a name."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlmodel import Session

from nora_core.wire.archive import UPLOAD_HEADER, UploadRequest
from nora_server.database.accounts import Project
from nora_server.database.archive import Study, Subject, Tag
from nora_server.parts import Parts

OPEN_TO_ALL = {"/healthz", "/api/v1/version", "/api/v1/login"}
OPEN_TO_USERS = {
    "/api/v1/me",
    "/api/v1/logout",
    "/api/v1/tokens",
    "/api/v1/tools",
    "/api/v1/tickets",
    "/api/v1/tickets/redeem",
}
"""Routes about oneself or the program, which hold nothing of a project."""
SECRETS = ["Wilhelmine", "P-4711", "visit-0815", "confidential-tag", "Livers"]
HEADERS = {
    UPLOAD_HEADER: quote(
        UploadRequest(
            study_id=1, relative_name="a.nii", size_bytes=1, sha256="0" * 64
        ).model_dump_json()
    ),
    "X-Nora-Upload-Offset": "0",
}
VALUES = {"project": "liver", "user": "pia", "name": "nodeinfo"}


def _fill(session: Session, project_id: int) -> None:
    subject = Subject(
        project_id=project_id,
        patients_id="P-4711",
        patients_id_folded="p-4711",
        name="Wilhelmine",
        name_folded="wilhelmine",
    )
    session.add(subject)
    session.flush()
    study = Study(
        project_id=project_id,
        subject_id=subject.id,
        subject_name_folded="wilhelmine",
        subject_patients_id_folded="p-4711",
        studies_id="visit-0815",
        studies_id_folded="visit-0815",
    )
    session.add(study)
    session.add(Tag(name="confidential-tag", name_folded="confidential-tag"))


@pytest.fixture
def operations(
    app: FastAPI, parts: Parts, project_id: int
) -> list[tuple[str, str, Any]]:
    """Each operation of the OpenAPI document: method, URL, a body that fits."""
    with parts.database.write() as session:
        _fill(session, project_id)
    document = app.openapi()
    found = [
        (method.upper(), path, _example_of(document, operation))
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]
    return sorted(found, key=lambda operation: operation[1].endswith("/logout"))


def _url(path: str) -> str:
    return re.sub(r"{(\w+)}", lambda match: VALUES.get(match[1], "1"), path)


def _example_of(document: dict[str, Any], operation: dict[str, Any]) -> Any:
    content = operation.get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema")
    return None if schema is None else _example(document, schema)


def _example(document: dict[str, Any], schema: dict[str, Any]) -> Any:
    """Return a small value that fits ``schema``."""
    if "$ref" in schema:
        return _example(
            document, document["components"]["schemas"][schema["$ref"].split("/")[-1]]
        )
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return _example(document, schema[choice][0])
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "object":
        needed = schema.get("required", [])
        return {name: _example(document, schema["properties"][name]) for name in needed}
    if schema.get("type") == "array":
        return [_example(document, schema["items"])] * schema.get("minItems", 0)
    text = "a" * max(1, schema.get("minLength", 1))
    if "pattern" in schema:
        text = "0" * 64
    plain = {"string": text, "integer": 1, "number": 1, "boolean": False}
    return plain.get(schema.get("type", ""))


def _walk(client: TestClient, operations: list[tuple[str, str, Any]]):
    for method, path, body in operations:
        yield path, _request(client, method, path, body)


def _request(client: TestClient, method: str, path: str, body: Any):
    return client.request(method, _url(path), json=body, headers=HEADERS)


def _tells_nothing(text: str) -> bool:
    return not any(secret in text for secret in SECRETS)


def test_without_a_token_every_route_answers_401(
    operations: list[tuple[str, str, Any]], stranger: TestClient
):
    for path, answer in _walk(stranger, operations):
        assert _tells_nothing(answer.text), path
        if path in OPEN_TO_ALL - {"/api/v1/login"}:
            continue
        assert answer.status_code == 401, (path, answer.status_code, answer.text)


def test_without_a_right_every_route_refuses_and_tells_no_name(
    operations: list[tuple[str, str, Any]], nobody: TestClient
):
    for path, answer in _walk(nobody, operations):
        if path in OPEN_TO_ALL | OPEN_TO_USERS or path == "/api/v1/projects":
            continue
        assert answer.status_code in {403, 404}, (path, answer.text)
        assert _tells_nothing(answer.text), (path, answer.text)


def test_without_a_right_the_list_of_projects_is_empty(nobody: TestClient):
    answer = nobody.get("/api/v1/projects")
    assert (answer.status_code, answer.json()) == (200, [])


def test_a_reader_changes_nothing(
    operations: list[tuple[str, str, Any]],
    rita: TestClient,
    parts: Parts,
    project_id: int,
):
    reading = re.compile(r"/(call|cases/page|cases/count|files/select(-many)?)$")
    own = re.compile(r"/(presets/{preset}|links)$")  # views of one's own
    for method, path, body in operations:
        if "{project}" not in path or method == "GET" or reading.search(path):
            continue
        if own.search(path):
            continue
        answer = _request(rita, method, path, body)
        assert answer.status_code in {403, 404}, (method, path, answer.text)


@pytest.mark.parametrize("path", ["", "/members", "/rights"])
def test_a_hidden_project_answers_like_a_missing_one(path: str, nobody: TestClient):
    hidden = nobody.get(f"/api/v1/projects/liver{path}")
    missing = nobody.get(f"/api/v1/projects/spine{path}")
    assert hidden.status_code == missing.status_code == 404
    assert hidden.text.replace("liver", "spine") == missing.text


def test_each_project_lists_what_its_user_may_do(
    client_of: Callable[[str | None], TestClient], parts: Parts
):
    seen = {
        user: {
            project["name"]: project["actions"]
            for project in client_of(user).get("/api/v1/projects").json()
        }
        for user in ("root", "pia", "will", "rita", "nobody")
    }
    assert set(seen["root"]) == {"liver", "brain"}
    assert seen["will"] == {"liver": ["read", "share", "write", "delete", "run_jobs"]}
    assert seen["rita"] == {"liver": ["read", "share"]}
    assert seen["nobody"] == {}
    with parts.database.read() as session:
        assert session.get(Project, 1) is not None
