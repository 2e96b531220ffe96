"""The base for schedulers, driven by the recorded words of a small one."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from pathlib import Path

import pytest

from nora_core.errors import BackendError, BackendUnavailable
from nora_core.jobs.backends.backend import WorkState
from nora_core.jobs.backends.scheduler import (
    Answer,
    Command,
    SchedulerBackend,
    TaskRow,
    run_program,
)
from nora_core.jobs.backends.start import worker_command
from nora_core.jobs.folder import JobFolder
from nora_core.jobs.request import CaseRequest, JobRequest
from nora_core.wire.tool import Resources

STATES = {
    "PENDING": WorkState.QUEUED,
    "RUNNING": WorkState.RUNNING,
    "COMPLETED": WorkState.ENDED,
    "FAILED": WorkState.ENDED,
}


class PlainScheduler(SchedulerBackend):
    """Six text functions, as an author of a back end writes them."""

    name = "plain"

    def submit_command(self, job: JobFolder, request: JobRequest) -> Command:
        needs = request.resources
        argv = [
            "psub",
            f"--name={request.job_name}",
            f"--array=0-{request.workers - 1}",
        ]
        argv += [f"--cpus={needs.cpus}", f"--mem={needs.memory_gb * 1000:.0f}M"]
        argv += [f"--minutes={needs.minutes}"]
        script = shlex.join(worker_command(job, "TASK")).replace("TASK", "$TASK")
        return Command(argv, f"#!/bin/sh\nexec {script}\n")

    def read_id(self, answer: Answer) -> str:
        match = re.search(r"job (\d+)", answer.stdout)
        return match[1] if match else ""

    def list_command(self) -> Command:
        return Command(["plist", "--mine"])

    def read_list(self, answer: Answer) -> list[TaskRow]:
        rows = []
        for line in answer.stdout.splitlines():
            job_id, task, state, name, message = line.split("|", 4)
            known = STATES.get(state.split()[0], WorkState.UNKNOWN)
            rows.append(TaskRow(job_id, int(task), known, name, message))
        return rows

    def cancel_command(self, ids: Sequence[str]) -> Command:
        return Command(["pkill-job", *ids])

    def read_cancel(self, answer: Answer) -> str:
        lines = answer.stderr.splitlines()
        return " ".join(line for line in lines if "no such job" not in line)


class Transcript:
    """Plays recorded answers and keeps the commands."""

    def __init__(self, **answers: Answer) -> None:
        self.answers = answers
        self.commands: list[Command] = []

    def __call__(self, command: Command) -> Answer:
        self.commands.append(command)
        return self.answers[command.argv[0].replace("-", "_")]


LIST = Answer(
    0,
    "71|0|RUNNING|nora-a|\n71|1|PENDING|nora-a|ReqNodeNotAvail, Unavailable|x\n"
    "72|0|COMPLETED|nora-b|\n72|1|FAILED by 0|nora-b|out of memory\n"
    "73|0|PENDING|nora-c|Resources\n74|0|MOON|nora-d|\n"
    "75|0|COMPLETED|nora-e|\n75|1|PENDING|nora-e|\n",
)


def make_job(tmp_path: Path) -> JobFolder:
    return JobFolder.create(
        tmp_path / "jo bs",
        JobRequest(
            job_name="nora-a",
            tool="any",
            cases=[CaseRequest(case=1)],
            resources=Resources(cpus=3, memory_gb=1.5, minutes=7),
            workers=4,
        ),
    )


def test_resources_and_the_quoted_command_reach_the_script(tmp_path: Path) -> None:
    run = Transcript(psub=Answer(0, "submitted job 71\n"))
    assert PlainScheduler(run).submit(make_job(tmp_path)) == "71"
    command = run.commands[0]
    assert command.argv[1:] == [
        "--name=nora-a",
        "--array=0-3",
        "--cpus=3",
        "--mem=1500M",
        "--minutes=7",
    ]
    assert shlex.quote(str(tmp_path / "jo bs" / "nora-a")) in command.stdin
    assert command.stdin.rstrip().endswith("--worker $TASK")


@pytest.mark.parametrize(
    "answer", [Answer(1, "", "invalid partition\nsee manual"), Answer(0, "hello")]
)
def test_a_refusal_carries_the_schedulers_words(tmp_path: Path, answer: Answer) -> None:
    words = "invalid partition see manual" if answer.status else "hello"
    with pytest.raises(BackendError, match=words):
        PlainScheduler(Transcript(psub=answer)).submit(make_job(tmp_path))


def test_many_ids_are_one_call_and_tasks_are_summed_up() -> None:
    run = Transcript(plist=LIST)
    states = PlainScheduler(run).states(["71", "72", "73", "74", "75", "999"])
    assert len(run.commands) == 1
    assert {job_id: status.state for job_id, status in states.items()} == {
        "71": WorkState.RUNNING,
        "72": WorkState.ENDED,
        "73": WorkState.QUEUED,
        "74": WorkState.UNKNOWN,
        "75": WorkState.RUNNING,
        "999": WorkState.UNKNOWN,
    }
    assert states["71"].message == "ReqNodeNotAvail, Unavailable|x"
    assert states["72"].ended_workers == {0, 1}


def test_a_new_object_finds_jobs_by_their_names() -> None:
    found = PlainScheduler(Transcript(plist=LIST)).find(["nora-b", "nora-z"])
    assert found == {"nora-b": "72"}


def test_a_list_that_fails_is_no_list() -> None:
    run = Transcript(plist=Answer(1, "", "connection refused"))
    with pytest.raises(BackendUnavailable, match="connection refused"):
        PlainScheduler(run).states(["71"])


def test_cancelling_unknown_jobs_does_no_harm_but_a_failure_is_told() -> None:
    backend = PlainScheduler(Transcript(pkill_job=Answer(1, "", "71: no such job\n")))
    backend.cancel(["71"])
    backend.cancel([])
    backend = PlainScheduler(Transcript(pkill_job=Answer(1, "", "not your job\n")))
    with pytest.raises(BackendError, match="not your job"):
        backend.cancel(["71"])


def test_a_missing_program_is_named() -> None:
    with pytest.raises(BackendUnavailable, match="'no-such-scheduler'"):
        run_program(Command(["no-such-scheduler"]))


def test_a_program_is_really_run() -> None:
    answer = run_program(Command(["cat"], "words"))
    assert answer == Answer(0, "words", "")
