"""A screen in memory (Xvfb), for windows on machines without a display."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping

from nora_core.errors import SettingsError

_OPTIONS = ("-screen", "0", "1600x1000x24", "-nolisten", "tcp", "-noreset")
_STOP_SECONDS = 5.0


def lacks_display(environment: Mapping[str, str]) -> bool:
    """Tell whether a window could not be shown: Linux without X11 and Wayland."""
    return sys.platform.startswith("linux") and not (
        environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")
    )


@contextlib.contextmanager
def screen_in_memory() -> Iterator[str]:
    """Start Xvfb on a free display, point ``DISPLAY`` at it, and stop it at the end.

    Raises
    ------
    SettingsError
        If Xvfb is not installed or does not start.
    """
    program = shutil.which("Xvfb")
    if program is None:
        raise SettingsError(
            "no display and no Xvfb for one in memory; install it (Debian: "
            "`sudo apt-get install xvfb`) or use --no-window"
        )
    before = os.environ.get("DISPLAY")
    process, display = _start(program)
    os.environ["DISPLAY"] = display
    try:
        yield display
    finally:
        if before is None:
            os.environ.pop("DISPLAY", None)
        else:
            os.environ["DISPLAY"] = before
        _stop(process)


def _start(program: str) -> tuple[subprocess.Popen[bytes], str]:
    reading, writing = os.pipe()
    try:
        process = subprocess.Popen(
            [program, "-displayfd", str(writing), *_OPTIONS],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[writing],
            start_new_session=True,  # Ctrl-C stops us first, then we stop it
        )
    finally:
        os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        number = answer.readline().strip().decode("ascii")
    if not number:
        process.wait()
        raise SettingsError(
            f"Xvfb ended with status {process.returncode} instead of starting; "
            "try --no-window"
        )
    return process, f":{number}"


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
