"""The watcher with a back end that fails, forgets and refuses."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence

import pytest
from fastapi.testclient import TestClient

from nora_core.errors import BackendError, BackendUnavailable
from nora_core.jobs.backends.backend import Backend, JobStatus, WorkState
from nora_core.jobs.events import EventWriter
from nora_core.jobs.folder import JobFolder
from nora_core.jobs.request import AttemptStatus, EventKind, JobEvent
from nora_core.wire.jobs import JobState, OrderCasePage, OrderInfo
from nora_server.parts import Parts
from nora_server.watcher import Watcher, mirror
from nora_server.watcher.hand_over import HandOver
from tests.server.orders.conftest import URL, Order


class PaperBackend(Backend):
    """Takes jobs and runs none; says what the test wants."""

    name = "paper"

    def __init__(self) -> None:
        self.jobs: dict[str, JobFolder] = {}
        self.cancelled: list[str] = []
        self.status = JobStatus(WorkState.RUNNING)
        self.error: Exception | None = None
        self.polls = 0

    def submit(self, job: JobFolder) -> str:
        self._fail()
        self.jobs[f"id-{len(self.jobs)}"] = job
        return f"id-{len(self.jobs) - 1}"

    def find(self, job_names: Sequence[str]) -> dict[str, str]:
        return {job.name: i for i, job in self.jobs.items() if job.name in job_names}

    def states(self, ids: Sequence[str]) -> dict[str, JobStatus]:
        self._fail()
        self.polls += 1
        return dict.fromkeys(ids, self.status)

    def cancel(self, ids: Sequence[str]) -> None:
        self.cancelled += ids

    def _fail(self) -> None:
        if self.error is not None:
            raise self.error


@pytest.fixture
def backend() -> PaperBackend:
    return PaperBackend()


@pytest.fixture
def paper_parts(parts: Parts, backend: PaperBackend) -> Parts:
    return dataclasses.replace(parts, backend=backend)


@pytest.fixture
def watcher(paper_parts: Parts) -> Watcher:
    return Watcher(paper_parts)


@pytest.fixture
def look(will: TestClient) -> Callable[[OrderInfo], OrderInfo]:
    def ask(info: OrderInfo) -> OrderInfo:
        return OrderInfo.model_validate(will.get(f"{URL}/{info.id}").json())

    return ask


Look = Callable[[OrderInfo], OrderInfo]


def case_ids(will: TestClient, info: OrderInfo) -> list[int]:
    page = OrderCasePage.model_validate(will.get(f"{URL}/{info.id}/cases").json())
    return [row.id for row in page.rows]


def report(job: JobFolder, worker: int, case: int, state: JobState | None) -> None:
    """Do what a worker does when a case starts (``None``) or ends."""
    kind = EventKind.STARTED if state is None else EventKind.ENDED
    if state is not None:
        job.attempt(case, 1).finish(AttemptStatus(state=state, message="said so"))
    events = EventWriter(job.events_path(worker))
    events.write(JobEvent(kind=kind, case=case, attempt=1))
    events.close()


def test_an_order_waits_while_the_back_end_is_away_and_says_why(
    order: Order, watcher: Watcher, backend: PaperBackend, look: Look
) -> None:
    info = order()
    backend.error = BackendUnavailable("no program 'psub'; install it")
    assert not watcher.poll()
    assert look(info).state is JobState.WAITING
    assert look(info).message == "no program 'psub'; install it"
    backend.error = None
    watcher.poll()
    assert look(info).counts == {JobState.QUEUED: 4}
    assert look(info).message == ""


def test_an_order_that_is_refused_fails_with_the_reason(
    order: Order, watcher: Watcher, backend: PaperBackend, look: Look
) -> None:
    info = order()
    backend.error = BackendError("invalid partition")
    watcher.poll()
    assert look(info).counts == {JobState.FAILED: 4}


def test_a_failed_poll_changes_nothing(
    order: Order, watcher: Watcher, backend: PaperBackend, look: Look
) -> None:
    info = order()
    watcher.poll()
    backend.error = BackendUnavailable("connection refused")
    with pytest.raises(BackendUnavailable):
        watcher.poll()
    assert look(info).counts == {JobState.QUEUED: 4}


def test_an_order_killed_between_submission_and_note_is_found_by_name(
    order: Order,
    watcher: Watcher,
    backend: PaperBackend,
    look: Look,
    paper_parts: Parts,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    info = order()

    def die(*_arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(HandOver, "_mark_queued", die)
        with pytest.raises(KeyboardInterrupt):
            watcher.poll()
    assert look(info).state is JobState.WAITING
    Watcher(paper_parts).poll()
    assert look(info).counts == {JobState.QUEUED: 4}
    assert len(backend.jobs) == 1


def test_many_orders_are_one_poll(
    order: Order, watcher: Watcher, backend: PaperBackend
) -> None:
    for _ in range(3):
        order()
    watcher.poll()
    assert backend.polls == 1


def test_a_worker_that_ended_leaves_its_case_interrupted_and_no_other(
    order: Order,
    watcher: Watcher,
    backend: PaperBackend,
    look: Look,
    will: TestClient,
) -> None:
    info = order()
    watcher.poll()
    job = backend.jobs["id-0"]
    first, second, third, _ = case_ids(will, info)
    report(job, 0, first, None)
    report(job, 1, second, None)
    report(job, 0, third, JobState.FAILED)
    watcher.poll()
    assert look(info).counts == {
        JobState.RUNNING: 2,
        JobState.FAILED: 1,
        JobState.QUEUED: 1,
    }
    backend.status = JobStatus(WorkState.RUNNING, ended_workers=frozenset({0}))
    watcher.poll()
    assert look(info).counts == {
        JobState.RUNNING: 1,
        JobState.FAILED: 1,
        JobState.QUEUED: 1,
        JobState.INTERRUPTED: 1,
    }
    late = job.attempt(first, 1).finish(AttemptStatus(state=JobState.DONE))
    assert late.state is JobState.INTERRUPTED


def test_a_verdict_whose_event_was_lost_counts_all_the_same(
    order: Order,
    watcher: Watcher,
    backend: PaperBackend,
    look: Look,
    will: TestClient,
) -> None:
    info = order()
    watcher.poll()
    case = case_ids(will, info)[0]
    verdict = AttemptStatus(state=JobState.FAILED, message="no disk")
    backend.jobs["id-0"].attempt(case, 1).finish(verdict)
    backend.status = JobStatus(WorkState.ENDED)
    watcher.poll()
    assert look(info).counts == {JobState.FAILED: 1, JobState.INTERRUPTED: 3}
    assert look(info).state is JobState.FAILED


def test_a_job_that_stays_unknown_is_lost_but_not_at_once(
    order: Order,
    watcher: Watcher,
    backend: PaperBackend,
    look: Look,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    info = order()
    backend.status = JobStatus(WorkState.UNKNOWN)
    watcher.poll()
    watcher.poll()
    assert look(info).counts == {JobState.QUEUED: 4}
    monkeypatch.setattr(mirror, "_UNKNOWN_SECONDS", 0.0)
    watcher.poll()
    assert look(info).counts == {JobState.INTERRUPTED: 4}


def test_a_new_watcher_goes_on_where_the_last_one_was_killed(
    order: Order,
    watcher: Watcher,
    backend: PaperBackend,
    look: Look,
    will: TestClient,
    paper_parts: Parts,
) -> None:
    info = order()
    watcher.poll()
    for case in case_ids(will, info):
        report(backend.jobs["id-0"], 0, case, JobState.FAILED)
    Watcher(paper_parts).poll()
    assert look(info).counts == {JobState.FAILED: 4}


def test_cancelling_is_passed_on_once(
    order: Order,
    watcher: Watcher,
    backend: PaperBackend,
    look: Look,
    will: TestClient,
) -> None:
    info = order()
    watcher.poll()
    will.post(f"{URL}/{info.id}/cancel")
    watcher.poll()
    watcher.poll()
    assert backend.cancelled == ["id-0"]
    assert backend.jobs["id-0"].is_cancelled
    assert look(info).counts == {JobState.QUEUED: 4}
    backend.status = JobStatus(WorkState.ENDED)
    watcher.poll()
    assert look(info).counts == {JobState.CANCELLED: 4}


def test_the_thread_is_woken_by_an_order_and_survives_errors(
    order: Order, watcher: Watcher, backend: PaperBackend, look: Look
) -> None:
    backend.error = RuntimeError("not planned")
    watcher.start()
    first = order()
    time.sleep(0.3)
    assert watcher.is_alive()
    backend.error = None
    order()
    end = time.monotonic() + 10
    while look(first).state is JobState.WAITING:
        assert time.monotonic() < end
        time.sleep(0.02)
    watcher.stop()
    assert not watcher.is_alive()
