"""What the user does with the table: filter, sort, choose, walk, undo, export."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from napari_nora.session import Session
from napari_nora.tasks import Task
from napari_nora.widgets.browser.chosen import (
    Chosen,
    chosen_of,
    has_files,
    selection_of,
)
from napari_nora.widgets.browser.keeping import moved
from napari_nora.widgets.browser.loader import TableLoader
from napari_nora.widgets.browser.mark_watch import MarkWatch
from napari_nora.widgets.browser.memory import TableMemory
from napari_nora.widgets.browser.state import BrowserState, count_in_words
from napari_nora.widgets.browser.stepping import Stepper
from napari_nora.widgets.browser.table_model import TableModel
from napari_nora.widgets.browser.table_page import TablePage
from napari_nora.widgets.browser.tag_control import TagControl
from napari_nora.widgets.browser.undo import UndoStack
from nora_core.client.exporting import CsvKind, CsvWish, export_table
from nora_core.client.watch import Watch
from nora_core.wire.csv_table import CsvDialect
from nora_core.words import counted


class TableControl:
    """Connects the page of the table with its state, its loader and the session."""

    def __init__(
        self,
        session: Session,
        state: BrowserState,
        model: TableModel,
        page: TablePage,
    ) -> None:
        self.session = session
        self.state = state
        self.model = model
        self.page = page
        self.loader = TableLoader(session, state, model)
        self.stepper = Stepper(session, self.loader)
        self.marks = MarkWatch(session, self.loader)
        self.memory = TableMemory(session)
        self.tags = TagControl(session, page, self.chosen, self._keep_wishes)
        self.changes = UndoStack()
        self._is_loading = False
        self._connect_page()
        self._connect_rest()

    def chosen(self) -> Chosen:
        """Return what is chosen in the table."""
        return chosen_of(self.model.rows, self.page.table.chosen_ranges)

    def show_project(self) -> None:
        """Show the rows of the session's project in the order remembered for it."""
        self.changes.clear()
        self.model.project = self.session.project.name if self.session.project else ""
        wishes = self.memory.load()
        self._is_loading = True
        self.page.table.header.show_columns(wishes.columns)
        self.tags.show(wishes)
        with self.state.query_changed.blocked():
            self.state.set_sort(wishes.sort, wishes.descending)
        self._is_loading = False
        self._on_sort_changed()
        self.loader.restart()

    def offer(self, sentence: str, undo: Callable[[], None] | None) -> None:
        """Say what was done, and keep what takes it back."""
        once = self.changes.push(undo) if undo is not None else None
        self.page.undo.offer(sentence[:1].upper() + sentence[1:], once)

    def ask_for_export(self) -> None:
        """Offer to save the table."""
        if self.session.project is not None:
            self.page.export_form.ask(self.page.count.text(), self.session.project.name)

    def show_jobs(self, row: int) -> None:
        """Ask for the jobs of a row's case to be shown."""
        case = self.model.rows.case_at(row)
        if case is not None:
            self.session.jobs_wanted.emit(case)

    def _connect_page(self) -> None:
        page, table = self.page, self.page.table
        page.level_chosen.connect(self.state.set_level)
        page.search.settled.connect(partial(self.state.set_bar, "files"))
        page.clear_filters.clicked.connect(self.state.clear_bars)
        page.export_form.save_requested.connect(self.export)
        table.header.filter_typed.connect(self.state.set_bar)
        table.header.sort_requested.connect(self.state.turn_sort)
        table.header.wishes_changed.connect(self._keep_wishes)
        table.visible_changed.connect(self.loader.show)
        table.toggle_requested.connect(self.loader.toggle)
        table.choice_changed.connect(self._on_choice_changed)
        table.jobs_requested.connect(self.show_jobs)
        table.undo_requested.connect(self._on_undo_requested)

    def _connect_rest(self) -> None:
        state, loader = self.state, self.loader
        state.bar_changed.connect(self._on_bar_changed)
        state.sort_changed.connect(self._on_sort_changed)
        loader.counted.connect(self._on_counted)
        loader.started.connect(self._on_rows_started)
        loader.page_came.connect(self._on_page_came)
        loader.failed.connect(self._on_failed)
        self.stepper.chosen.connect(self.page.table.choose_row)
        self.tags.tagging.done.connect(self.offer)
        self.tags.tagging.failed.connect(self._on_failed)
        self.session.files_changed.connect(self._on_files_changed)

    def export(self, path: Path, kind: CsvKind, dialect: CsvDialect) -> None:
        """Save the rows that pass the filter, in their order, as a CSV file."""
        if self.session.project is None:
            return
        client, query = self.session.client, self.model.rows.pages.query
        wish = CsvWish(self.session.project.name, query, kind, dialect)

        def work(task: Task) -> int:
            def progress(done: int, total: int) -> None:
                task.progress(done, total, f"{done:,} of {total:,} rows")

            return export_table(client, wish, path, Watch(progress, task.cancelled))

        def done(count: int) -> None:
            self.offer(f"{counted(count, 'line')} saved in {path.name}", None)

        title = f"Saving {path.name}"
        self.session.tasks.run(work, done, self._on_failed, title=title)

    # what the table says

    def _on_rows_started(self) -> None:
        self.page.table.scrollToTop()
        self.page.table.header.show_level(self.model.rows.pages.query.level)
        self.page.error.clear()
        self._on_choice_changed()

    def _on_counted(self) -> None:
        count, is_broken = self.loader.count, self.state.is_broken
        text = count_in_words(count, self.state.level, is_broken)
        self.page.count.setText(text if self.session.project else "")
        self.page.clear_filters.setVisible(self.state.is_filtered)

    def _on_bar_changed(self, name: str) -> None:
        self.page.show_bar(name, self.state.bars[name])
        self.model.set_stale(self.state.is_broken)
        self._on_counted()

    def _on_sort_changed(self) -> None:
        self.page.table.header.show_sort(self.state.sort, self.state.descending)
        self._keep_wishes()

    def _on_choice_changed(self) -> None:
        table, rows = self.page.table, self.model.rows
        index = table.currentIndex()
        is_chosen = table.selectionModel().isSelected(index)
        current = index.row() if is_chosen else None
        self.stepper.tell_current(None if current is None else rows.place(current).case)
        ranges = table.chosen_ranges
        self.session.select(selection_of(rows, ranges, current))
        self.page.show_files.setEnabled(has_files(rows, ranges))

    def _on_page_came(self) -> None:
        selection, rows = self.session.selection, self.model.rows
        now = moved(rows.pages, selection)
        if now is not None:
            self.page.table.choose_rows([rows.open.row_of(case) for case in now.cases])
            if not now.cases:
                self.stepper.tell_gone(now.gap)
        elif selection.count and selection.patient is None:
            self._on_choice_changed()  # the current row was not here before

    def _on_undo_requested(self) -> None:
        if not self.changes.undo():
            self.session.noticed.emit("There is nothing to take back")
        self.page.undo.hide()

    def _on_files_changed(self, study_ids: set[int] | None) -> None:
        self.loader.refresh(study_ids)

    def _on_failed(self, error: Any) -> None:
        self.page.failed.emit(error)

    def _keep_wishes(self) -> None:
        if self._is_loading:
            return
        wishes = self.tags.wishes
        wishes.columns = self.page.table.header.wishes
        wishes.sort, wishes.descending = self.state.sort, self.state.descending
        self.memory.save(wishes)
