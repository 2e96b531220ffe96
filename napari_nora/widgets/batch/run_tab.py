"""Where an order is made: the tool, its form, on which rows, and "Run"."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import JsonValue
from qtpy.QtCore import Qt, QTimer, Signal
from qtpy.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from napari_nora.parts.debounced_edit import DebouncedEdit
from napari_nora.parts.error_line import ErrorLine
from napari_nora.parts.spacing import MARGIN, tidy
from napari_nora.session import Selection
from napari_nora.widgets.batch.form import ToolForm
from napari_nora.widgets.batch.state import broken_in_words, find_tools
from nora_core.wire.case import Level
from nora_core.wire.tool import BrokenPlugin, ToolDescription, ToolList

_PREVIEW_MS = 250


class RunTab(QWidget):
    """Chooses a tool and fills in its form; says when the user wants to run it."""

    run_requested = Signal(bool)
    """Whether on all rows that pass the filter, not only the chosen ones."""
    reload_requested = Signal()
    patterns_settled = Signal()
    """The FILE patterns have not changed for a moment; preview what they match."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tools: list[ToolDescription] = []
        self.form: ToolForm | None = None
        self.search = DebouncedEdit("find a tool")
        self.tools = QComboBox()
        self.reload = QToolButton()
        self.reload.setText("Reload")
        self.reload.setToolTip("Load the plug-ins again, with new and changed ones")
        self.description = QLabel()
        self.description.setWordWrap(True)
        self._form_area = QScrollArea()
        self._form_area.setWidgetResizable(True)
        self._form_area.setFrameShape(QFrame.Shape.NoFrame)
        self.preview = QLabel()
        self.preview.setWordWrap(True)
        self.broken = ErrorLine()
        self.error = ErrorLine()
        self.chosen, self.everything = QRadioButton(), QRadioButton()
        self._choice = QButtonGroup(self)
        self.run = QPushButton("Run")
        self._preview_timer = QTimer(self)
        self._preview_timer.setSingleShot(True)
        self._preview_timer.setInterval(_PREVIEW_MS)
        self._preview_timer.timeout.connect(self.patterns_settled)
        self._build()
        self.search.settled.connect(lambda _: self._fill_tools())
        self.tools.currentIndexChanged.connect(lambda _: self._on_tool_chosen())
        self.reload.clicked.connect(self.reload_requested)
        self.run.clicked.connect(
            lambda: self.run_requested.emit(self.everything.isChecked())
        )
        self.show_selection(Selection(), may_run=False)

    @property
    def tool(self) -> ToolDescription | None:
        """The chosen tool."""
        name = self.tools.currentData()
        return next((tool for tool in self._tools if tool.name == name), None)

    @property
    def all_tools(self) -> list[ToolDescription]:
        """Every tool that was listed."""
        return list(self._tools)

    def show_tools(self, tools: ToolList) -> None:
        """List the tools, and the plug-ins that could not be loaded."""
        self._tools = sorted(tools.tools, key=lambda tool: tool.title.casefold())
        self._fill_tools()
        self._show_broken(tools.broken)

    def choose_tool(self, name: str) -> None:
        """Choose a tool by its name."""
        self.search.clear()
        self._fill_tools()
        self.tools.setCurrentIndex(self.tools.findData(name))

    def fill(self, values: Mapping[str, JsonValue]) -> None:
        """Fill in the form, as with the arguments of an earlier order."""
        fields = self.form.fields if self.form is not None else {}
        for name, value in values.items():
            if name in fields and value is not None:
                fields[name].value = value

    def show_selection(self, selection: Selection, may_run: bool) -> None:
        """Say on how many rows the tool would run."""
        noun = "study" if selection.level is Level.STUDY else "subject"
        nouns = "studies" if selection.level is Level.STUDY else "subjects"
        count = selection.count
        self.chosen.setText(f"{count:,} chosen {noun if count == 1 else nouns}")
        self.everything.setText(f"all {selection.matching:,} in the table")
        self.chosen.setEnabled(count > 0)
        self.everything.setEnabled(selection.matching > 0)
        if count == 0 and self.chosen.isChecked() and not may_run:
            self.everything.setChecked(False)
        is_ready = count > 0 or self.everything.isChecked()
        self.run.setEnabled(may_run and is_ready and self.tool is not None)
        tip = "Run the tool as jobs" if may_run else "Your role does not allow jobs"
        if may_run and not is_ready:
            tip = "Choose rows in the browser first"
        self.run.setToolTip(tip)

    def show_preview(self, lines: list[str]) -> None:
        """Say what the FILE patterns match."""
        self.preview.setText("\n".join(lines))
        self.preview.setVisible(bool(lines))

    def _show_broken(self, broken: list[BrokenPlugin]) -> None:
        if not broken:
            self.broken.clear()
            return
        details = "\n\n".join(f"{b.name} ({b.source})\n{b.error}" for b in broken)
        self.broken.show_error(broken_in_words(broken), details)
        self.broken.setToolTip(details)

    def _fill_tools(self) -> None:
        before = self.tools.currentData()
        self.tools.blockSignals(True)
        self.tools.clear()
        for tool in find_tools(self._tools, self.search.text()):
            self.tools.addItem(tool.title, tool.name)
            last = self.tools.count() - 1
            self.tools.setItemData(last, tool.description, Qt.ItemDataRole.ToolTipRole)
        self.tools.setCurrentIndex(max(self.tools.findData(before), 0))
        self.tools.blockSignals(False)
        self._on_tool_chosen()

    def _on_tool_chosen(self) -> None:
        tool = self.tool
        if tool is not None and self.form is not None and self.form.tool == tool:
            return
        self.form = None if tool is None else ToolForm(tool)
        self.description.setText("" if tool is None else tool.description)
        self.error.clear()
        old = self._form_area.takeWidget()
        if old is not None:
            old.deleteLater()
        if self.form is not None:
            self._form_area.setWidget(_at_the_top(self.form.widget))
            self.form.changed.connect(self._preview_timer.start, max_args=0)
        self._preview_timer.start()

    def _build(self) -> None:
        for number, button in enumerate((self.chosen, self.everything)):
            self._choice.addButton(button, number)
        self.chosen.setChecked(True)
        top, bottom = QHBoxLayout(), QHBoxLayout()
        tidy(top)
        tidy(bottom)
        top.addWidget(self.tools, 1)
        top.addWidget(self.reload)
        rows = QVBoxLayout()
        tidy(rows, gap=2)
        rows.addWidget(self.chosen)
        rows.addWidget(self.everything)
        bottom.addLayout(rows, 1)
        bottom.addWidget(self.run, 0, Qt.AlignmentFlag.AlignBottom)
        layout = QVBoxLayout(self)
        tidy(layout, margin=MARGIN)
        layout.addWidget(self.search)
        layout.addLayout(top)
        layout.addWidget(self.description)
        layout.addWidget(self._form_area, 1)
        for widget in (self.preview, self.error, self.broken):
            layout.addWidget(widget)
        layout.addLayout(bottom)


def _at_the_top(widget: QWidget) -> QWidget:
    holder = QWidget()
    layout = QVBoxLayout(holder)
    tidy(layout)
    layout.addWidget(widget)
    layout.addStretch()
    return holder
