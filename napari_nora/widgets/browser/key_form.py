"""The tags that the keys 1 to 9 set: a small table below the big one."""

from __future__ import annotations

from qtpy.QtCore import QStringListModel, Qt, Signal
from qtpy.QtWidgets import (
    QCompleter,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from napari_nora.parts.spacing import SMALL_GAP, tidy
from napari_nora.widgets.browser.memory import DIGITS
from nora_core.errors import NameRefused
from nora_core.wire.names import check_tag

_COLUMNS = 3


class KeyForm(QWidget):
    """Hidden until :meth:`ask`; says at once what was typed."""

    keys_changed = Signal(dict)
    """Tags by digit; those that are no tags are left out."""
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names = QStringListModel()
        self.label = QLabel("Keys in the table tag the chosen rows; 0 takes all off")
        self.label.setWordWrap(True)
        self.error = QLabel()
        self.error.setWordWrap(True)
        self.error.hide()
        self.edits: dict[str, QLineEdit] = {}
        grid = QGridLayout()
        tidy(grid, gap=SMALL_GAP)
        for number, digit in enumerate(DIGITS):
            row, column = divmod(number, _COLUMNS)
            label = QLabel(digit)
            edit = self._new_edit(digit)
            label.setBuddy(edit)
            grid.addWidget(label, row, 2 * column)
            grid.addWidget(edit, row, 2 * column + 1)
        self.close_button = QPushButton("Done")
        self.close_button.clicked.connect(self._on_closed)
        below = QHBoxLayout()
        tidy(below)
        below.addWidget(self.error, 1)
        below.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignRight)
        layout = QVBoxLayout(self)
        tidy(layout, gap=SMALL_GAP)
        layout.addWidget(self.label)
        layout.addLayout(grid)
        layout.addLayout(below)
        self.hide()

    def ask(self, keys: dict[str, str], known: list[str], digit: str = "1") -> None:
        """Show the tags of the keys, and complete to the known ones."""
        self._names.setStringList(known)
        for key, edit in self.edits.items():
            edit.setText(keys.get(key, ""))
        self.error.hide()
        self.show()
        self.edits[digit].setFocus()

    def _new_edit(self, digit: str) -> QLineEdit:
        edit = QLineEdit()
        edit.setPlaceholderText("no tag")
        edit.setAccessibleName(f"Tag of key {digit}")
        completer = QCompleter(self._names, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        edit.setCompleter(completer)
        edit.editingFinished.connect(self._on_edited)
        self.edits[digit] = edit
        return edit

    def _on_edited(self) -> None:
        keys, problem = {}, ""
        for digit, edit in self.edits.items():
            text = edit.text().strip()
            try:
                keys.update({digit: check_tag(text)} if text else {})
            except NameRefused as error:
                problem = f"Key {digit}: {error.message}"
        self.error.setText(problem)
        self.error.setVisible(bool(problem))
        self.keys_changed.emit(keys)

    def _on_closed(self) -> None:
        self._on_edited()
        self.hide()
        self.closed.emit()
