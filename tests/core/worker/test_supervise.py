"""A case runs in a process that is started anew where forking is not safe."""

from __future__ import annotations

from pathlib import Path

from nora_core.jobs.request import CaseRequest, JobRequest
from nora_core.wire.jobs import JobState
from nora_core.worker.supervise import CaseRun, Supervisor
from nora_core.worker.tools import ToolSource
from tests.core.worker.test_worker import make_job


def run_first_case(
    tmp_path: Path, is_stopped: bool = False, **request: object
) -> tuple[JobState, str, list[float]]:
    """Run case 0 without forking; return its state, message and progress."""
    job = make_job(tmp_path, ["one"], **request)
    stored: JobRequest = job.read_request()
    case: CaseRequest = stored.cases[0]
    shown: list[float] = []
    supervisor = Supervisor(
        job, stored, ToolSource(stored), lambda: is_stopped, is_forked=False
    )
    status = supervisor.run(
        CaseRun(case, job.attempt(0, 1), lambda done, _text: shown.append(done))
    )
    return status.state, status.message, shown


def test_a_spawned_process_finds_its_tool_and_shows_progress(tmp_path: Path) -> None:
    state, message, shown = run_first_case(tmp_path, arguments={"seconds": 0.1})
    assert (state, message) == (JobState.DONE, "")
    assert shown == sorted(shown)
    assert 0 <= shown[0] <= shown[-1] <= 1


def test_a_worker_that_is_asked_to_end_interrupts_its_case(tmp_path: Path) -> None:
    state, message, _ = run_first_case(
        tmp_path, is_stopped=True, arguments={"seconds": 60}
    )
    assert state is JobState.INTERRUPTED
    assert "asked to stop" in message
