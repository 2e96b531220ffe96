"""Whatever is sent, the running server answers it without failing (no 5xx)."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.schemas import APIOperation

from nora_core.client import Client, EmbeddedServer, start_embedded
from nora_core.wire.archive import NewStudy
from nora_core.wire.project import NewProject

CASES = 2000
KNOWN = {
    "project": "demo",
    "user": "local",
    "study_id": 1,
    "subject_id": 1,
    "file_id": 1,
    "event_id": 1,
    "name": "nodeinfo",
    "preset": "ct",
    "attachment": "roi.nii.gz",
}
"""Values that exist, so that half of the cases get past the first look-up."""
_HARMFUL = {"/api/v1/logout", "/api/v1/tokens/{token_id}"}
"""May end the very token with which the test asks."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    """A server process with a project, a study and a file."""
    folder = tmp_path_factory.mktemp("server")
    with start_embedded(folder / "data") as running:
        with Client(running.url, running.token) as client:
            client.create_project(NewProject(name="demo"))
            study = client.create_study(
                "demo", NewStudy(patients_id="p1", studies_id="s1", name="Anna")
            )
            (folder / "a.json").write_text("{}")
            client.upload("demo", folder / "a.json", study.study_id, "a.json")
        yield running


def _schema(server: EmbeddedServer) -> Any:
    document = requests.get(f"{server.url}/api/v1/openapi.json", timeout=30).json()
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url=server.url)
    return schema


def _cases_of(operation: APIOperation) -> st.SearchStrategy[Case]:
    names = {name.strip("{}") for name in operation.path.split("/") if "{" in name}
    known = {name: KNOWN[name] for name in names & KNOWN.keys()}
    return st.one_of(
        operation.as_strategy(),
        operation.as_strategy(path_parameters=known),
        operation.as_strategy(GenerationMode.NEGATIVE, path_parameters=known),
    )


def _try(operation: APIOperation, count: int, send: Callable[[Case], None]) -> None:
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=_cases_of(operation))
    def run(case: Case) -> None:
        send(case)

    run()


def test_no_request_makes_the_server_fail(
    server: EmbeddedServer, rounds: Callable[[int], int], tmp_path: Path
):
    operations = [found.ok() for found in _schema(server).get_all_operations()]
    operations = [found for found in operations if found.path not in _HARMFUL]
    headers = {"Authorization": f"Bearer {server.token}"}
    sent: list[int] = []

    def send(case: Case) -> None:
        if isinstance(case.body, dict) and "folder" in case.body:
            case.body["folder"] = str(tmp_path)  # else it might register all of /
        answer = case.call(base_url=server.url, headers=headers, timeout=30)
        sent.append(answer.status_code)
        assert answer.status_code < 500, case.as_curl_command()

    while len(sent) < rounds(CASES):  # some operations have only a few cases
        missing = rounds(CASES) - len(sent)
        for operation in operations:
            _try(operation, -(-missing // len(operations)), send)
    assert {200, 401, 404, 422} & set(sent) >= {200, 404, 422}
    me = requests.get(f"{server.url}/api/v1/me", headers=headers, timeout=30)
    assert me.status_code == 200
