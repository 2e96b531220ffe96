"""One line for masks that were not saved before their case was left."""

from __future__ import annotations

from qtpy.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QWidget

from napari_nora.autoloaders.loading import Autoloading, kept_in_words
from napari_nora.parts.spacing import tidy


class KeptLine(QWidget):
    """Says how many masks wait to be saved, and offers to discard them one by one."""

    def __init__(self, auto: Autoloading) -> None:
        super().__init__()
        self._auto = auto
        self.label = QLabel()
        self.label.setWordWrap(True)
        self.which = QPushButton("Which?")
        self.menu = QMenu(self)
        self.menu.aboutToShow.connect(self._fill)
        self.which.setMenu(self.menu)
        line = QHBoxLayout(self)
        tidy(line)
        line.addWidget(self.label, 1)
        line.addWidget(self.which)
        auto.kept_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show how many there are."""
        kept = self._auto.kept
        self.setVisible(bool(kept))
        self.label.setText(f"⚠ {kept_in_words(len(kept))}" if kept else "")

    def _fill(self) -> None:
        self.menu.clear()
        for mask in self._auto.kept:
            sub = self.menu.addMenu(f"{mask.layer.name} of {mask.case.psid}")
            sub.addAction("Discard it for good").triggered.connect(
                lambda _=False, mask=mask: self._auto.discard(mask)
            )
