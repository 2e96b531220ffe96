"""Structured logs: one JSON object a line, without names of patients.

What an exception says may quote a row or a path, so of an unexpected one only
its class and the places in the code are logged; our own errors
(:class:`~nora_core.errors.NoraError`) name no patient and are logged in full.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import TextIO

from nora_core.errors import NoraError

_STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {
    "message",
    "asctime",
    "taskName",
    "color_message",
}


class JsonFormatter(logging.Formatter):
    """Formats a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        extra = vars(record).items()
        entry.update({key: v for key, v in extra if key not in _STANDARD_FIELDS})
        if record.exc_info and record.exc_info[1]:
            entry["error"] = describe_error(record.exc_info[1])
        return json.dumps(entry, ensure_ascii=True, default=str)


def describe_error(error: BaseException) -> dict[str, object]:
    """Return the class, the places and, where it is safe, the sentence of an error."""
    description: dict[str, object] = {
        "class": type(error).__name__,
        "places": [
            f"{frame.filename}:{frame.lineno} in {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)[-20:]
        ],
    }
    if isinstance(error, NoraError):
        description["message"] = error.message
    if error.__cause__ is not None:
        description["cause"] = describe_error(error.__cause__)
    return description


def start_logging(level: str, stream: TextIO | None = None) -> None:
    """Send all logs of this process to ``stream`` (standard error) as JSON."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for noisy in ("alembic", "sqlalchemy", "multipart"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
