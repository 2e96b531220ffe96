"""The table's header: titles to sort by, and a filter bar per column."""

from __future__ import annotations

from qtpy.QtCore import QPoint, QPointF, QRect, QSize, Qt, Signal
from qtpy.QtGui import QPainter, QPolygonF
from qtpy.QtWidgets import QHeaderView, QMenu, QTableView

from napari_nora.parts.debounced_edit import DebouncedEdit
from napari_nora.parts.icons import icon, role_color
from napari_nora.parts.spacing import GAP, SMALL_GAP
from napari_nora.widgets.browser import columns
from napari_nora.widgets.browser.columns import COLUMNS
from napari_nora.widgets.browser.memory import ColumnWish, default_columns
from napari_nora.widgets.browser.state import BarState
from nora_core.wire.archive import SortKey
from nora_core.wire.case import Level

_UP = QPolygonF([QPointF(-4, 2), QPointF(4, 2), QPointF(0, -3)])
_DOWN = QPolygonF([QPointF(-4, -2), QPointF(4, -2), QPointF(0, 3)])


class FilterHeader(QHeaderView):
    """Titles above, one filter bar per column below them.

    A click on a title sorts, a drag moves its column, and the right button offers
    the columns.
    """

    filter_typed = Signal(str, str)
    """Name of the bar and its text, when typing pauses."""
    sort_requested = Signal(object)
    """A ``SortKey`` was clicked."""
    wishes_changed = Signal()
    """The user moved, resized, hid or showed a column."""

    def __init__(self, view: QTableView) -> None:
        super().__init__(Qt.Orientation.Horizontal, view)
        self.bars: dict[str, DebouncedEdit] = {}
        self._level = Level.STUDY
        self._shown = {column.key: column.is_shown for column in COLUMNS}
        self._widths = {column.key: column.width for column in COLUMNS}
        self._is_arranging = False
        self.sort: tuple[SortKey, bool] = (SortKey.NAME, False)
        """By what the rows are sorted, and whether downwards."""
        self.setSectionsClickable(True)
        self.setSectionsMovable(True)
        self.setHighlightSections(False)
        self.setStretchLastSection(True)
        self.setDefaultAlignment(
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        )
        self.setMinimumSectionSize(44)
        for column in COLUMNS:
            if column.hint:
                self.bars[column.key] = self._new_bar(column)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._on_menu_requested)
        self.sectionClicked.connect(self._on_title_clicked)
        self.sectionResized.connect(self._on_section_resized)
        self.sectionMoved.connect(self._on_section_moved)
        view.horizontalScrollBar().valueChanged.connect(self._place_bars)

    def sizeHint(self) -> QSize:
        size = super().sizeHint()
        height = size.height() + self._bar_height + 2 * SMALL_GAP
        return QSize(size.width(), height)

    def show_bar_state(self, name: str, state: BarState) -> None:
        """Show what a bar means, or what is wrong with it."""
        bar = self.bars[name]
        if bar.text().strip() != state.text:
            bar.setText(state.text)
        mark_bar(bar, state, COLUMNS[columns.number_of(name)].hint)

    def show_sort(self, sort: SortKey, descending: bool) -> None:
        """Put the arrow where the rows are sorted by."""
        self.sort = (sort, descending)
        self.viewport().update()

    def paintSection(self, painter: QPainter, rect: QRect, number: int) -> None:
        painter.save()
        super().paintSection(painter, rect, number)
        painter.restore()
        sort, descending = self.sort
        if COLUMNS[number].sort is not sort:
            return
        # napari's style sheet leaves no room for an arrow of Qt's own
        width = self.fontMetrics().horizontalAdvance(COLUMNS[number].title)
        x = min(rect.left() + width + 2 * GAP, rect.right() - GAP)
        arrow = _DOWN if descending else _UP
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(role_color("text"))
        painter.drawPolygon(arrow.translated(x + 2.0, rect.center().y() + 0.5))
        painter.restore()

    @property
    def wishes(self) -> list[ColumnWish]:
        """The columns as they are, from left to right."""
        order = [self.logicalIndex(place) for place in range(self.count())]
        keys = [COLUMNS[number].key for number in order]
        return [
            ColumnWish(key=key, width=self._widths[key], shown=self._shown[key])
            for key in keys
        ]

    def show_columns(self, wishes: list[ColumnWish]) -> None:
        """Show columns in the order and the widths that a user wished for."""
        self._is_arranging = True
        for place, wish in enumerate(wishes):
            number = columns.number_of(wish.key)
            self.moveSection(self.visualIndex(number), place)
            self._shown[wish.key], self._widths[wish.key] = wish.shown, wish.width
            self.setSectionHidden(number, False)
            self.resizeSection(number, wish.width)
        self._is_arranging = False
        self.show_level(self._level)

    def show_level(self, level: Level) -> None:
        """Hide the columns that mean nothing for rows of this level."""
        self._level = level
        hidden = columns.hidden_at(level)
        self._is_arranging = True
        for number, column in enumerate(COLUMNS):
            is_shown = self._shown[column.key] and number not in hidden
            self.setSectionHidden(number, not is_shown)
        self._is_arranging = False
        self._place_bars()

    def show_column(self, key: str, is_shown: bool) -> None:
        """Show or hide a column; the last one stays, a hidden one filters nothing."""
        others = [k for k, shown in self._shown.items() if shown and k != key]
        if not is_shown and not self._visible_among(others):
            return
        self._shown[key] = is_shown
        if not is_shown and key in self.bars:
            self.bars[key].clear()
        self.show_level(self._level)
        self.wishes_changed.emit()

    def fill_menu(self, menu: QMenu) -> None:
        """Offer the columns in a menu."""
        menu.clear()
        for number, column in enumerate(COLUMNS):
            if number in columns.hidden_at(self._level):
                continue
            entry = menu.addAction(column.title)
            entry.setCheckable(True)
            entry.setChecked(self._shown[column.key])
            entry.toggled.connect(
                lambda shown, key=column.key: self.show_column(key, shown)
            )
        menu.addSeparator()
        menu.addAction("As at first", self._on_reset_clicked)

    def updateGeometries(self) -> None:
        self.setViewportMargins(0, 0, 0, self._bar_height + SMALL_GAP)
        super().updateGeometries()
        self._place_bars()

    @property
    def _bar_height(self) -> int:
        heights = [bar.sizeHint().height() for bar in self.bars.values()]
        return max(heights, default=0)

    @property
    def _last_visible(self) -> int:
        order = [self.logicalIndex(place) for place in range(self.count())]
        return next((n for n in reversed(order) if not self.isSectionHidden(n)), -1)

    def _new_bar(self, column: columns.Column) -> DebouncedEdit:
        bar = DebouncedEdit("filter", self)
        bar.setClearButtonEnabled(False)
        bar.setToolTip(column.hint)
        bar.setAccessibleName(f"Filter {column.title}")
        bar.settled.connect(
            lambda text, key=column.key: self.filter_typed.emit(key, text)
        )
        return bar

    def _visible_among(self, keys: list[str]) -> bool:
        hidden = columns.hidden_at(self._level)
        return any(columns.number_of(key) not in hidden for key in keys)

    def _place_bars(self) -> None:
        top = self.height() - self._bar_height - SMALL_GAP
        for key, bar in self.bars.items():
            number = columns.number_of(key)
            left = self.sectionViewportPosition(number)
            bar.setGeometry(
                left + 1, top, max(self.sectionSize(number) - 3, 0), self._bar_height
            )
            bar.setVisible(not self.isSectionHidden(number))

    def _on_title_clicked(self, section: int) -> None:
        if isinstance(sort := COLUMNS[section].sort, SortKey):
            self.sort_requested.emit(sort)

    def _on_section_resized(self, number: int, _before: int, width: int) -> None:
        self._place_bars()
        is_last = number == self._last_visible
        if self._is_arranging or is_last or self.isSectionHidden(number):
            return  # the last one takes what room is left
        self._widths[COLUMNS[number].key] = width
        self.wishes_changed.emit()

    def _on_section_moved(self) -> None:
        self._place_bars()
        if not self._is_arranging:
            self.wishes_changed.emit()

    def _on_menu_requested(self, place: QPoint) -> None:
        menu = QMenu(self)
        self.fill_menu(menu)
        menu.popup(self.mapToGlobal(place))

    def _on_reset_clicked(self) -> None:
        self.show_columns(default_columns())
        self.wishes_changed.emit()


def mark_bar(bar: DebouncedEdit, state: BarState, hint: str) -> None:
    """Put a warning sign into a bar with an error; tell its meaning otherwise."""
    for action in bar.actions():
        bar.removeAction(action)
    if state.error:
        sign = icon("warning", role_color("warning"))
        action = bar.addAction(sign, DebouncedEdit.ActionPosition.TrailingPosition)
        action.setToolTip(state.error)
    bar.setToolTip(state.error or state.words or hint)
