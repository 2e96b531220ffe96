"""A window that lists what mouse and keys do."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from napari_nora.parts.spacing import MARGIN, tidy
from napari_nora.viewports.actions import ACTIONS
from napari_nora.viewports.bindings import Bindings

_WIDTH, _HEIGHT = 520, 680
_HINT = (
    "Change them under File › Preferences › NORA; they count from the next start on. "
    "In the table of cases, digits set tags."
)


class KeysSheet(QWidget):
    """Mouse first, then keys, each with what it does."""

    def __init__(self, bindings: Bindings, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Tool)
        self.setWindowTitle("Mouse and keys")
        layout = QVBoxLayout(self)
        tidy(layout, MARGIN)
        rows = [
            (", ".join(bindings.gestures(name)), action.title)
            for name, action in ACTIONS.items()
            if bindings.gestures(name)
        ]
        self.table = QTableWidget(len(rows), 2)
        self.table.setHorizontalHeaderLabels(["Do", "and this happens"])
        self.table.verticalHeader().hide()
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setShowGrid(False)
        for number, texts in enumerate(rows):
            for column, text in enumerate(texts):
                self.table.setItem(number, column, QTableWidgetItem(text))
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        layout.addWidget(self.table)
        hint = QLabel(_HINT)
        hint.setWordWrap(True)
        layout.addWidget(hint)
        self.resize(_WIDTH, _HEIGHT)
