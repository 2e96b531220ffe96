"""A job as a folder: the request, who works on it, and what became of each case.

::

    request.json          tool, arguments, cases: written once, never changed
    cancel                there as soon as the job is to stop
    claims/CASE           made by the worker that took the case
    workers/N.json        the process of worker N; N.end says why it ended
    workers/N.log         its own output; N.yield asks it to end after its case
    events.N.jsonl        what worker N reported, line by line
    cases/CASE/attempt-A/ log.txt, provenance.json, results/, and at last
                          status.json, which only one writer can make

Any process may be killed at any time: what is here is enough to go on.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

from pydantic import BaseModel, ValidationError

from nora_core.errors import BadInput, NotFound
from nora_core.jobs.atomic import create_claim, create_whole, sync_folder, write_whole
from nora_core.jobs.processes import ProcessStamp
from nora_core.jobs.request import (
    AttemptStatus,
    JobRequest,
    WorkerEndReason,
    WorkerStart,
)

_EVENTS = re.compile(r"events\.(\d+)\.jsonl")


class JobFolder:
    """Reads and writes one job folder; keeps nothing in memory."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def name(self) -> str:
        """The job's unique name."""
        return self.path.name

    @classmethod
    def create(cls, parent: Path, request: JobRequest) -> JobFolder:
        """Make the folder of ``request`` below ``parent``, whole or not at all.

        A folder that is there already is kept: the same job was written before.
        """
        parent.mkdir(parents=True, exist_ok=True)
        folder = cls(parent / request.job_name)
        if folder.path.exists():
            return folder
        temporary = parent / f".{request.job_name}.new"
        shutil.rmtree(temporary, ignore_errors=True)
        for part in ("claims", "workers", "cases"):
            (temporary / part).mkdir(parents=True)
        content = request.model_dump_json(exclude_none=True)
        write_whole(temporary / "request.json", content.encode())
        temporary.rename(folder.path)
        sync_folder(parent)
        return folder

    def read_request(self) -> JobRequest:
        """Return the request.

        Raises
        ------
        NotFound
            If this is no job folder.
        BadInput
            If the request cannot be read, such as one of a newer version.
        """
        path = self.path / "request.json"
        try:
            return JobRequest.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            raise NotFound(f"{path} does not exist; name a job folder") from None
        except ValidationError as error:
            raise BadInput(
                f"{path} is no job request of version 1: "
                f"{error.errors()[0]['msg']}; was it written by a newer program?"
            ) from error

    def cancel(self) -> None:
        """Ask all workers to stop."""
        (self.path / "cancel").touch()

    @property
    def is_cancelled(self) -> bool:
        """True where the job is to stop."""
        return (self.path / "cancel").exists()

    def claim(self, case: int, worker: int, process: ProcessStamp) -> bool:
        """Take ``case`` for ``worker``; False where another has it."""
        content = json.dumps({"worker": worker, **process.model_dump()})
        return create_claim(self.path / "claims" / str(case), content.encode())

    def claimed(self) -> set[int]:
        """Return the cases that were taken."""
        return {int(name) for name in os.listdir(self.path / "claims")}  # noqa: PTH208

    def attempt(self, case: int, attempt: int) -> AttemptFolder:
        """Return the folder of one attempt, which need not exist."""
        return AttemptFolder(self.path / "cases" / str(case) / f"attempt-{attempt}")

    def events_path(self, worker: int) -> Path:
        """Return the file to which ``worker`` alone adds."""
        return self.path / f"events.{worker}.jsonl"

    def event_workers(self) -> list[int]:
        """Return the workers that reported anything."""
        matches = (_EVENTS.fullmatch(entry.name) for entry in self.path.iterdir())
        return sorted(int(match[1]) for match in matches if match)

    def has_reported(self, worker: int) -> bool:
        """True where ``worker`` has begun a case."""
        try:
            return self.events_path(worker).stat().st_size > 0
        except FileNotFoundError:
            return False

    def register_worker(self, number: int, process: ProcessStamp) -> bool:
        """Be worker ``number``; False where another process is."""
        start = WorkerStart(process=process)
        return create_whole(self._worker(number, "json"), _as_json(start))

    def worker_numbers(self) -> set[int]:
        """Return the workers that were ever registered."""
        paths = (self.path / "workers").glob("[0-9]*.json")
        return {int(path.stem) for path in paths}

    def worker_start(self, number: int) -> WorkerStart:
        """Return the process of a worker that was registered."""
        return WorkerStart.model_validate_json(
            self._worker(number, "json").read_bytes()
        )

    def next_worker(self) -> int:
        """Return a number that no worker was started with."""
        paths = (self.path / "workers").glob("[0-9]*")
        return 1 + max((int(path.stem) for path in paths), default=-1)

    def end_worker(self, number: int, reason: WorkerEndReason) -> None:
        """Note that worker ``number`` ends by itself."""
        create_whole(self._worker(number, "end"), reason.value.encode())

    def worker_end(self, number: int) -> WorkerEndReason | None:
        """Return why worker ``number`` ended; ``None`` where it was killed or runs."""
        try:
            return WorkerEndReason(self._worker(number, "end").read_text())
        except FileNotFoundError:
            return None

    def ask_to_yield(self, number: int) -> None:
        """Ask worker ``number`` to end after its present case."""
        self._worker(number, "yield").touch()

    def is_asked_to_yield(self, number: int) -> bool:
        """True where worker ``number`` is to end after its present case."""
        return self._worker(number, "yield").exists()

    def worker_log(self, number: int) -> Path:
        """Return the file for the worker's own output."""
        return self._worker(number, "log")

    def _worker(self, number: int, ending: str) -> Path:
        return self.path / "workers" / f"{number}.{ending}"


class AttemptFolder:
    """One attempt at one case."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.log = path / "log.txt"
        self.results = path / "results"
        self.scratch = path / "scratch"
        self.provenance = path / "provenance.json"

    def finish(self, status: AttemptStatus) -> AttemptStatus:
        """Say how the attempt ended; return what counts: the first that was said.

        A worker that comes too late learns so: its results are not published.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        if create_whole(self.path / "status.json", _as_json(status)):
            return status
        counts = self.status()
        if counts is None:
            raise BadInput(f"{self.path}/status.json vanished; the folder was changed")
        return counts

    def status(self) -> AttemptStatus | None:
        """Return how the attempt ended; ``None`` where it did not."""
        try:
            content = (self.path / "status.json").read_bytes()
        except FileNotFoundError:
            return None
        return AttemptStatus.model_validate_json(content)


def _as_json(model: BaseModel) -> bytes:
    return model.model_dump_json(exclude_none=True).encode()
