"""Runs functions in Qt's main thread, for work that ends in another one."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from qtpy.QtCore import QObject, Qt, Signal, Slot


class MainThread(QObject):
    """Call :meth:`deliver` from any thread; make it in the main thread."""

    _call = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._call.connect(self._run, Qt.ConnectionType.QueuedConnection)

    def deliver(self, function: Callable[[], None]) -> None:
        """Run ``function`` in the main thread, after what Qt does now."""
        with contextlib.suppress(RuntimeError):  # the window is gone
            self._call.emit(function)

    @Slot(object)  # type: ignore[untyped-decorator]  # Qt has no types for it
    def _run(self, function: Callable[[], None]) -> None:
        function()
