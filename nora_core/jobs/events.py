"""Events of a worker: lines of JSON that are only ever added, by one writer."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from nora_core.jobs.request import JobEvent

_log = logging.getLogger(__name__)
_READ_BYTES = 1 << 20


class EventWriter:
    """Adds events to a worker's file, each as one whole line."""

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)

    def write(self, event: JobEvent) -> None:
        """Add ``event``."""
        line = event.model_dump_json(exclude_defaults=False, exclude_none=True)
        os.write(self._handle, line.encode() + b"\n")

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._handle)


def read_events(path: Path, offset: int) -> tuple[list[JobEvent], int]:
    """Return the whole lines from byte ``offset`` on, and where to read on.

    A line that a killed worker left unfinished is never returned.
    """
    try:
        with path.open("rb") as file:
            file.seek(offset)
            content = file.read(_READ_BYTES)
    except FileNotFoundError:
        return [], offset
    whole = content[: content.rfind(b"\n") + 1]
    return list(_parse(whole)), offset + len(whole)


def _parse(content: bytes) -> Iterator[JobEvent]:
    for line in content.splitlines():
        try:
            yield JobEvent.model_validate_json(line)
        except ValidationError:
            _log.warning("an event that cannot be read is left out: %.200r", line)
