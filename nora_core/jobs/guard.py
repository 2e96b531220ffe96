"""Run one program and end it, with all it started, when its owner goes away.

Started as a script by :mod:`nora_core.jobs.command`, so it imports nothing of ours.
The owner holds the other end of this process's standard input: when that closes,
because the owner cancels or was killed, the program's whole process group is killed.
Both stay in the owner's session, by which a back end finds what a worker has left.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

_GRACE_SECONDS = 3.0


def main(command: list[str]) -> int:
    """Run ``command`` and return its exit code, 128 + signal where it was killed."""
    is_posix = os.name == "posix"
    flags = 0 if is_posix else subprocess.CREATE_NEW_PROCESS_GROUP  # type: ignore[attr-defined,unused-ignore]
    program = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        process_group=0 if is_posix else None,
        creationflags=flags,
    )
    threading.Thread(target=_watch_owner, args=(program,), daemon=True).start()
    code = program.wait()
    if is_posix:
        _signal_group(program.pid, signal.SIGKILL)
    return code if code >= 0 else 128 - code


def _watch_owner(program: subprocess.Popen[bytes]) -> None:
    while os.read(0, 1024):
        pass
    if os.name != "posix":
        kill = ["taskkill", "/T", "/F", "/PID", str(program.pid)]
        subprocess.run(kill, capture_output=True, check=False)
        return
    _signal_group(program.pid, signal.SIGTERM)
    try:
        program.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        _signal_group(program.pid, signal.SIGKILL)


def _signal_group(group: int, number: int) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return


if __name__ == "__main__":
    # Ctrl-C goes to the owner, which then closes our input. A program that asks at the
    # terminal gets an error; without this it would be stopped and wait for ever.
    for name in ("SIGINT", "SIGTTIN", "SIGTTOU"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    sys.exit(main(sys.argv[1:]))
