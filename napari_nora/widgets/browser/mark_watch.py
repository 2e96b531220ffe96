"""Keeps the job marks of the visible rows true: one question for all of them."""

from __future__ import annotations

from qtpy.QtCore import QTimer

from napari_nora.session import Session
from napari_nora.widgets.browser.loader import TableLoader

ACTIVE_MS = 2_000
IDLE_MS = 30_000
"""Somebody else's jobs show after this time."""
SOON_MS = 300


class MarkWatch:
    """Looks at the visible rows again: often while jobs of theirs wait or run."""

    def __init__(self, session: Session, loader: TableLoader) -> None:
        self._loader = loader
        self._is_watched = False
        self._timer = QTimer()
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_time)
        session.orders_changed.connect(self.look_soon)

    @property
    def pause_ms(self) -> int:
        """The time until the next look."""
        marks = [row.jobs for row in self._loader.visible_cases]
        is_active = any(jobs.queued or jobs.running for jobs in marks)
        return ACTIVE_MS if is_active else IDLE_MS

    def watch(self, is_watched: bool) -> None:
        """Look only while the table is visible."""
        self._is_watched = is_watched
        if is_watched:
            self._timer.start(self.pause_ms)
        else:
            self._timer.stop()

    def look_soon(self) -> None:
        """Look now: something is known to have changed."""
        if self._is_watched:
            self._timer.start(SOON_MS)

    def _on_time(self) -> None:
        self._loader.look_again()
        self._timer.start(self.pause_ms)
