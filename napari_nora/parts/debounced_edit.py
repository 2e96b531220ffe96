"""A line edit that tells its text once the typing pauses."""

from __future__ import annotations

from qtpy.QtCore import QTimer, Signal
from qtpy.QtWidgets import QLineEdit, QWidget

PAUSE_MS = 120


class DebouncedEdit(QLineEdit):
    """Emits :attr:`settled` when typing pauses, and at once on Return."""

    settled = Signal(str)

    def __init__(self, placeholder: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText(placeholder)
        self.setClearButtonEnabled(True)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self._settle)
        self.textEdited.connect(self._timer.start)
        self.textChanged.connect(self._on_text_changed)
        self.returnPressed.connect(self._settle)

    def _on_text_changed(self, text: str) -> None:
        if not text:  # the clear button
            self._timer.start()

    def _settle(self) -> None:
        self._timer.stop()
        self.settled.emit(self.text())
