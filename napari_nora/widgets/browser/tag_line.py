"""Adds tags to the chosen rows: one line with completion."""

from __future__ import annotations

from qtpy.QtCore import QStringListModel, Qt, Signal
from qtpy.QtWidgets import (
    QCompleter,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)

from napari_nora.parts.spacing import tidy


class TagLine(QWidget):
    """Shown below the table while tags are typed."""

    tags_typed = Signal(list)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names = QStringListModel()
        self.label = QLabel()
        self.edit = QLineEdit()
        self.edit.setPlaceholderText("tag, or several with blanks between")
        completer = QCompleter(self._names, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.edit.setCompleter(completer)
        self.add = QPushButton("Add")
        cancel = QPushButton("Cancel")
        layout = QHBoxLayout(self)
        tidy(layout)
        for widget in (self.label, self.edit, cancel, self.add):
            layout.addWidget(widget, 1 if widget is self.edit else 0)
        self.edit.returnPressed.connect(self._on_add_clicked)
        self.add.clicked.connect(self._on_add_clicked)
        cancel.clicked.connect(self.hide)
        self.hide()

    def ask(self, what: str, known: list[str]) -> None:
        """Ask for tags for ``what``, such as ``3 studies``."""
        self.label.setText(f"Tag {what}:")
        self._names.setStringList(known)
        self.edit.clear()
        self.show()
        self.edit.setFocus()

    def _on_add_clicked(self) -> None:
        tags = self.edit.text().split()
        if tags:
            self.hide()
            self.tags_typed.emit(tags)
