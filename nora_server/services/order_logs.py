"""Reads the log of a case, piece by piece while it is written."""

import codecs
from pathlib import Path

from nora_core.jobs.folder import JobFolder
from nora_core.wire.jobs import JobState, LogPart
from nora_server.database.jobs import OrderCase

_PART_BYTES = 256 * 1024


def read_case_log(job_folder: Path, case: OrderCase, offset: int) -> LogPart:
    """Return what the log of the case's present attempt holds from ``offset`` on.

    A character whose bytes are not all written yet waits for the next part.
    """
    is_over = JobState(case.state).is_final
    content = b""
    if case.job_name and case.id is not None:
        folder = JobFolder(job_folder / case.job_name)
        log = folder.attempt(case.id, case.attempt).log
        content = _read(log, offset)
    is_last = is_over and len(content) < _PART_BYTES
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    text = decoder.decode(content, final=is_last)
    waiting = 0 if is_last else len(decoder.getstate()[0])
    return LogPart(
        text=text, next_offset=offset + len(content) - waiting, complete=is_last
    )


def _read(log: Path, offset: int) -> bytes:
    try:
        with log.open("rb") as file:
            file.seek(offset)
            return file.read(_PART_BYTES)
    except FileNotFoundError:
        return b""
