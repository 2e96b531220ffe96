"""A back end that runs a job at once and waits for its end: for commands and tests."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from nora_core.errors import BackendUnavailable
from nora_core.jobs.backends.backend import Backend, JobStatus, WorkState
from nora_core.jobs.backends.start import worker_command
from nora_core.jobs.folder import JobFolder


class InlineBackend(Backend):
    """Runs one worker per job while :meth:`submit` waits.

    Parameters
    ----------
    folder
        Below it lie the job folders; a job's id is its folder's name.
    """

    name = "inline"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def submit(self, job: JobFolder) -> str:
        number = job.next_worker()
        with job.worker_log(number).open("ab") as log:
            try:
                subprocess.run(
                    worker_command(job, number),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    check=False,
                )
            except OSError as error:
                raise BackendUnavailable(
                    f"no worker can be started: {error}; is Python where it was?"
                ) from error
        return job.name

    def find(self, job_names: Sequence[str]) -> dict[str, str]:
        return {
            name: name
            for name, status in self.states(job_names).items()
            if status.state is not WorkState.UNKNOWN
        }

    def states(self, ids: Sequence[str]) -> dict[str, JobStatus]:
        return {job_id: self._state(job_id) for job_id in ids}

    def cancel(self, ids: Sequence[str]) -> None:
        for job_id in ids:
            folder = JobFolder(self._folder / job_id)
            if folder.path.is_dir():
                folder.cancel()

    def _state(self, job_id: str) -> JobStatus:
        folder = JobFolder(self._folder / job_id)
        workers = folder.worker_numbers()
        if not workers:
            return JobStatus(WorkState.UNKNOWN)
        alive = {
            number for number in workers if folder.worker_start(number).process.is_alive
        }
        state = WorkState.RUNNING if alive else WorkState.ENDED
        return JobStatus(state, ended_workers=frozenset(workers - alive))
