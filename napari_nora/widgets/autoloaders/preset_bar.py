"""One line to choose a preset and to save what is set now as one."""

from __future__ import annotations

from qtpy.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from napari_nora.autoloaders.presets import MARKS, Presets
from napari_nora.parts.spacing import tidy
from nora_core.wire.preset import PresetMark

_NONE = "no preset"


class PresetBar(QWidget):
    """Shows the presets of the project."""

    def __init__(self, presets: Presets) -> None:
        super().__init__()
        self._presets = presets
        self.choice = QComboBox()
        self.choice.setToolTip(
            "Layout, planes and autoloaders that were saved together"
        )
        self.save = QPushButton("Save")
        self.save.setToolTip("Save what is set now under the preset's name")
        self.save_as = QPushButton("Save as …")
        self.delete = QToolButton()
        self.delete.setText("✕")
        self.delete.setToolTip("Delete the preset; what is set stays")
        line = QHBoxLayout()
        tidy(line)
        line.addWidget(self.choice, 1)
        for button in (self.save, self.save_as, self.delete):
            line.addWidget(button)
        self.form = QWidget()
        self.name = QLineEdit()
        self.name.setPlaceholderText("name of the preset")
        self.mark = QComboBox()
        self.confirm = QPushButton("Save")
        cancel = QPushButton("Cancel")
        grid = QGridLayout(self.form)
        tidy(grid, gap=3)
        grid.addWidget(self.name, 0, 0)
        grid.addWidget(self.mark, 0, 1, 1, 2)
        grid.addWidget(cancel, 1, 1)
        grid.addWidget(self.confirm, 1, 2)
        grid.setColumnStretch(0, 1)
        self.form.hide()
        layout = QVBoxLayout(self)
        tidy(layout, gap=3)
        layout.addLayout(line)
        layout.addWidget(self.form)
        self._connect(cancel)
        self.refresh()

    def refresh(self) -> None:
        """Show the presets that there are."""
        presets = self._presets
        in_use = presets.in_use
        self.choice.clear()
        self.choice.addItem(_NONE, None)
        for info in presets.infos:
            standard = "  ★" if info.mark.is_standard else ""
            self.choice.addItem(f"{info.name}{standard}", info.name)
            tip = f"{MARKS[info.mark]}; by {info.owner}"
            self.choice.setItemData(self.choice.count() - 1, tip, 3)
            if in_use is not None and info.name == in_use.name:
                self.choice.setCurrentIndex(self.choice.count() - 1)
        may_change = in_use is not None and in_use.may_change
        self.save.setEnabled(may_change)
        self.delete.setEnabled(may_change)

    def _connect(self, cancel: QPushButton) -> None:
        self.choice.activated.connect(self._on_chosen)
        self.save.clicked.connect(self._on_save)
        self.save_as.clicked.connect(self._on_save_as)
        self.delete.clicked.connect(self._on_delete)
        self.confirm.clicked.connect(self._on_confirm)
        self.name.returnPressed.connect(self._on_confirm)
        cancel.clicked.connect(self.form.hide)
        self._presets.changed.connect(self.refresh)

    def _on_chosen(self) -> None:
        name = self.choice.currentData()
        if name is not None:
            self._presets.choose(name)

    def _on_save(self) -> None:
        in_use = self._presets.in_use
        if in_use is not None:
            self._presets.save(in_use.name, in_use.mark)

    def _on_save_as(self) -> None:
        self.mark.clear()
        for mark in self._presets.marks:
            self.mark.addItem(MARKS[mark], mark)
        self.form.show()
        self.name.setFocus()

    def _on_confirm(self) -> None:
        name = self.name.text().strip()
        if name:
            self.form.hide()
            mark = self.mark.currentData()
            self._presets.save(name, PresetMark(mark))

    def _on_delete(self) -> None:
        in_use = self._presets.in_use
        if in_use is not None:
            self._presets.delete(in_use.name)
