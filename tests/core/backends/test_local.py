"""The local pool: fair, ended with all that it started, found again after a crash."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nora_core.jobs.backends.backend import WorkState
from nora_core.jobs.backends.local import LocalBackend
from nora_core.jobs.folder import JobFolder
from nora_core.jobs.processes import ProcessStamp
from nora_core.testing.backend import BackendContract
from nora_core.wire.jobs import JobState
from tests.core.worker.test_worker import make_job


class TestLocal(BackendContract):
    def make_backend(self, folder: Path) -> LocalBackend:
        return LocalBackend(folder, workers=2)

    def test_a_missing_interpreter_ends_the_job_with_its_name(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
        backend = self.make_backend(tmp_path / "jobs")
        job_id = backend.submit(self.make_job(tmp_path / "jobs", "job"))
        self.wait_for_end(backend, [job_id])
        assert "no-python" in backend.states([job_id])[job_id].message
        backend.close()

    @pytest.mark.parametrize("workers", [1, 2])
    def test_a_small_job_need_not_wait_for_the_end_of_a_large_one(
        self, tmp_path: Path, workers: int
    ) -> None:
        with pool(tmp_path, workers) as backend:
            large = self.make_job(tmp_path / "jobs", "large", cases=200, seconds=0.05)
            small = self.make_job(tmp_path / "jobs", "small", cases=1)
            backend.submit(large)
            wait_until(lambda: len(large.claimed()) > 1)
            self.wait_for_end(backend, [backend.submit(small)])
            assert len(large.claimed()) < 200
            backend.cancel(["large"])
            self.wait_for_end(backend, ["large"])

    def test_a_killed_worker_is_replaced_and_its_case_left_alone(
        self, tmp_path: Path
    ) -> None:
        with pool(tmp_path, workers=1) as backend:
            job = self.make_job(tmp_path / "jobs", "job", cases=3, seconds=0.5)
            backend.submit(job)
            wait_until(lambda: bool(job.claimed()))
            os.kill(job.worker_start(0).process.pid, signal.SIGKILL)
            self.wait_for_end(backend, ["job"])
            assert 0 in backend.states(["job"])["job"].ended_workers
            states = [job.attempt(case, 1).status() for case in range(3)]
            assert states[0] is None
            assert [s.state for s in states[1:] if s] == [JobState.DONE] * 2

    def test_workers_that_are_killed_together_do_not_end_the_job(
        self, tmp_path: Path
    ) -> None:
        job = self.make_job(tmp_path / "jobs", "job", cases=5, seconds=0.5, workers=3)
        with pool(tmp_path, workers=3) as backend:
            backend.submit(job)
            wait_until(lambda: job.event_workers() == [0, 1, 2])
            wait_until(lambda: len(job.claimed()) == 3)
        with pool(tmp_path, workers=3) as backend:
            self.wait_for_end(backend, ["job"])
            assert backend.states(["job"])["job"].message == ""
        states = [job.attempt(case, 1).status() for case in range(5)]
        assert [status.state for status in states if status] == [JobState.DONE] * 2

    def test_the_tool_dies_with_its_worker(self, tmp_path: Path) -> None:
        with pool(tmp_path, workers=1) as backend:
            job = self.make_job(tmp_path / "jobs", "job", cases=1, seconds=30)
            backend.submit(job)
            wait_until(lambda: job.attempt(0, 1).log.exists())
            pid = job.worker_start(0).process.pid
            assert session_members(pid)
            os.kill(pid, signal.SIGKILL)
            self.wait_for_end(backend, ["job"])
            assert not session_members(pid)

    def test_a_worker_is_gone_only_when_its_program_is(self, tmp_path: Path) -> None:
        job = make_job(tmp_path, ["one"], tool="stubborn_program")
        noted = tmp_path / "case0.pid"
        with pool(tmp_path, workers=1) as backend:
            backend.submit(job)
            wait_until(lambda: noted.exists() and noted.read_text().endswith("\n"))
            os.kill(job.worker_start(0).process.pid, signal.SIGKILL)
            self.wait_for_end(backend, ["job"])
            assert ProcessStamp.of(int(noted.read_text())) is None

    def test_cancelling_ends_a_tool_that_does_not_listen(self, tmp_path: Path) -> None:
        with pool(tmp_path) as backend:
            job = self.make_job(tmp_path / "jobs", "job", cases=1, seconds=60)
            backend.submit(job)
            wait_until(lambda: job.attempt(0, 1).log.exists())
            pid = job.worker_start(0).process.pid
            started = time.monotonic()
            backend.cancel(["job"])
            self.wait_for_end(backend, ["job"])
            assert time.monotonic() - started < 15
            assert not session_members(pid)
            status = job.attempt(0, 1).status()
            assert status is not None
            assert status.state is JobState.CANCELLED

    def test_workers_live_on_when_their_server_is_killed(self, tmp_path: Path) -> None:
        job = self.make_job(tmp_path / "jobs", "job", cases=4, seconds=0.5)
        program = (
            "import sys, time; from pathlib import Path\n"
            "from nora_core.jobs.backends.local import LocalBackend\n"
            "from nora_core.jobs.folder import JobFolder\n"
            "backend = LocalBackend(Path(sys.argv[1]), workers=2)\n"
            "backend.submit(JobFolder(Path(sys.argv[1]) / 'job')); time.sleep(60)\n"
        )
        server = subprocess.Popen([sys.executable, "-c", program, str(job.path.parent)])
        wait_until(lambda: len(job.claimed()) == 2)
        server.kill()
        server.wait()
        with pool(tmp_path) as backend:
            assert backend.states(["job"])["job"].state is WorkState.RUNNING
            self.wait_for_end(backend, ["job"])
        for case in range(4):
            status = job.attempt(case, 1).status()
            assert status is not None
            assert status.state is JobState.DONE
        assert len(job.worker_numbers()) == 2

    def test_a_folder_that_is_deleted_under_way_does_not_hold_up_others(
        self, tmp_path: Path
    ) -> None:
        with pool(tmp_path, workers=1) as backend:
            gone = self.make_job(tmp_path / "jobs", "gone", cases=2, seconds=60)
            backend.submit(gone)
            wait_until(lambda: gone.attempt(0, 1).log.exists())
            shutil.rmtree(gone.path)
            job = self.make_job(tmp_path / "jobs", "job")
            self.wait_for_end(backend, [backend.submit(job)])
            assert backend.states(["gone"])["gone"].state is WorkState.UNKNOWN

    def test_workers_that_die_at_once_end_the_job_with_their_last_word(
        self, tmp_path: Path
    ) -> None:
        with pool(tmp_path) as backend:
            job = self.make_job(tmp_path / "jobs", "job")
            backend.submit(job)
            (job.path / "request.json").write_text("{}")
            self.wait_for_end(backend, ["job"])
            assert "no job request" in backend.states(["job"])["job"].message


@contextmanager
def pool(tmp_path: Path, workers: int = 2) -> Iterator[LocalBackend]:
    """Give a local back end and end its workers."""
    backend = LocalBackend(tmp_path / "jobs", workers)
    try:
        yield backend
    finally:
        backend.close(end_workers=True)


def wait_until(holds: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def session_members(session: int) -> list[int]:
    """Return the processes of a session that live."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if os.getsid(int(path.name)) == session:
                state = (path / "stat").read_text().rpartition(")")[2].split()[0]
                found += [int(path.name)] if state != "Z" else []
        except OSError:
            continue
    return found


def test_a_broken_folder_does_not_keep_the_others_from_their_turn(
    tmp_path: Path,
) -> None:
    broken = tmp_path / "jobs" / "broken"
    broken.mkdir(parents=True)
    (broken / "local.queued").touch()
    with pool(tmp_path) as backend:
        assert backend.states(["broken"])["broken"].state is WorkState.UNKNOWN


def test_the_folder_of_another_back_end_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "jobs" / "other").mkdir(parents=True)
    with pool(tmp_path) as backend:
        assert backend.find(["other"]) == {}
        assert JobFolder(tmp_path / "jobs" / "other").path.exists()
