"""What an empty panel shows: one sentence and the next step as a button."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from napari_nora.parts.spacing import tidy


class EmptyState(QWidget):
    """A sentence in the middle, with a button below it where there is a next step."""

    def __init__(
        self,
        sentence: str,
        button: str = "",
        clicked: Callable[[], None] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.label = QLabel(sentence)
        self.label.setWordWrap(True)
        self.label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout = QVBoxLayout(self)
        tidy(layout, margin=12)
        layout.addStretch()
        layout.addWidget(self.label)
        self.button = QPushButton(button)
        self.button.setVisible(bool(button))
        if clicked is not None:
            self.button.clicked.connect(lambda: clicked())
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch()
