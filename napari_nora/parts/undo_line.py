"""What was just done, with a button that takes it back."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from napari_nora.parts.spacing import SMALL_GAP, tidy

SHOWN_MS = 20_000


class UndoLine(QWidget):
    """Shown for a while after a change that can be undone."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._undo: Callable[[], None] | None = None
        self._text = QLabel()
        self._text.setWordWrap(True)
        self.button = QPushButton("Undo")
        self.button.clicked.connect(self._on_undo_clicked)
        layout = QHBoxLayout(self)
        tidy(layout, gap=SMALL_GAP)
        layout.addWidget(self._text, 1)
        layout.addWidget(self.button)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SHOWN_MS)
        self._timer.timeout.connect(self.hide)
        self.hide()

    @property
    def text(self) -> str:
        """The sentence that is shown."""
        return self._text.text()

    def offer(self, sentence: str, undo: Callable[[], None] | None = None) -> None:
        """Say what was done and offer to take it back."""
        self._undo = undo
        self._text.setText(sentence)
        self.button.setVisible(undo is not None)
        self.show()
        self._timer.start()

    def _on_undo_clicked(self) -> None:
        self.hide()
        if self._undo is not None:
            self._undo()
