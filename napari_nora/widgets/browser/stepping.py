"""Goes from case to case in the order of the table, past the files of open ones."""

from __future__ import annotations

from psygnal import Signal

from napari_nora.session import Neighbors, Session
from napari_nora.widgets.browser.loader import TableLoader
from nora_core.wire.archive import CaseRow


class Stepper:
    """Answers the session's wishes for the next case and for the neighbors.

    Whoever owns the table connects :attr:`chosen`, which asks to choose a visible
    row, and tells with :meth:`tell_current` where the user is.
    """

    chosen = Signal(int)

    def __init__(self, session: Session, loader: TableLoader) -> None:
        self._session = session
        self._loader = loader
        self._current: int | None = None
        self._target: int | None = None
        self._gap: int | None = None
        self._is_awaited = False
        session.case_step_requested.connect(self.step)
        session.neighbor_source = self.neighbors
        loader.page_came.connect(self._on_page_came)
        loader.started.connect(self._on_started)
        loader.failed.connect(self._on_failed)

    def tell_current(self, case: int | None) -> None:
        """Note at which place of the order the user is."""
        self._current = case
        self._gap = None

    def tell_gone(self, gap: int) -> None:
        """Note that the current case has left the table, and from which place."""
        self._current, self._gap = None, gap

    def step(self, by: int) -> None:
        """Go ``by`` cases on, or back; the first step without a current case to it."""
        pages = self._loader.model.rows.pages
        if not self._loader.model.rowCount():
            self._session.noticed.emit("The table has no case to go to")
            return
        target = self._place_after(by)
        if not 0 <= target < len(pages):
            self._tell_end(by)
            return
        self._target = target
        self._go()

    def _place_after(self, by: int) -> int:
        base = self._current if self._target is None else self._target
        if base is not None:
            return base + by
        if self._gap is None:
            return 0
        return self._gap + (by - 1 if by > 0 else by)  # the next one fills the gap

    def neighbors(self, count: int) -> Neighbors:
        """Return up to ``count`` rows on each side of the current case."""
        rows, here = self._loader.model.rows, self._current
        if here is None or not rows.is_started:
            return Neighbors()
        last = min(here + count, len(rows.pages) - 1)
        before = range(here - 1, max(here - count, 0) - 1, -1)
        after = range(here + 1, last + 1)
        found = [[rows.pages.row(case) for case in side] for side in (before, after)]
        missing = [
            case
            for side, cases in ((before, found[0]), (after, found[1]))
            for case, row in zip(side, cases, strict=True)
            if row is None
        ]
        self._is_awaited = bool(missing)
        for case in missing:
            self._loader.bring(case, case)
        return Neighbors(_known(found[0]), _known(found[1]), not missing)

    def _go(self) -> None:
        target, rows = self._target, self._loader.model.rows
        if target is None:
            return
        row = rows.pages.row(target)
        if row is None:
            self._loader.bring(target, target)
            return
        self._target = None
        self.chosen.emit(rows.open.row_of(target))
        self._session.case_stepped.emit(row)

    def _tell_end(self, by: int) -> None:
        which = "last" if by > 0 else "first"
        self._session.noticed.emit(f"This is the {which} case of the table")

    def _on_page_came(self) -> None:
        pages = self._loader.model.rows.pages
        if self._target is not None and self._target >= len(pages):
            self._target = None  # there were fewer rows than it seemed
            self._tell_end(1)
        self._go()
        if self._is_awaited:
            self._is_awaited = False
            self._session.neighbors_changed.emit()

    def _on_failed(self, _error: object) -> None:
        self._target = None

    def _on_started(self) -> None:
        self._target = self._current = self._gap = None


def _known(rows: list[CaseRow | None]) -> tuple[CaseRow, ...]:
    return tuple(row for row in rows if row is not None)
