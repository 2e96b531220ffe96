"""External programs run as tools: argv filled, output logged, all of it ended."""

import os
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from nora_core import Mask, ToolContext, Volume, command_tool
from nora_core.errors import ArgumentError, Cancelled, PluginError, ToolFailed
from nora_core.jobs.command import fill_places, run_program
from nora_core.testing import ToolContract, phantom_volume
from nora_core.wire.tool import ResultKind

COPY = "import shutil, sys; shutil.copy(sys.argv[1], sys.argv[2]); print('copied')"
PYTHON = sys.executable


def copy_tool(**more):
    return command_tool(
        "copy", "Copy", [PYTHON, "-c", COPY, "{image}", "{result}"], **more
    )


class TestCopy(ToolContract):
    def make_tool(self):
        return copy_tool(description="Copies an image.")


def test_places_are_filled_and_stay_one_word():
    words = {"image": ["/a b/c;rm -rf.nii"], "width": ["2.5"], "fast": [""]}

    filled = fill_places(
        ["prog", "{image}", "--width={width}", ("--fast", "{fast}")], words
    )

    assert filled == ["prog", "/a b/c;rm -rf.nii", "--width=2.5", "--fast"]


def test_a_group_without_value_is_left_out():
    assert fill_places(["prog", ("--mask", "{mask}")], {"mask": []}) == ["prog"]


def test_many_files_are_many_words():
    assert fill_places(["prog", "{images}"], {"images": ["a", "b"]}) == [
        "prog",
        "a",
        "b",
    ]


def test_output_goes_to_the_log_line_by_line(tmp_path):
    lines: list[str] = []
    tool = copy_tool()
    context = ToolContext(folder=tmp_path, log=lines.append)

    results = tool.run({"image": phantom_volume()}, context)

    assert Path(results["result"]).is_file()
    assert lines[0].startswith("$ ")
    assert lines[-1] == "copied"


def test_a_nifti_input_is_handed_on_as_it_is(tmp_path):
    path = tmp_path / "a.nii.gz"
    path.write_bytes(b"x")

    assert copy_tool().read("image", [path]) == path


def test_a_missing_program_is_named(tmp_path):
    tool = command_tool("none", "None", ["no-such-program-x", "{image}", "{result}"])

    with pytest.raises(ToolFailed, match="'no-such-program-x' is not installed"):
        tool.run({"image": phantom_volume()}, ToolContext(folder=tmp_path))


def test_a_failing_program_is_reported_with_its_last_words(tmp_path):
    script = "import sys; print('no such voxel'); sys.exit(3)"

    with pytest.raises(ToolFailed, match="ended with code 3: no such voxel"):
        run_program([PYTHON, "-c", script], ToolContext(folder=tmp_path))


def test_a_result_that_was_not_written_is_an_error(tmp_path):
    from nora_core.jobs.values import write_result

    tool = command_tool("idle", "Idle", [PYTHON, "-c", "", "{image}", "{result}"])

    results = tool.run({"image": phantom_volume()}, ToolContext(folder=tmp_path))

    with pytest.raises(ToolFailed, match="wrote no file for its result 'result'"):
        write_result(tool.results[0], results["result"], tmp_path, "x")


def test_a_result_that_may_be_left_out_is_none(tmp_path):
    tool = command_tool(
        "idle",
        "Idle",
        [PYTHON, "-c", "", "{image}", "{noise}"],
        results={"noise": Volume | None},
    )

    context = ToolContext(folder=tmp_path)

    assert tool.run({"image": phantom_volume()}, context) == {"noise": None}


SLEEPY = (
    "import subprocess, sys, time;"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
    "open(sys.argv[1], 'w').write(str(child.pid)); time.sleep(60)"
)


def pid_in(path: Path) -> int:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if path.exists() and path.read_text():
            return int(path.read_text())
        time.sleep(0.02)
    raise AssertionError("the program did not start")


def ends(pid: int) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.02)
    return False


def test_cancelling_ends_the_program_and_its_children(tmp_path):
    pid_file = tmp_path / "pid"
    context = ToolContext(folder=tmp_path, cancelled=pid_file.exists)

    with pytest.raises(Cancelled):
        run_program([PYTHON, "-c", SLEEPY, str(pid_file)], context)

    assert ends(pid_in(pid_file))


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is POSIX")
def test_a_killed_owner_leaves_no_program_behind(tmp_path):
    import subprocess

    pid_file = tmp_path / "pid"
    script = (
        "import sys; from pathlib import Path; from nora_core import ToolContext;"
        "from nora_core.jobs.command import run_program;"
        "run_program([sys.executable, '-c', sys.argv[1], sys.argv[2]],"
        " ToolContext(folder=Path(sys.argv[3])))"
    )
    owner = subprocess.Popen(
        [PYTHON, "-c", script, SLEEPY, str(pid_file), str(tmp_path)]
    )
    child = pid_in(pid_file)

    owner.kill()
    owner.wait()

    assert ends(child)


def test_a_program_that_writes_a_lot_does_not_stall(tmp_path):
    lines: list[str] = []
    script = "print('x' * 70 + '\\n', end='') or [print('y' * 70) for _ in range(5000)]"
    context = ToolContext(folder=tmp_path, log=lines.append)

    thread = threading.Thread(
        target=run_program, args=([PYTHON, "-c", script], context), daemon=True
    )
    thread.start()
    thread.join(30)

    assert not thread.is_alive()
    assert len(lines) == 5002


def test_a_text_that_looks_like_an_option_is_refused(tmp_path):
    tool = command_tool(
        "echo", "Echo", ["echo", "{text}", "{result}"], inputs={"text": str}
    )

    with pytest.raises(ArgumentError, match="do not begin it with '-'"):
        tool.run({"text": "--config=/etc/x"}, ToolContext(folder=tmp_path))


def test_inputs_and_results_have_hints_and_defaults():
    tool = command_tool(
        "track",
        "Track",
        ["tckgen", "{image}", ("-mask", "{mask}"), "-n", "{count}", "{tracts}.tck"],
        inputs={"image": Volume, "mask": Mask | None, "count": (int, 100)},
        results={"tracts": Path},
        minutes=30,
    )

    assert tool.check({"image": "dwi"}) == {"image": "dwi", "mask": None, "count": 100}
    assert tool.results[0].kind is ResultKind.FILE
    assert tool.resources.minutes == 30


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["prog", "{image}", "{result}", "{nope}"], "neither an input nor a result"),
        (["prog", "{image}"], "has no place {result}"),
        ("prog {image} {result}", "give a list of words"),
        (["{image}", "{result}"], "cannot be a place"),
        ([], "give a list of words"),
    ],
)
def test_a_command_that_cannot_work_is_refused(command, message):
    with pytest.raises(PluginError) as caught:
        command_tool("broken", "Broken", command)

    assert message in caught.value.message
