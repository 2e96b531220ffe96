"""The watcher with a back end that fails, forgets and refuses."""

from __future__ import annotations

import time

import pytest
from fastapi.testclient import TestClient

from nora_core.errors import BackendError, BackendUnavailable
from nora_core.jobs.backends.backend import JobStatus, WorkState
from nora_core.jobs.request import AttemptStatus
from nora_core.wire.jobs import JobState
from nora_server.parts import Parts
from nora_server.watcher import Watcher, mirror
from nora_server.watcher.hand_over import HandOver
from tests.server.orders.conftest import URL, Order, case_ids
from tests.server.orders.paper import Look, PaperBackend, report


@pytest.fixture
def watcher(paper_parts: Parts) -> Watcher:
    return Watcher(paper_parts)


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
