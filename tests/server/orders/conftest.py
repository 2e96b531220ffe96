"""A project with four studies, a text file in each, and tools that take it."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session, select

from nora_core.plugins.registry import Registry
from nora_core.plugins.sources import load
from nora_core.wire.jobs import JobState, OrderCasePage, OrderInfo
from nora_core.wire.names import fold
from nora_server.database.archive import Study, Subject
from nora_server.parts import Parts, make_parts
from nora_server.services.files import store_result
from nora_server.settings import Settings
from nora_server.watcher import Watcher
from tests.server.orders.paper import PaperBackend

TOOLS = Path(__file__).parents[2] / "job_tools.py"
URL = "/api/v1/projects/liver/orders"
ROUNDS = 400


@pytest.fixture(scope="session")
def job_registry() -> Registry:
    """The tools for tests of jobs."""
    return load([TOOLS])


@pytest.fixture
def parts(
    settings: Settings, job_registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Parts]:
    """The parts of a server with the tools for tests of jobs."""
    monkeypatch.setenv("NORA_PLUGINS", str(TOOLS))
    parts = make_parts(settings, job_registry)
    yield parts
    parts.backend.close(end_workers=True)
    parts.close()


@pytest.fixture
def watcher(parts: Parts) -> Watcher:
    """A watcher that polls when it is told to."""
    return Watcher(parts)


@pytest.fixture
def study_ids(parts: Parts, project_id: int, tmp_path: Path) -> list[int]:
    """Four studies of two subjects, each with ``in/source.txt``."""
    with parts.database.write() as session:
        studies = [
            add_study(session, project_id, patient, visit)
            for patient in ("P1", "P2")
            for visit in ("V1", "V2")
        ]
    for number, study_id in enumerate(studies):
        add_file(parts, study_id, "in/source.txt", f"text {number}", tmp_path)
    return studies


def add_study(session: Session, project_id: int, patient: str, visit: str) -> int:
    """Add a study, and its subject where that is new."""
    subject = session.exec(
        select(Subject).where(
            Subject.project_id == project_id, Subject.patients_id == patient
        )
    ).one_or_none()
    if subject is None:
        subject = Subject(
            project_id=project_id, patients_id=patient, patients_id_folded=fold(patient)
        )
        session.add(subject)
        session.flush()
    study = Study(
        project_id=project_id,
        subject_id=subject.id,
        subject_patients_id_folded=fold(patient),
        studies_id=visit,
        studies_id_folded=fold(visit),
        date="2024-05-01" if visit == "V2" else "2024-06-01",
    )
    session.add(study)
    session.flush()
    assert study.id is not None
    return study.id


def add_file(parts: Parts, study_id: int, name: str, text: str, folder: Path) -> int:
    """Store a text file in a study."""
    path = folder / "new-file.txt"
    path.write_text(text)
    with parts.database.write() as session:
        return store_result(session, parts, 1, study_id, name, path, []).id


Order = Callable[..., OrderInfo]


@pytest.fixture
def order(will: TestClient, study_ids: list[int]) -> Order:
    """Give ``order(**changes)``, which orders ``copy_slowly`` on all studies."""

    def submit(**changes: object) -> OrderInfo:
        body = {
            "tool": "copy_slowly",
            "arguments": {"source": "in/source.txt"},
            "case_ids": study_ids,
            **changes,
        }
        answer = will.post(URL, json=body)
        assert answer.status_code == 201, answer.text
        return OrderInfo.model_validate(answer.json())

    return submit


@pytest.fixture
def finish(will: TestClient, watcher: Watcher) -> Callable[[int], OrderInfo]:
    """Give ``finish(order_id)``, which polls until the order has ended."""

    def wait(order_id: int) -> OrderInfo:
        for _ in range(ROUNDS):
            watcher.poll()
            info = OrderInfo.model_validate(will.get(f"{URL}/{order_id}").json())
            if info.state.is_final:
                return info
            time.sleep(0.05)
        raise AssertionError(f"order {order_id} is still {info.state}: {info.counts}")

    return wait


def all_in(info: OrderInfo, state: JobState) -> bool:
    """Tell whether all cases of an order are in one state."""
    return set(info.counts) == {state}


@pytest.fixture
def backend() -> PaperBackend:
    return PaperBackend()


@pytest.fixture
def paper_parts(parts: Parts, backend: PaperBackend) -> Parts:
    return dataclasses.replace(parts, backend=backend)


@pytest.fixture
def look(will: TestClient) -> Callable[[OrderInfo], OrderInfo]:
    def ask(info: OrderInfo) -> OrderInfo:
        return OrderInfo.model_validate(will.get(f"{URL}/{info.id}").json())

    return ask


def case_ids(will: TestClient, info: OrderInfo) -> list[int]:
    page = OrderCasePage.model_validate(will.get(f"{URL}/{info.id}/cases").json())
    return [row.id for row in page.rows]
