"""Starts a server of one's own on this machine, and stops it again."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from nora_core.client.connection import Call, Connection
from nora_core.errors import NoraError, ServerUnreachable
from nora_core.wire.account import UserInfo

CONNECTION_FILE = "embedded.json"
_LOG_FILE = "embedded.log"
_START_SECONDS = 60.0
_STOP_SECONDS = 15.0
_POLL_SECONDS = 0.02
_ON_WINDOWS = sys.platform == "win32"


@dataclass
class EmbeddedServer:
    """A server process on this machine; leaving the ``with`` block stops it.

    One that another program had started is left running.
    """

    url: str
    token: str = field(repr=False)
    pid: int
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    """``None`` where another program started it."""

    @property
    def is_ours(self) -> bool:
        """True where this program started it, so that ``stop`` ends it."""
        return self.process is not None

    def stop(self) -> None:
        """End the server if this program started it; harmless to call twice."""
        process, self.process = self.process, None
        if process is None or process.poll() is not None:
            return
        _ask_to_end(process)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def __enter__(self) -> EmbeddedServer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def start_embedded(data_folder: Path) -> EmbeddedServer:
    """Start a server on ``data_folder``, or return the one that runs there.

    Raises
    ------
    ServerUnreachable
        If it does not come up; with the last lines of its log.
    """
    data_folder = Path(data_folder).absolute()
    data_folder.mkdir(parents=True, exist_ok=True)
    with _turn(data_folder / "embedded.starting"):
        running = find_embedded(data_folder)
        if running is not None:
            return running
        (data_folder / CONNECTION_FILE).unlink(missing_ok=True)
        return _start(data_folder)


def find_embedded(data_folder: Path) -> EmbeddedServer | None:
    """Return the server that runs on ``data_folder`` and answers, or ``None``."""
    try:
        content = json.loads((data_folder / CONNECTION_FILE).read_text("utf-8"))
        server = EmbeddedServer(content["url"], content["token"], int(content["pid"]))
    except (OSError, ValueError, KeyError):
        return None
    connection = Connection(server.url, server.token)
    try:
        connection.ask(Call("GET", "/me"), UserInfo)
    except NoraError:
        return None
    finally:
        connection.close()
    return server


def _start(data_folder: Path) -> EmbeddedServer:
    log_path = data_folder / _LOG_FILE
    command = [sys.executable, "-m", "nora_core.cli", "serve", "--embedded"]
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            [*command, "--data", str(data_folder)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=not _ON_WINDOWS,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if (data_folder / CONNECTION_FILE).exists():
            server = find_embedded(data_folder)
            if server is not None:
                server.process = process
                return server
        time.sleep(_POLL_SECONDS)
    process.kill()
    process.wait()
    raise ServerUnreachable(
        f"the embedded server did not start on {data_folder}: {_last_lines(log_path)}"
    )


def _ask_to_end(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        process.send_signal(signal.CTRL_BREAK_EVENT)
    else:
        process.terminate()


def _last_lines(path: Path, count: int = 8) -> str:
    lines = path.read_text("utf-8", errors="replace").splitlines()
    return "\n".join(lines[-count:]) or "it wrote nothing into its log"


@contextlib.contextmanager
def _turn(lock: Path) -> Iterator[None]:
    """Let one program at a time look for and start a server."""
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            break
        except FileExistsError:
            _drop_if_stale(lock)
        if time.monotonic() > deadline:
            raise ServerUnreachable(
                f"another program has been starting a server for a minute; "
                f"delete {lock} if there is none"
            )
        time.sleep(_POLL_SECONDS)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)


def _drop_if_stale(lock: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        if time.time() - lock.stat().st_mtime > _START_SECONDS:
            lock.unlink()
