"""A line on the terminal that shows how far something is."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TextIO

_WIDTH = 24


class ProgressLine:
    """Draws one line again and again; draws nothing where nobody watches.

    Parameters
    ----------
    stream
        Standard error where not given, so that results can be piped.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._is_shown = self._stream.isatty()
        self._length = 0

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.clear()

    def show(self, done: float, message: str = "") -> None:
        """Show the part that is done, 0 to 1, and what is being done."""
        if not self._is_shown:
            return
        done = min(max(done, 0.0), 1.0)
        bar = "#" * round(done * _WIDTH)
        text = f"[{bar:-<{_WIDTH}}] {done:4.0%} {message}"[:78]
        self._stream.write("\r" + text.ljust(self._length))
        self._stream.flush()
        self._length = len(text)

    def clear(self) -> None:
        """Remove the line."""
        if self._length:
            self._stream.write("\r" + " " * self._length + "\r")
            self._stream.flush()
            self._length = 0
