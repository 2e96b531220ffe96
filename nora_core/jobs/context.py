"""What a running tool may use of the program that runs it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nora_core.errors import Cancelled

_log = logging.getLogger(__name__)


def _no_progress(done: float, message: str) -> None:
    """Show nothing."""


def _never() -> bool:
    return False


def _write_log(line: str) -> None:
    _log.info("%s", line)


@dataclass(frozen=True)
class ToolContext:
    """Progress, cancelling, the log and a scratch folder of one run.

    A tool that wants it has a parameter of this type; it is no argument then.
    """

    progress: Callable[[float, str], None] = _no_progress
    """Call with the part that is done (0 to 1) and what is being done."""
    cancelled: Callable[[], bool] = _never
    """True as soon as the user wants the tool to stop."""
    folder: Path = Path()
    """For intermediate files of this run alone; thrown away afterwards."""
    log: Callable[[str], None] = _write_log
    """Call with one line for the job's log."""

    def stop_if_cancelled(self) -> None:
        """Leave the tool where the user has cancelled it; call it in long loops.

        Raises
        ------
        Cancelled
            The user stopped the tool.
        """
        if self.cancelled():
            raise Cancelled("the tool was stopped by the user")
