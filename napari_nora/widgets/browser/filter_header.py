"""The table's header: a title and a filter bar per column."""

from __future__ import annotations

from qtpy.QtCore import QSize, Qt, Signal
from qtpy.QtWidgets import QHeaderView, QTableView

from napari_nora.parts.debounced_edit import DebouncedEdit
from napari_nora.parts.icons import icon, role_color
from napari_nora.parts.spacing import SMALL_GAP
from napari_nora.widgets.browser.columns import COLUMNS
from napari_nora.widgets.browser.state import BarState


class FilterHeader(QHeaderView):
    """Titles above, one filter bar per column below them."""

    filter_typed = Signal(str, str)
    """Name of the bar and its text, when typing pauses."""

    def __init__(self, view: QTableView) -> None:
        super().__init__(Qt.Orientation.Horizontal, view)
        self.bars: dict[str, DebouncedEdit] = {}
        self.setSectionsClickable(True)
        self.setSortIndicatorShown(True)
        self.setHighlightSections(False)
        self.setStretchLastSection(True)
        self.setDefaultAlignment(
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        )
        self.setMinimumSectionSize(44)
        for column in COLUMNS:
            bar = DebouncedEdit("filter", self)
            bar.setClearButtonEnabled(False)
            bar.setToolTip(column.hint)
            bar.setAccessibleName(f"Filter {column.title}")
            bar.settled.connect(
                lambda text, key=column.key: self.filter_typed.emit(key, text)
            )
            self.bars[column.key] = bar
        self.sectionResized.connect(self._place_bars)
        view.horizontalScrollBar().valueChanged.connect(self._place_bars)

    def sizeHint(self) -> QSize:
        size = super().sizeHint()
        height = size.height() + self._bar_height + 2 * SMALL_GAP
        return QSize(size.width(), height)

    def show_bar_state(self, name: str, state: BarState) -> None:
        """Show what a bar means, or what is wrong with it."""
        bar, hint = self.bars[name], _hint_of(name)
        if bar.text().strip() != state.text:
            bar.setText(state.text)
        mark_bar(bar, state, hint)

    def updateGeometries(self) -> None:
        self.setViewportMargins(0, 0, 0, self._bar_height + SMALL_GAP)
        super().updateGeometries()
        self._place_bars()

    @property
    def _bar_height(self) -> int:
        heights = [bar.sizeHint().height() for bar in self.bars.values()]
        return max(heights, default=0)

    def _place_bars(self) -> None:
        top = self.height() - self._bar_height - SMALL_GAP
        for number, bar in enumerate(self.bars.values()):
            left = self.sectionViewportPosition(number)
            bar.setGeometry(
                left + 1, top, max(self.sectionSize(number) - 3, 0), self._bar_height
            )
            bar.setVisible(not self.isSectionHidden(number))


def mark_bar(bar: DebouncedEdit, state: BarState, hint: str) -> None:
    """Put a warning sign into a bar with an error; tell its meaning otherwise."""
    for action in bar.actions():
        bar.removeAction(action)
    if state.error:
        sign = icon("warning", role_color("warning"))
        action = bar.addAction(sign, DebouncedEdit.ActionPosition.TrailingPosition)
        action.setToolTip(state.error)
    bar.setToolTip(state.error or state.words or hint)


def _hint_of(name: str) -> str:
    return next(column.hint for column in COLUMNS if column.key == name)
