"""A plug-in for tests of jobs: tools that wait, fail, die and leave stamps."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from nora_core import command_tool, hookimpl, tool
from nora_core.jobs.context import ToolContext


class Copied(NamedTuple):
    """The results of ``copy_slowly``."""

    copy: Path
    report: dict[str, float]


@tool(title="Copy slowly")
def copy_slowly(
    source: Path,
    context: ToolContext,
    seconds: float = 0.0,
    stamps: str = "",
) -> Copied:
    """Copy a text file, taking its time, and stamp when it began and ended."""
    print("copying", source.name)  # noqa: T201 to the log
    alone = be_alone(stamps, source)
    stamp(stamps, source, "start")
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        context.stop_if_cancelled()
        left = end - time.monotonic()
        context.progress(1 - max(left, 0) / max(seconds, 1e-9), "waiting")
        time.sleep(min(0.02, max(left, 0)))
    target = context.folder / "copy.txt"
    target.write_bytes(source.read_bytes())
    stamp(stamps, source, "stop")
    os.close(alone)
    return Copied(target, {"bytes": target.stat().st_size})


def be_alone(folder: str, source: Path) -> int:
    """Lock the case until this process ends; stamp where another runs it too."""
    if not folder:
        return os.open(os.devnull, os.O_RDONLY)
    import fcntl

    handle = os.open(Path(folder) / f"{source.stem}.lock", os.O_CREAT | os.O_RDWR)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        stamp(folder, source, "overlap")
    return handle


def stamp(folder: str, source: Path, word: str) -> None:
    """Write the moment to a file of this process's own."""
    if folder:
        name = f"{source.stem}.{os.getpid()}.{time.monotonic_ns()}.{word}"
        (Path(folder) / name).touch()


@tool(title="Go wrong")
def go_wrong(source: Path, how: str) -> dict[str, float]:
    """End in the way that ``how`` names, for the files that hold 'bad'."""
    if "bad" not in source.read_text():
        return {"good": 1.0}
    if how == "raise":
        raise RuntimeError("this case is bad")
    if how == "exit":
        os._exit(7)
    if how == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if how == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "sleep":
        subprocess.run(
            [sys.executable, "-c", "import time; time.sleep(60)"], check=True
        )
    return {"good": 0.0}


@tool(title="Report all the time")
def chatter(source: Path, context: ToolContext, seconds: float = 0.0) -> dict[str, int]:
    """Report progress without a pause, and listen to nobody."""
    end = time.monotonic() + seconds
    count = 0
    while time.monotonic() < end:
        context.progress(0.5, f"step {count}")
        count += 1
    context.progress(1.0, "done")
    return {"steps": count}


@tool(title="Let a program use memory")
def use_memory(source: Path, megabytes: int = 1) -> dict[str, int]:
    """Fill memory in a program of its own."""
    code = f"bytearray({megabytes} * 1_000_000)"
    subprocess.run([sys.executable, "-c", code], check=True)
    return {"megabytes": megabytes}


STUBBORN = """
import os, pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(sys.argv[1]).with_suffix(".pid").write_text(f"{os.getpid()}\\n")
time.sleep(60)
"""

stubborn_program = command_tool(
    "stubborn_program",
    "Program that does not want to end",
    [sys.executable, "-c", STUBBORN, "{source}", "{result}.txt"],
    inputs={"source": Path},
    results={"result": Path},
)


@hookimpl
def register_tools(register):
    """Bring the tools."""
    register(copy_slowly)
    register(go_wrong)
    register(chatter)
    register(use_memory)
    register(stubborn_program)
