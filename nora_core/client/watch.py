"""How the caller of a transfer follows and stops it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nora_core.errors import Cancelled


@dataclass(frozen=True)
class Watch:
    """How the caller follows and stops a transfer."""

    progress: Callable[[int, int], None] | None = None
    cancelled: Callable[[], bool] | None = None

    def report(self, done_bytes: int, all_bytes: int) -> None:
        """Tell the caller how far it is; raise if it wants to stop."""
        self.check()
        if self.progress is not None:
            self.progress(done_bytes, all_bytes)

    def check(self) -> None:
        """Raise if the caller wants to stop."""
        if self.cancelled is not None and self.cancelled():
            raise Cancelled("the transfer was cancelled")
