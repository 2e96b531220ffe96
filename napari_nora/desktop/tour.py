"""Leads through a window step by step without blocking it: a tour is a generator.

Each step yields a question; the tour goes on when its answer is true.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator

from qtpy.QtCore import QObject, QTimer

from nora_core.errors import NoraError

Question = Callable[[], bool]
Steps = Generator[Question, None, None]
_TICK_MS = 40
_PATIENCE_S = 120.0


class Tour(QObject):
    """Runs steps from Qt's event loop.

    Parameters
    ----------
    steps : generator of callables
        Yields what to wait for.
    ended : callable
        Gets ``None``, or the error that ended the tour early.
    """

    def __init__(self, steps: Steps, ended: Callable[[Exception | None], None]) -> None:
        super().__init__()
        self._steps = steps
        self._ended = ended
        self._question: Question = _now
        self._since = time.monotonic()
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def _tick(self) -> None:
        try:
            if self._question():
                self._question = next(self._steps)
                self._since = time.monotonic()
            elif time.monotonic() - self._since > _PATIENCE_S:
                raise NoraError("the window did not get ready in time")
        except StopIteration:
            self._stop(None)
        except Exception as error:  # noqa: BLE001  # the edge: the caller gets it
            self._stop(error)

    def _stop(self, error: Exception | None) -> None:
        self._timer.stop()
        self._ended(error)


def _now() -> bool:
    return True


def pause(seconds: float) -> Question:
    """Return a question whose answer is true after a while."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() >= end
