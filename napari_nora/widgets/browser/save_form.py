"""Saves a Labels layer to its study: a line that asks only for the name."""

from __future__ import annotations

from qtpy.QtCore import Signal
from qtpy.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from napari_nora.parts.spacing import tidy


class SaveForm(QWidget):
    """Asks for a mask's file name; turns into "replace?" where it exists."""

    save_requested = Signal(str, bool)
    """File name, and whether to replace."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._replace = False
        self._layer_name = ""
        self.label = QLabel()
        self.label.setWordWrap(True)
        self.name = QLineEdit()
        self.name.setToolTip("File name inside the study, such as masks/lesion.nii.gz")
        self.cancel = QPushButton("Cancel")
        self.save = QPushButton("Save")
        row = QHBoxLayout()
        tidy(row)
        for widget in (self.name, self.cancel, self.save):
            row.addWidget(widget, 1 if widget is self.name else 0)
        layout = QVBoxLayout(self)
        tidy(layout, gap=3)
        layout.addWidget(self.label)
        layout.addLayout(row)
        self.name.textEdited.connect(self._on_name_edited)
        self.name.returnPressed.connect(self._on_save_clicked)
        self.save.clicked.connect(self._on_save_clicked)
        self.cancel.clicked.connect(self.hide)
        self.hide()

    def ask(self, layer_name: str, file_name: str) -> None:
        """Propose a name for a layer's file."""
        self._set_replace(False)
        self._layer_name = layer_name
        self.name_study("its study")
        self.name.setText(file_name)
        self.show()
        self.name.setFocus()
        self.name.selectAll()

    def name_study(self, study: str) -> None:
        """Say into which study the file goes."""
        if not self._replace:
            self.label.setText(f"Save layer “{self._layer_name}” to {study} as")

    def ask_replace(self, message: str) -> None:
        """Say that the name is taken and offer to replace the file."""
        self._set_replace(True)
        self.label.setText(f"{message} Replacing puts the present file into the trash.")
        self.show()

    def _set_replace(self, replace: bool) -> None:
        self._replace = replace
        self.save.setText("Replace" if replace else "Save")

    def _on_name_edited(self) -> None:
        self._set_replace(False)

    def _on_save_clicked(self) -> None:
        name = self.name.text().strip()
        if name:
            self.hide()
            self.save_requested.emit(name, self._replace)
