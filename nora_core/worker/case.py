"""Runs one case in a process of its own and tells the worker how it ended."""

from __future__ import annotations

import contextlib
import ctypes
import json
import logging
import os
import shutil
import signal
import sys
import time
import traceback
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from nora_core.errors import Cancelled, NoraError
from nora_core.jobs.context import ToolContext
from nora_core.jobs.folder import AttemptFolder, JobFolder
from nora_core.jobs.request import AttemptStatus, CaseRequest, JobRequest
from nora_core.jobs.tool import Tool
from nora_core.wire.jobs import JobState
from nora_core.worker.provenance import Environment, Provenance
from nora_core.worker.results import seal_results
from nora_core.worker.tools import ToolSource

_KILL_WITH_PARENT = 1  # PR_SET_PDEATHSIG, prctl(2)
_LONGEST_MESSAGE = 2000
_BYTES_PER_MEGABYTE = 1_000_000
_PROGRESS_SECONDS = 0.2


def run_case(
    pipe: Connection,
    job_path: Path,
    request: JobRequest,
    case: CaseRequest,
    tools: ToolSource,
    environment: Environment,
) -> None:
    """Run ``case`` and send its :class:`AttemptStatus` through ``pipe``."""
    _die_with_worker()
    job = JobFolder(job_path)
    folder = job.attempt(case.case, case.attempt)
    _write_to(folder.log)
    context = ToolContext(
        progress=_Progress(pipe),
        cancelled=lambda: job.is_cancelled,
        folder=folder.scratch,
    )
    try:
        status = _run(tools.tool(), request, case, _Place(folder, context, environment))
    except Cancelled as error:
        status = AttemptStatus(state=JobState.CANCELLED, message=_plain(error.message))
    except NoraError as error:
        traceback.print_exc()
        status = AttemptStatus(state=JobState.FAILED, message=_plain(error.message))
    except Exception as error:  # noqa: BLE001 a tool may raise anything
        traceback.print_exc()
        text = f"{type(error).__name__}: {error}"
        status = AttemptStatus(state=JobState.FAILED, message=_plain(text))
    finally:
        shutil.rmtree(folder.scratch, ignore_errors=True)
    sys.stdout.flush()
    sys.stderr.flush()
    status = status.model_copy(update={"peak_memory_mb": _peak_memory_mb()})
    pipe.send_bytes(status.model_dump_json().encode())
    pipe.close()


@dataclass(frozen=True)
class _Place:
    """Where a case runs."""

    folder: AttemptFolder
    context: ToolContext
    environment: Environment


def _run(
    tool: Tool, request: JobRequest, case: CaseRequest, place: _Place
) -> AttemptStatus:
    folder = place.folder
    paths = {
        name: [Path(path) for path in value] for name, value in case.inputs.items()
    }
    provenance = Provenance.begin(tool, request, paths, place.environment)
    provenance.write(folder.provenance)
    folder.scratch.mkdir(parents=True, exist_ok=True)
    values: dict[str, object] = dict(request.arguments)
    for name, files in paths.items():
        values[name] = tool.read(name, files)
    results = tool.run(values, place.context)
    sealed = seal_results(tool, results, folder.results)
    provenance.end(sealed).write(folder.provenance)
    return AttemptStatus(state=JobState.DONE, results=sealed)


class _Progress:
    """Sends progress to the worker, a few times a second however often it is told."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._sent = -1.0
        self._next_at = 0.0

    def __call__(self, done: float, text: str) -> None:
        done = min(1.0, max(0.0, float(done)))
        is_end = done == 1.0 > self._sent
        if time.monotonic() < self._next_at and not is_end:
            return
        self._sent, self._next_at = done, time.monotonic() + _PROGRESS_SECONDS
        message = {"progress": done, "message": _plain(text)}
        self._pipe.send_bytes(json.dumps(message).encode())


def _plain(text: str) -> str:
    """Return ``text`` without what databases and JSON refuse, and not too long."""
    text = text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    return text[:_LONGEST_MESSAGE]


def _write_to(log: Path) -> None:
    """Send all output of this process and its children to ``log``."""
    handle = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    for stream in (1, 2):
        os.dup2(handle, stream)
    os.close(handle)
    for text in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):
            text.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    logging.basicConfig(
        level=logging.INFO, format="%(levelname)s %(message)s", force=True
    )


def _die_with_worker() -> None:
    """Let the system kill this process when its worker is killed (Linux)."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.platform != "linux":
        return
    worker = os.getppid()
    ctypes.CDLL(None).prctl(_KILL_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != worker:
        os._exit(1)


def _peak_memory_mb() -> float | None:
    """Return the most that this process or one that it ran used, see getrusage(2)."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    peak = max(resource.getrusage(who).ru_maxrss for who in whose)
    unit_bytes = 1 if sys.platform == "darwin" else 1024
    return peak * unit_bytes / _BYTES_PER_MEGABYTE
