"""Tells processes apart for good, and ends those that were started for a job."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import psutil
from pydantic import BaseModel, ConfigDict

_PROC = Path("/proc")
_STATE_FIELD = 0
_START_FIELD = 19


class ProcessStamp(BaseModel):
    """A process that no other can be taken for: host, number and start."""

    model_config = ConfigDict(frozen=True)

    host: str
    pid: int
    started: str
    """Of the boot and the tick in it, where the system tells; else seconds."""

    @classmethod
    def of(cls, pid: int) -> ProcessStamp | None:
        """Stamp the living process ``pid`` of this machine."""
        started = _start_of(pid)
        if started is None:
            return None
        return cls(host=socket.gethostname(), pid=pid, started=started)

    @property
    def is_alive(self) -> bool:
        """True while this very process runs on this machine."""
        return _start_of(self.pid) == self.started


def group_is_alive(leader: ProcessStamp) -> bool:
    """Tell whether ``leader`` or a process of its session is still there.

    ``leader`` was started in a session of its own. A number is not given again
    while a session has it, so another process with it means that all have ended.
    """
    if leader.is_alive:
        return True
    return bool(_orphans(leader))


def signal_group(leader: ProcessStamp, is_gentle: bool) -> None:
    """Ask ``leader`` and all processes of its session to end, or kill them."""
    pids = _orphans(leader)
    if leader.is_alive:
        pids = [leader.pid, *pids, *_descendants(leader.pid)]
    for pid in dict.fromkeys(pids):
        _signal(pid, is_gentle)


def end_tree(pid: int, grace_s: float = 3.0) -> None:
    """End the process ``pid`` and all that it started; kill after ``grace_s``."""
    try:
        root = psutil.Process(pid)
        tree = [*root.children(recursive=True), root]
    except psutil.NoSuchProcess:
        return
    for process in tree:
        _signal(process.pid, is_gentle=True)
    _, left = psutil.wait_procs(tree, timeout=grace_s)
    for process in left:
        _signal(process.pid, is_gentle=False)
    psutil.wait_procs(left, timeout=grace_s)


def _signal(pid: int, is_gentle: bool) -> None:
    try:
        if is_gentle:
            psutil.Process(pid).terminate()
        else:
            psutil.Process(pid).kill()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return


def _descendants(pid: int) -> list[int]:
    """Return what a process has started, where there are no sessions (Windows)."""
    if os.name == "posix":
        return []
    try:
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _orphans(leader: ProcessStamp) -> list[int]:
    """Return the living processes of the leader's session, without itself."""
    if os.name != "posix" or _was_reused(leader):
        return []
    return [
        pid
        for pid in psutil.pids()
        if pid != leader.pid
        and _session_of(pid) == leader.pid
        and _start_of(pid) is not None
    ]


def _was_reused(leader: ProcessStamp) -> bool:
    started = _start_of(leader.pid)
    if started is not None:
        return started != leader.started
    boot, separator, _ = leader.started.partition(":")
    return bool(separator) and boot != _boot_id()


def _session_of(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return None


def _boot_id() -> str:
    return (_PROC / "sys/kernel/random/boot_id").read_text().strip()


def _start_of(pid: int) -> str | None:
    """Return when a living process started; ``None`` for dead ones and zombies."""
    if not (_PROC / "self/stat").exists():
        return _start_by_psutil(pid)
    try:
        text = (_PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = text.rpartition(")")[2].split()  # the name before may hold anything
    if fields[_STATE_FIELD] in {"Z", "X"}:
        return None
    return f"{_boot_id()}:{fields[_START_FIELD]}"


def _start_by_psutil(pid: int) -> str | None:
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return f"{process.create_time():.0f}"
    except psutil.NoSuchProcess:
        return None


KILLED_FROM_OUTSIDE = frozenset(
    -getattr(signal, name)
    for name in ("SIGKILL", "SIGTERM", "SIGINT", "SIGHUP")
    if hasattr(signal, name)
)
"""Exit codes of processes that others ended."""
