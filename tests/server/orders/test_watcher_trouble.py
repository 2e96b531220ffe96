"""What goes wrong with one order, or the disk, holds up nothing else."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from nora_core.errors import StorageFull
from nora_core.jobs.backends.backend import JobStatus, WorkState
from nora_core.jobs.events import EventWriter
from nora_core.jobs.request import AttemptStatus, EventKind, JobEvent
from nora_core.wire.jobs import JobState
from nora_server.database.jobs import MESSAGE_CHARACTERS
from nora_server.database.jobs import Order as Row
from nora_server.logs import JsonFormatter
from nora_server.parts import Parts
from nora_server.storage.incoming import Incoming, StagedFile
from nora_server.watcher import Watcher, mirror
from tests.server.orders.conftest import URL, Order, case_ids
from tests.server.orders.paper import Look, PaperBackend, publish


@pytest.fixture
def watcher(paper_parts: Parts) -> Watcher:
    return Watcher(paper_parts)


def parts_of(parts: Parts) -> list[Path]:
    return list(parts.storage.incoming.folder.glob("*.part"))


@pytest.mark.parametrize("error", [OSError("broken"), StorageFull("full")])
def test_a_disk_that_is_full_is_not_filled_further(
    order: Order,
    watcher: Watcher,
    backend: PaperBackend,
    look: Look,
    will: TestClient,
    parts: Parts,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    info = order()
    watcher.poll()
    for case in case_ids(will, info)[:2]:
        publish(backend.jobs["id-0"], case)
    take, taken = Incoming.take_copy, count()

    def fill(incoming: Incoming, source: Path) -> StagedFile:
        if next(taken) == 4:
            raise error
        return take(incoming, source)

    monkeypatch.setattr(Incoming, "take_copy", fill)
    watcher.poll()
    assert next(taken) == 5
    assert parts_of(parts) == []
    assert JobState.DONE not in look(info).counts
    watcher.poll()
    assert look(info).counts == {JobState.DONE: 2, JobState.QUEUED: 2}
    assert parts_of(parts) == []


def test_a_damaged_provenance_fails_its_case_alone(
    order: Order,
    watcher: Watcher,
    backend: PaperBackend,
    look: Look,
    will: TestClient,
    parts: Parts,
) -> None:
    info = order()
    watcher.poll()
    first, second = case_ids(will, info)[:2]
    publish(backend.jobs["id-0"], first, provenance="[]")
    publish(backend.jobs["id-0"], second)
    watcher.poll()
    counts = {JobState.FAILED: 1, JobState.DONE: 1, JobState.QUEUED: 2}
    assert look(info).counts == counts
    assert parts_of(parts) == []


def test_one_order_that_cannot_be_looked_after_holds_up_no_other(
    order: Order,
    watcher: Watcher,
    backend: PaperBackend,
    look: Look,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken, good = order(), order()
    watcher.poll()
    look_after = mirror.Mirror.look_after

    def fail(self: mirror.Mirror, one: Row, status: JobStatus) -> bool:
        if one.id == broken.id:
            raise RuntimeError("/data/Wilhelmine/T1.nii")
        return look_after(self, one, status)

    monkeypatch.setattr(mirror.Mirror, "look_after", fail)
    backend.status = JobStatus(WorkState.ENDED)
    watcher.poll()
    assert look(good).state is JobState.INTERRUPTED
    assert look(broken).state is JobState.QUEUED
    assert "later" in caplog.text
    assert "Wilhelmine" not in " ".join(map(JsonFormatter().format, caplog.records))


def test_a_long_message_is_cut(
    order: Order,
    watcher: Watcher,
    backend: PaperBackend,
    will: TestClient,
) -> None:
    info = order(attempts=2)
    watcher.poll()
    first, second = case_ids(will, info)[:2]
    job, long = backend.jobs["id-0"], "x" * MESSAGE_CHARACTERS
    events = EventWriter(job.events_path(0))
    for kind in (EventKind.STARTED, EventKind.PROGRESS):
        event = JobEvent(kind=kind, case=first, attempt=1, done=0.5, message=long)
        events.write(event)
    ending = AttemptStatus(state=JobState.INTERRUPTED, message=long)
    job.attempt(second, 1).finish(ending)
    events.write(JobEvent(kind=EventKind.ENDED, case=second, attempt=1))
    events.close()
    watcher.poll()
    rows = will.get(f"{URL}/{info.id}/cases").json()["rows"][:2]
    assert [len(row["message"]) for row in rows] == [MESSAGE_CHARACTERS] * 2
    assert rows[0]["message"].startswith("50% x")
