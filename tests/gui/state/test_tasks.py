"""Background work: results arrive once, in order of wishes, and never stale."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator

import pytest

from napari_nora.tasks import Task, TaskError, Tasks

Loop = tuple[Tasks, Callable[[int], None]]


@pytest.fixture
def loop() -> Iterator[Loop]:
    """Tasks whose main thread is this test: ``turn(n)`` runs n deliveries."""
    calls: queue.Queue[Callable[[], None]] = queue.Queue()
    tasks = Tasks(calls.put)

    def turn(count: int) -> None:
        for _ in range(count):
            calls.get(timeout=5)()

    yield tasks, turn
    tasks.close()


def test_a_result_comes_in_the_main_thread(loop: Loop) -> None:
    tasks, turn = loop
    seen: list[tuple[int, int]] = []

    tasks.run(
        lambda _: threading.get_ident(),
        lambda worker: seen.append((worker, threading.get_ident())),
    )
    turn(1)

    ((worker, main),) = seen
    assert worker != main == threading.get_ident()


def test_a_newer_task_of_a_lane_drops_the_older_answer(loop: Loop) -> None:
    tasks, turn = loop
    gate = threading.Event()
    seen: list[str] = []

    tasks.run(lambda _: gate.wait(5) and "old", seen.append, lane="table")
    tasks.run(lambda _: "new", seen.append, lane="table")
    turn(1)
    gate.set()
    turn(1)

    assert seen == ["new"]


def test_errors_come_with_a_sentence_and_details(loop: Loop) -> None:
    tasks, turn = loop
    seen: list[TaskError] = []

    def work(_: Task) -> None:
        raise ValueError("no such thing")

    tasks.run(work, failed=seen.append)
    turn(1)

    assert seen[0].message == "no such thing"
    assert "ValueError" in seen[0].details


def test_an_error_while_a_result_is_shown_is_told_too(loop: Loop) -> None:
    tasks, turn = loop
    seen: list[TaskError] = []

    def show(_: object) -> None:
        raise ValueError("cannot show that")

    tasks.run(lambda _: 1, show, seen.append)
    turn(1)

    assert seen[0].message == "cannot show that"


def test_a_cancelled_task_tells_nothing_but_ends(loop: Loop) -> None:
    tasks, turn = loop
    seen: list[object] = []
    started = threading.Event()

    def work(task: Task) -> None:
        started.set()
        while True:
            task.check()

    task = tasks.run(work, seen.append, seen.append, title="Long")
    started.wait(5)
    task.cancel()
    turn(1)

    assert seen == []
    assert task.is_ended
    assert tasks.titled == []


def test_progress_does_not_flood_the_main_thread(loop: Loop) -> None:
    tasks, turn = loop
    fractions: list[float | None] = []

    def work(task: Task) -> None:
        task.progressed.connect(lambda: fractions.append(task.fraction))
        for number in range(1000):
            task.progress(number + 1, 1000)

    tasks.run(work, title="Many steps")
    turn(2)

    assert fractions == [1.0] or len(fractions) <= 2


def test_nothing_arrives_after_closing(loop: Loop) -> None:
    tasks, turn = loop
    gate = threading.Event()
    seen: list[object] = []
    tasks.run(lambda _: gate.wait(5), seen.append)

    tasks.close()
    gate.set()
    turn(1)

    assert seen == []
