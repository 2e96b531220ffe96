"""A worker sees every case through, whatever its tool does."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from nora_core.jobs.backends.start import worker_command
from nora_core.jobs.events import read_events
from nora_core.jobs.folder import JobFolder
from nora_core.jobs.processes import ProcessStamp
from nora_core.jobs.request import (
    AttemptStatus,
    CaseRequest,
    EventKind,
    JobRequest,
    WorkerEndReason,
)
from nora_core.wire.jobs import JobState

TOOLS = Path(__file__).parents[2] / "job_tools.py"


def make_job(tmp_path: Path, texts: list[str], **request: object) -> JobFolder:
    """Make a job folder with one case per text."""
    cases = []
    for number, text in enumerate(texts):
        source = tmp_path / f"case{number}.txt"
        source.write_text(text)
        cases.append(CaseRequest(case=number, inputs={"source": [str(source)]}))
    values: dict[str, object] = {
        "job_name": "job",
        "tool": "copy_slowly",
        "plugin_folders": [str(TOOLS)],
        **request,
    }
    return JobFolder.create(
        tmp_path / "jobs", JobRequest.model_validate({**values, "cases": cases})
    )


def work(job: JobFolder, number: int = 0) -> int:
    """Run one worker to its end."""
    command = worker_command(job, number)
    return subprocess.run(command, timeout=60, check=False).returncode


def status_of(job: JobFolder, case: int) -> AttemptStatus:
    """Return how the first attempt at ``case`` ended."""
    status = job.attempt(case, 1).status()
    assert status is not None
    return status


def test_results_log_and_provenance_lie_in_the_attempts_folder(tmp_path: Path) -> None:
    job = make_job(tmp_path, ["one", "two"])
    assert work(job) == 0
    status = status_of(job, 1)
    assert status.state is JobState.DONE
    assert [result.name for result in status.results] == ["copy", "report"]
    folder = job.attempt(1, 1)
    assert (folder.results / "copy.txt").read_text() == "two"
    assert json.loads((folder.results / "report.json").read_text()) == {"bytes": 3}
    assert "copying case1.txt" in folder.log.read_text()
    assert not folder.scratch.exists()
    provenance = json.loads(folder.provenance.read_text())
    assert provenance["tool"] == "copy_slowly"
    assert provenance["inputs"][0]["sha256"].startswith("3fc4ccfe")
    assert provenance["results"][0]["sha256"] == status.results[0].sha256
    assert provenance["environment"]["packages"]["numpy"]


def test_events_tell_of_start_progress_and_end(tmp_path: Path) -> None:
    job = make_job(tmp_path, ["one"], arguments={"seconds": 0.1})
    work(job)
    events, offset = read_events(job.events_path(0), 0)
    kinds = [event.kind for event in events]
    assert kinds[0] is EventKind.STARTED
    assert EventKind.PROGRESS in kinds
    assert kinds[-1] is EventKind.ENDED
    assert read_events(job.events_path(0), offset) == ([], offset)


def test_a_line_that_was_cut_off_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "events.0.jsonl"
    path.write_bytes(b'{"kind":"started","case":1,"attempt":1}\n{"kind":"en')
    events, offset = read_events(path, 0)
    assert [event.case for event in events] == [1]
    assert offset == 40


@pytest.mark.parametrize(
    ("how", "state", "words"),
    [
        ("raise", JobState.FAILED, "RuntimeError: this case is bad"),
        ("exit", JobState.FAILED, "exit code 7"),
        ("crash", JobState.FAILED, "signal 11"),
        ("kill", JobState.INTERRUPTED, "signal 9"),
        ("sleep", JobState.FAILED, "longer than 0.01 minutes"),
    ],
)
def test_a_case_that_goes_wrong_does_not_end_the_worker(
    tmp_path: Path, how: str, state: JobState, words: str
) -> None:
    job = make_job(
        tmp_path,
        ["good", "bad", "good"],
        tool="go_wrong",
        arguments={"how": how},
        time_limit_s=0.6 if how == "sleep" else 60,
    )
    assert work(job) == 0
    assert status_of(job, 0).state is JobState.DONE
    assert status_of(job, 1).state is state
    assert words in status_of(job, 1).message
    assert status_of(job, 2).state is JobState.DONE


def test_a_tool_that_reports_without_pause_keeps_its_time_limit(tmp_path: Path) -> None:
    job = make_job(
        tmp_path,
        ["one"],
        tool="chatter",
        arguments={"seconds": 20},
        time_limit_s=0.5,
    )
    assert work(job) == 0
    assert "longer than" in status_of(job, 0).message


def test_progress_is_stored_a_few_times_a_second(tmp_path: Path) -> None:
    job = make_job(tmp_path, ["one"], tool="chatter", arguments={"seconds": 1})
    assert work(job) == 0
    events, _ = read_events(job.events_path(0), 0)
    shown = [event.done for event in events if event.kind is EventKind.PROGRESS]
    assert 2 <= len(shown) < 20
    assert shown[-1] == 1.0


@pytest.mark.skipif(os.name != "posix", reason="Windows does not tell")
def test_the_memory_of_a_tools_programs_counts(tmp_path: Path) -> None:
    job = make_job(tmp_path, ["one"], tool="use_memory", arguments={"megabytes": 400})
    assert work(job) == 0
    peak_mb = status_of(job, 0).peak_memory_mb
    assert peak_mb is not None
    assert 380 < peak_mb < 800


def test_an_unknown_tool_fails_each_case_and_names_it(tmp_path: Path) -> None:
    job = make_job(tmp_path, ["one", "two"], tool="nope")
    assert work(job) == 0
    assert "no tool 'nope'" in status_of(job, 1).message


def test_two_workers_share_the_cases(tmp_path: Path) -> None:
    job = make_job(
        tmp_path, ["x"] * 6, arguments={"seconds": 0.1, "stamps": str(tmp_path)}
    )
    workers = [subprocess.Popen(worker_command(job, number)) for number in (0, 1)]
    assert [worker.wait(60) for worker in workers] == [0, 0]
    assert len(list(tmp_path.glob("*.start"))) == 6
    assert all(status_of(job, case).state is JobState.DONE for case in range(6))


def test_a_number_belongs_to_one_worker(tmp_path: Path) -> None:
    job = make_job(tmp_path, ["one"])
    stamp = ProcessStamp.of(os.getpid())
    assert stamp is not None
    assert job.register_worker(0, stamp)
    assert work(job, 0) == 3
    assert job.claimed() == set()


def test_a_superseded_attempt_is_not_published(tmp_path: Path) -> None:
    job = make_job(tmp_path, ["one"], arguments={"seconds": 1.0})
    worker = subprocess.Popen(worker_command(job, 0))
    while not job.attempt(0, 1).log.exists():
        assert worker.poll() is None
    counts = job.attempt(0, 1).finish(AttemptStatus(state=JobState.INTERRUPTED))
    assert worker.wait(60) == 0
    assert status_of(job, 0) == counts
    events, _ = read_events(job.events_path(0), 0)
    assert events[-1].message == "interrupted"


def test_a_cancelled_job_stops_its_case_and_takes_no_other(tmp_path: Path) -> None:
    job = make_job(tmp_path, ["one", "two"], arguments={"seconds": 30.0})
    worker = subprocess.Popen(worker_command(job, 0))
    while not job.attempt(0, 1).log.exists():
        assert worker.poll() is None
    job.cancel()
    assert worker.wait(20) == 0
    assert status_of(job, 0).state is JobState.CANCELLED
    assert job.attempt(1, 1).status() is None


def test_a_worker_that_shall_make_place_does_one_case_first(tmp_path: Path) -> None:
    job = make_job(tmp_path, ["one", "two", "three"])
    job.ask_to_yield(0)
    assert work(job) == 0
    assert job.claimed() == {0}
    assert status_of(job, 0).state is JobState.DONE
    assert job.worker_end(0) is WorkerEndReason.YIELDED


def test_a_folder_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    job = make_job(tmp_path, ["one"])
    path = job.path / "request.json"
    path.write_text(path.read_text().replace('"version":1', '"version":2'))
    assert work(job) == 1
