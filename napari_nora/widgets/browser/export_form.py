"""Saves the table as a CSV file: what a line is, and for which language."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import Signal
from qtpy.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from napari_nora.parts.spacing import SMALL_GAP, tidy
from nora_core.client.exporting import CsvKind
from nora_core.wire.csv_table import CsvDialect


class ExportForm(QWidget):
    """Hidden until :meth:`ask`."""

    save_requested = Signal(object, object, object)
    """A ``Path``, a ``CsvKind`` and a ``CsvDialect``."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._file_name = "table"
        self.label = QLabel()
        self.label.setWordWrap(True)
        self.kind = QComboBox()
        self.kind.addItem("A line per row", CsvKind.FULL)
        self.kind.addItem("A line per file", CsvKind.LONG)
        self.kind.setToolTip("All columns, also hidden ones, and the tags")
        self.dialect = QComboBox()
        self.dialect.addItem("English: a,b 1.5", CsvDialect.ENGLISH)
        self.dialect.addItem("German: a;b 1,5", CsvDialect.GERMAN)
        self.dialect.setToolTip("How a spreadsheet of this language reads it")
        self.cancel = QPushButton("Cancel")
        self.save = QPushButton("Save as…")
        row = QHBoxLayout()
        tidy(row)
        row.addWidget(self.kind, 1)
        row.addWidget(self.dialect, 1)
        row.addWidget(self.cancel)
        row.addWidget(self.save)
        layout = QVBoxLayout(self)
        tidy(layout, gap=SMALL_GAP)
        layout.addWidget(self.label)
        layout.addLayout(row)
        self.save.clicked.connect(self._on_save_clicked)
        self.cancel.clicked.connect(self.hide)
        self.hide()

    def ask(self, what: str, project: str) -> None:
        """Offer to save ``what``, such as ``214 of 1,032 studies``."""
        self._file_name = project
        self.label.setText(f"Save {what} as a CSV file. It may name patients.")
        self.show()
        self.save.setFocus()

    def save_to(self, path: Path) -> None:
        """Ask for the table to be saved at ``path``."""
        self.hide()
        kind = CsvKind(self.kind.currentData())
        self.save_requested.emit(path, kind, CsvDialect(self.dialect.currentData()))

    def _on_save_clicked(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self, "Save table", f"{self._file_name}.csv", "Tables (*.csv)"
        )
        if name:
            path = Path(name)
            self.save_to(path if path.suffix else path.with_suffix(".csv"))
