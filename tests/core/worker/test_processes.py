"""Processes are told apart for good and ended with all that they started."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nora_core.jobs.atomic import create_claim, create_whole, write_whole
from nora_core.jobs.processes import (
    ProcessStamp,
    end_tree,
    group_is_alive,
    signal_group,
)

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
PARENT = [
    sys.executable,
    "-c",
    "import subprocess, sys\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
    "print(child.pid, flush=True); child.wait()",
]


def stamp_of(process: subprocess.Popen[bytes]) -> ProcessStamp:
    stamp = ProcessStamp.of(process.pid)
    assert stamp is not None
    return stamp


def wait_for_end(stamp: ProcessStamp) -> None:
    end = time.monotonic() + 10
    while group_is_alive(stamp):
        assert time.monotonic() < end
        time.sleep(0.02)


def test_another_process_of_the_same_number_is_another() -> None:
    mine = ProcessStamp.of(os.getpid())
    assert mine is not None
    assert mine.is_alive
    other = mine.model_copy(update={"started": mine.started + "1"})
    assert not other.is_alive
    assert not group_is_alive(other)


def test_a_dead_process_is_dead_before_it_is_reaped() -> None:
    process = subprocess.Popen(SLEEP, start_new_session=True)
    stamp = stamp_of(process)
    process.kill()
    wait_for_end(stamp)
    assert not stamp.is_alive
    process.wait()
    assert ProcessStamp.of(process.pid) is None


@pytest.mark.skipif(os.name != "posix", reason="needs sessions")
def test_a_group_lives_as_long_as_one_of_its_processes() -> None:
    process = subprocess.Popen(PARENT, stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    process.stdout.readline()
    stamp = stamp_of(process)
    process.kill()
    process.wait()
    assert not stamp.is_alive
    assert group_is_alive(stamp)
    signal_group(stamp, is_gentle=False)
    wait_for_end(stamp)
    process.stdout.close()


def test_a_tree_is_ended_from_its_root() -> None:
    process = subprocess.Popen(PARENT, stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    child = ProcessStamp.of(int(process.stdout.readline()))
    assert child is not None
    end_tree(process.pid)
    end_tree(process.pid)
    assert not child.is_alive
    process.wait()
    process.stdout.close()


def test_only_the_first_creates_a_file(tmp_path: Path) -> None:
    for create in (create_whole, create_claim):
        path = tmp_path / create.__name__
        assert create(path, b"first")
        assert not create(path, b"second")
        assert path.read_bytes() == b"first"
    write_whole(path, b"third")
    assert path.read_bytes() == b"third"
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "create_claim",
        "create_whole",
    ]
