"""The changes of the table that can be taken back, latest first."""

from __future__ import annotations

from collections.abc import Callable

MAX_STEPS = 50
TakeBack = Callable[[], None]


class UndoStack:
    """What takes back each change; taking back is no change that is kept."""

    def __init__(self) -> None:
        self._steps: list[TakeBack] = []

    def __len__(self) -> int:
        return len(self._steps)

    def push(self, take_back: TakeBack) -> TakeBack:
        """Keep a change; return what takes it back once, wherever it is called."""

        def once() -> None:
            if once in self._steps:
                self._steps.remove(once)
                take_back()

        self._steps.append(once)
        del self._steps[:-MAX_STEPS]
        return once

    def undo(self) -> bool:
        """Take the latest change back; False where there is none."""
        if not self._steps:
            return False
        self._steps[-1]()
        return True

    def clear(self) -> None:
        """Forget everything, in another project."""
        self._steps.clear()
