"""The autoloaders' widget: which images of each case are shown where."""

from __future__ import annotations

from typing import Any

from napari.viewer import Viewer
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from napari_nora.autoloaders.loading import autoloading_of
from napari_nora.autoloaders.snapshot import SnapshotKind
from napari_nora.parts.empty_state import EmptyState
from napari_nora.parts.error_line import ErrorLine
from napari_nora.parts.icons import icon
from napari_nora.parts.spacing import tidy
from napari_nora.widgets.autoloaders.details import Details
from napari_nora.widgets.autoloaders.kept_line import KeptLine
from napari_nora.widgets.autoloaders.layers import take_snapshot
from napari_nora.widgets.autoloaders.preset_bar import PresetBar
from napari_nora.widgets.autoloaders.state import EMPTY, changed, rows_of
from napari_nora.widgets.autoloaders.table import AutoloaderTable
from nora_core.wire.preset import Autoloader, AutoloaderLevel

_LEVELS = {
    AutoloaderLevel.PATIENT_OR_STUDY: "of the row that is chosen",
    AutoloaderLevel.PATIENT: "of all studies of the patient",
    AutoloaderLevel.STUDY: "of the chosen study only",
}
_SNAPSHOTS = {
    SnapshotKind.SMART: "Like these names (any series number)",
    SnapshotKind.STRICT: "Exactly these names",
    SnapshotKind.TAGS: "By the files' tags",
}


class AutoloaderPanel(QWidget):
    """A table of autoloaders, the fields of the chosen one, and presets.

    Parameters
    ----------
    napari_viewer : napari.Viewer
        Gets the images; napari passes it in.
    """

    def __init__(self, napari_viewer: Viewer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._viewer = getattr(napari_viewer, "__wrapped__", napari_viewer)
        self.auto = autoloading_of(napari_viewer)
        self.presets = PresetBar(self.auto.presets)
        self.is_on = QCheckBox("Load the images of each case that I choose")
        self.level = QComboBox()
        for level, title in _LEVELS.items():
            self.level.addItem(title, level)
        self.table, self.details = AutoloaderTable(), Details()
        self.error, self.kept = ErrorLine(), KeptLine(self.auto)
        self.empty = EmptyState(EMPTY, "Take a snapshot", self.take_snapshot)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.empty)
        self.pages.addWidget(self._filled_page())
        layout = QVBoxLayout(self)
        tidy(layout, margin=6)
        layout.addWidget(self.presets)
        layout.addWidget(self.is_on)
        layout.addLayout(self._level_line())
        layout.addWidget(self.kept)
        layout.addWidget(self.pages, 1)
        layout.addWidget(self.error)
        layout.addLayout(self._buttons())
        self.setMinimumWidth(300)
        self._connect()
        self.refresh()

    def refresh(self) -> None:
        """Show the autoloaders as they are."""
        book, feedback = self.auto.book, self.auto.feedback
        self.is_on.setChecked(book.is_enabled)
        self.level.setCurrentIndex(self.level.findData(book.level))
        rows = rows_of(book.autoloaders, feedback.counts, feedback.sentences)
        self.table.show_rows(rows)
        self.pages.setCurrentIndex(1 if rows else 0)
        for button in (self.remove, self.up, self.down):
            button.setEnabled(self.table.chosen_row >= 0)
        if feedback.error:
            self.error.show_error(feedback.error)
        self._show_details()

    def take_snapshot(self, kind: SnapshotKind = SnapshotKind.SMART) -> None:
        """Replace the autoloaders by what the viewports show."""
        taken = take_snapshot(self._viewer, self.auto, kind)
        if not taken:
            self.error.show_error(
                "no image of a study is shown; choose a case in the table, open some "
                "of its images and take the snapshot then"
            )
            return
        self.error.clear()
        self.auto.book.set(autoloaders=taken)

    def add_row(self) -> None:
        """Add an autoloader and let the user write its pattern."""
        self.auto.book.add(Autoloader(pattern="*"))
        row = len(self.auto.book.autoloaders) - 1
        self.table.choose(row)
        self.table.edit_pattern(row)

    def _filled_page(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        tidy(layout)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.details)
        return page

    def _level_line(self) -> QHBoxLayout:
        line = QHBoxLayout()
        tidy(line)
        line.addWidget(QLabel("Files"))
        line.addWidget(self.level, 1)
        return line

    def _buttons(self) -> QHBoxLayout:
        self.add = _button("plus", "Add a row")
        self.remove = _button("minus", "Remove the chosen row")
        self.up = _button("up_arrow", "Move the chosen row up")
        self.down = _button("down_arrow", "Move the chosen row down")
        self.again = QPushButton("Load again")
        self.again.setToolTip("Load the images of the chosen case again")
        self.snapshot = QPushButton("Snapshot")
        self.snapshot.setToolTip("Autoloaders for what is shown now")
        menu = QMenu(self)
        for kind, title in _SNAPSHOTS.items():
            action = menu.addAction(title)
            action.triggered.connect(
                lambda _=False, kind=kind: self.take_snapshot(kind)
            )
        self.snapshot.setMenu(menu)
        line = QHBoxLayout()
        tidy(line, gap=3)
        for button in (self.add, self.remove, self.up, self.down):
            line.addWidget(button)
        line.addStretch()
        line.addWidget(self.again)
        line.addWidget(self.snapshot)
        return line

    def _connect(self) -> None:
        book = self.auto.book
        book.changed.connect(self.refresh)
        self.auto.feedback_changed.connect(self.refresh)
        self.auto.presets.failed.connect(self.error.show_error)
        self.is_on.toggled.connect(lambda is_on: book.set(is_enabled=is_on))
        self.level.activated.connect(
            lambda _: book.set(level=AutoloaderLevel(self.level.currentData()))
        )
        self.table.edited.connect(self._on_edited)
        self.table.row_chosen.connect(lambda _: self.refresh())
        self.details.changed.connect(self._on_details)
        self.add.clicked.connect(self.add_row)
        self.remove.clicked.connect(self._on_remove)
        self.up.clicked.connect(lambda: self._move(-1))
        self.down.clicked.connect(lambda: self._move(1))
        self.again.clicked.connect(self.auto.reload)

    def _show_details(self) -> None:
        row, autoloaders = self.table.chosen_row, self.auto.book.autoloaders
        is_chosen = 0 <= row < len(autoloaders)
        self.details.setVisible(is_chosen)
        if is_chosen:
            patterns = [one.pattern for one in autoloaders]
            self.details.show_autoloader(autoloaders[row], patterns)

    def _on_edited(self, row: int, field: str, value: Any) -> None:
        self._change(row, **{field: value})

    def _on_details(self, fields: dict[str, Any]) -> None:
        self._change(self.table.chosen_row, intent=fields)

    def _change(self, row: int, **fields: Any) -> None:
        outcome = changed(self.auto.book.autoloaders[row], **fields)
        if outcome.autoloader is None:
            self.error.show_error(outcome.error)
            self.refresh()
            return
        self.error.clear()
        self.auto.book.replace(row, outcome.autoloader)

    def _on_remove(self) -> None:
        row = self.table.chosen_row
        self.auto.book.remove(row)
        self.table.choose(min(row, len(self.auto.book.autoloaders) - 1))

    def _move(self, step: int) -> None:
        row = self.table.chosen_row
        self.auto.book.move(row, step)
        self.table.choose(min(max(row + step, 0), len(self.auto.book.autoloaders) - 1))


def _button(picture: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setIcon(icon(picture))
    button.setToolTip(tip)
    return button
