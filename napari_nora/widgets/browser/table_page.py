"""The browser's main page: project, search, table, and what was just done."""

from __future__ import annotations

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from napari_nora.parts.busy_bar import BusyBar
from napari_nora.parts.debounced_edit import DebouncedEdit
from napari_nora.parts.error_line import ErrorLine
from napari_nora.parts.icons import role_color
from napari_nora.parts.spacing import MARGIN, SMALL_GAP, tidy
from napari_nora.parts.undo_line import UndoLine
from napari_nora.session import Session
from napari_nora.widgets.browser.export_form import ExportForm
from napari_nora.widgets.browser.filter_header import mark_bar
from napari_nora.widgets.browser.key_form import KeyForm
from napari_nora.widgets.browser.save_form import SaveForm
from napari_nora.widgets.browser.state import BarState
from napari_nora.widgets.browser.table_model import TableModel
from napari_nora.widgets.browser.table_view import CaseTable
from napari_nora.widgets.browser.tag_line import TagLine
from nora_core.wire.case import Level
from nora_core.wire.project import ProjectInfo

_SEARCH_HINT = (
    "Rows that have such a file: t1*/s0*.nii, mask & STAG:control, JOB:e …\n"
    "blank = or, & = and, ! = not, * = any text, _ = one character\n"
    "STAG: study tag, PTAG: patient tag, FTAG: file tag, SDESC: description, "
    "JOB:q r e"
)


class TablePage(QWidget):
    """Holds the widgets and says what the user did with them."""

    project_chosen = Signal(str)
    level_chosen = Signal(object)
    failed = Signal(object)
    """A ``TaskError``, or a sentence."""

    def __init__(
        self, session: Session, model: TableModel, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.projects = QComboBox()
        self.projects.setToolTip("Project")
        self.level = QComboBox()
        self.level.addItem("Studies", Level.STUDY)
        self.level.addItem("Subjects", Level.SUBJECT)
        self.level.setToolTip("What a row of the table is")
        self.more = QToolButton()
        self.more.setText("⋯")
        self.more.setToolTip("Refresh, open a folder, log out")
        self.search = DebouncedEdit("file search: t1*/s0*.nii & STAG:control")
        self.search.setToolTip(_SEARCH_HINT)
        self.search_note = QLabel()
        self.search_note.setWordWrap(True)
        self.search_note.hide()
        self.table = CaseTable(model)
        self.count = QLabel()
        self.clear_filters = QPushButton("Clear filters")
        self.tag_keys = QLabel()
        self.tag_keys.setWordWrap(True)
        self.tag_keys.hide()
        self.tag_keys.setToolTip(
            "Digits tag the chosen rows while the table has the focus: once sets the "
            "tag, or takes it off where all rows have it; 0 takes these tags off; "
            "Ctrl+Z takes the last change back"
        )
        self.undo, self.error = UndoLine(), ErrorLine()
        self.busy = BusyBar(session.tasks)
        self.tag_line, self.save_form = TagLine(), SaveForm()
        self.key_form, self.export_form = KeyForm(), ExportForm()
        self.new_mask = QPushButton("New mask")
        self.save_mask = QPushButton("Save mask…")
        self.show_files = QPushButton("Show")
        self._set_tips()
        self._build()
        self.projects.activated.connect(
            lambda number: self.project_chosen.emit(self.projects.itemData(number))
        )
        self.level.activated.connect(
            lambda number: self.level_chosen.emit(Level(self.level.itemData(number)))
        )

    def show_projects(self, projects: list[ProjectInfo], current: str) -> None:
        """List the projects that the user may see."""
        self.projects.clear()
        for project in projects:
            self.projects.addItem(project.name, project.name)
            tip = project.title or project.name
            self.projects.setItemData(
                self.projects.count() - 1, tip, Qt.ItemDataRole.ToolTipRole
            )
        self.projects.setCurrentIndex(max(self.projects.findData(current), 0))

    def show_bar(self, name: str, state: BarState) -> None:
        """Show a bar's meaning or what is wrong with it."""
        if name != "files":
            self.table.header.show_bar_state(name, state)
        else:
            if self.search.text().strip() != state.text:
                self.search.setText(state.text)
            mark_bar(self.search, state, _SEARCH_HINT)
        self._show_note(state)

    def say_keys(self, keys: str) -> None:
        """Tell which digits tag the chosen rows."""
        self.tag_keys.setText(f"Keys: {keys}")
        self.tag_keys.setVisible(bool(keys))

    def _show_note(self, state: BarState) -> None:
        self.search_note.setVisible(bool(state.error))
        if state.error:
            warning = role_color("warning").name()
            text = state.error.replace("&", "&amp;").replace("<", "&lt;")
            self.search_note.setText(f'<span style="color:{warning}">⚠</span> {text}')

    def _set_tips(self) -> None:
        self.new_mask.setToolTip("Start an empty mask on the voxels of the open image")
        self.save_mask.setToolTip("Save the active Labels layer to its study")
        self.show_files.setToolTip("Show the chosen files (double-click or Return)")

    def _build(self) -> None:
        top, below, actions = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        for row in (top, below, actions):
            tidy(row)
        top.addWidget(self.projects, 1)
        top.addWidget(self.level)
        top.addWidget(self.more)
        below.addWidget(self.count, 1)
        below.addWidget(self.clear_filters)
        actions.addWidget(self.new_mask)
        actions.addWidget(self.save_mask)
        actions.addStretch()
        actions.addWidget(self.show_files)
        layout = QVBoxLayout(self)
        tidy(layout, margin=MARGIN, gap=SMALL_GAP + 1)
        layout.addLayout(top)
        layout.addWidget(self.search)
        layout.addWidget(self.search_note)
        layout.addWidget(self.table, 1)
        layout.addLayout(below)
        layout.addWidget(self.tag_keys)
        for form in (self.tag_line, self.key_form, self.export_form, self.save_form):
            layout.addWidget(form)
        for line in (self.undo, self.error, self.busy):
            layout.addWidget(line)
        layout.addLayout(actions)
