"""The contract of back ends: subclass it, and yours is checked against all of it."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from pathlib import Path

from nora_core.jobs.backends.backend import Backend, WorkState
from nora_core.jobs.folder import JobFolder
from nora_core.jobs.request import CaseRequest, JobRequest
from nora_core.wire.jobs import JobState

_PLUGIN = """
import time
from pathlib import Path
from nora_core import hookimpl, tool

@tool(title="Wait and copy")
def wait_and_copy(source: Path, seconds: float = 0.0) -> dict[str, float]:
    time.sleep(seconds)
    return {"bytes": float(source.stat().st_size)}

@hookimpl
def register_tools(register):
    register(wait_and_copy)
"""


class BackendContract(ABC):
    """Tests that every back end passes.

    A subclass says how to make one::

        class TestMine(BackendContract):
            def make_backend(self, folder):
                return MyBackend(folder)
    """

    patience_s = 60.0
    """How long a small job may take with this back end."""

    @abstractmethod
    def make_backend(self, folder: Path) -> Backend:
        """Return a new object for the job folders in ``folder``."""

    def make_job(
        self,
        folder: Path,
        name: str,
        cases: int = 2,
        seconds: float = 0.0,
        workers: int = 2,
    ) -> JobFolder:
        """Write a job that reads files and may take its time."""
        folder.mkdir(parents=True, exist_ok=True)
        plugin = folder.parent / "wait_and_copy_plugin.py"
        plugin.write_text(_PLUGIN, "utf-8")
        source = folder.parent / "source.txt"
        source.write_text("four", "utf-8")
        return JobFolder.create(
            folder,
            JobRequest(
                job_name=name,
                tool="wait_and_copy",
                arguments={"seconds": seconds},
                cases=[
                    CaseRequest(case=case, inputs={"source": [str(source)]})
                    for case in range(cases)
                ],
                workers=workers,
                plugin_folders=[str(plugin)],
            ),
        )

    def wait_for_end(self, backend: Backend, ids: list[str]) -> None:
        """Wait until all of ``ids`` have ended."""
        end = time.monotonic() + self.patience_s
        while True:
            states = backend.states(ids)
            if all(status.state is WorkState.ENDED for status in states.values()):
                return
            assert time.monotonic() < end, states
            time.sleep(0.05)

    def test_runs_every_case_of_every_job(self, tmp_path: Path) -> None:
        backend = self.make_backend(tmp_path / "jobs")
        jobs = [
            self.make_job(tmp_path / "jobs", f"job-{number}") for number in range(3)
        ]
        ids = [backend.submit(job) for job in jobs]
        self.wait_for_end(backend, ids)
        for job in jobs:
            for case in range(2):
                status = job.attempt(case, 1).status()
                assert status is not None
                assert status.state is JobState.DONE
        backend.close()

    def test_ids_outlive_the_object_that_gave_them(self, tmp_path: Path) -> None:
        first = self.make_backend(tmp_path / "jobs")
        job = self.make_job(tmp_path / "jobs", "job")
        job_id = first.submit(job)
        first.close()
        second = self.make_backend(tmp_path / "jobs")
        assert second.find(["job", "another"]) == {"job": job_id}
        self.wait_for_end(second, [job_id])
        second.close()

    def test_an_unknown_id_is_unknown_and_never_done(self, tmp_path: Path) -> None:
        backend = self.make_backend(tmp_path / "jobs")
        states = backend.states(["99999999", "nope"])
        assert {status.state for status in states.values()} == {WorkState.UNKNOWN}
        assert backend.states([]) == {}
        backend.close()

    def test_cancelling_twice_or_what_is_unknown_does_no_harm(
        self, tmp_path: Path
    ) -> None:
        backend = self.make_backend(tmp_path / "jobs")
        job = self.make_job(tmp_path / "jobs", "job")
        job_id = backend.submit(job)
        backend.cancel([job_id])
        backend.cancel([job_id, "99999999"])
        backend.cancel([])
        self.wait_for_end(backend, [job_id])
        backend.cancel([job_id])
        backend.close()

    def test_submitting_a_folder_twice_runs_no_case_twice(self, tmp_path: Path) -> None:
        backend = self.make_backend(tmp_path / "jobs")
        job = self.make_job(tmp_path / "jobs", "job", cases=3, seconds=0.1)
        ids = [backend.submit(job), backend.submit(job)]
        self.wait_for_end(backend, ids)
        for case in range(3):
            log = job.path / "cases" / str(case)
            assert [path.name for path in log.iterdir()] == ["attempt-1"]
        backend.close()
