"""The demo's window in a process of its own, so that an interrupt always ends it."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

_GROUP = "nora.windows"
_STOP_SECONDS = 10.0


def show_window(connection_file: Path, screenshots: Path | None) -> int:
    """Open the window, wait until it is closed, and return its exit status.

    The window's process is in a session of its own: Ctrl-C reaches us, and we end
    it. Qt cannot be relied upon to hand an interrupt to Python.
    """
    command = [sys.executable, "-m", __name__, str(connection_file.absolute())]
    if screenshots is not None:
        command.append(str(screenshots.absolute()))
    process = subprocess.Popen(command, start_new_session=True)
    try:
        return process.wait()
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def main(arguments: list[str]) -> None:
    """Run the window that the viewer's package offers for the demo."""
    (window,) = entry_points(group=_GROUP, name="demo")
    paths = [Path(argument) for argument in arguments]
    window.load()(paths[0], paths[1] if len(paths) > 1 else None)


if __name__ == "__main__":
    main(sys.argv[1:])
