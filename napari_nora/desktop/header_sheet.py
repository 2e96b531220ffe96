"""A window that shows what an image's header says."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from napari_nora.parts.spacing import MARGIN, tidy
from nora_core.images.header_text import HeaderLine

_WIDTH, _HEIGHT = 460, 420


def show_header(name: str, lines: Sequence[HeaderLine], parent: QWidget) -> QWidget:
    """Show names, values and units; cells can be copied."""
    sheet = QWidget(parent, Qt.WindowType.Tool)
    sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    sheet.setWindowTitle(f"Header of {name}")
    layout = QVBoxLayout(sheet)
    tidy(layout, MARGIN)
    table = QTableWidget(len(lines), 2)
    table.horizontalHeader().hide()
    table.verticalHeader().hide()
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    table.setShowGrid(False)
    for row, line in enumerate(lines):
        value = f"{line.value} {line.unit}".strip()
        table.setItem(row, 0, QTableWidgetItem(line.name))
        table.setItem(row, 1, QTableWidgetItem(value))
    header = table.horizontalHeader()
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
    header.setStretchLastSection(True)
    layout.addWidget(table)
    sheet.resize(_WIDTH, _HEIGHT)
    sheet.show()
    return sheet
