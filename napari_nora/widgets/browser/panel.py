"""The browser widget: find cases, open their files, tag and save."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from napari.viewer import Viewer
from qtpy.QtCore import QPoint
from qtpy.QtWidgets import QMenu, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from napari_nora.opening.mask import add_empty_mask
from napari_nora.parts.collecting import keep_collections_short
from napari_nora.parts.empty_state import EmptyState
from napari_nora.parts.spacing import tidy
from napari_nora.session import session_of
from napari_nora.tasks import TaskError
from napari_nora.widgets.browser import layers
from napari_nora.widgets.browser.actions import BrowserActions
from napari_nora.widgets.browser.chosen import (
    Chosen,
    chosen_of,
    files_with,
    selection_of,
)
from napari_nora.widgets.browser.connect import kept_password
from napari_nora.widgets.browser.connecting import Connecting
from napari_nora.widgets.browser.filters import check_bar
from napari_nora.widgets.browser.loader import TableLoader
from napari_nora.widgets.browser.login_form import LogInForm, choose_folder
from napari_nora.widgets.browser.menus import RowMenu
from napari_nora.widgets.browser.state import BrowserState, count_in_words
from napari_nora.widgets.browser.table_model import TableModel
from napari_nora.widgets.browser.table_page import TablePage
from nora_core.errors import NoraError, NotLoggedIn
from nora_core.wire.archive import SortKey, TagChange
from nora_core.wire.case import Level
from nora_core.wire.project import Action, ProjectInfo


class BrowserPanel(QWidget):
    """Log-in page and table page of one napari window.

    Parameters
    ----------
    napari_viewer : napari.Viewer
        Gets the layers; napari passes it in.
    """

    def __init__(self, napari_viewer: Viewer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._viewer: Any = napari_viewer
        self.session = session_of(napari_viewer)
        self.state = BrowserState(check_bar)
        self.model = TableModel()
        self.model.session_key = self.session.key
        self.loader = TableLoader(self.session, self.state, self.model)
        self.actions_ = BrowserActions(self.session, napari_viewer)
        self.connecting = Connecting(self.session)
        self.login = LogInForm()
        self.page = TablePage(self.session, self.model)
        self.no_project = EmptyState(
            "There is no project that you may see yet. Ask for a role in one, or open "
            "a folder of images.",
            "Open folder as project…",
            self._on_folder_wanted,
        )
        self._stack = QStackedWidget()
        for widget in (self.login, self.page, self.no_project):
            self._stack.addWidget(widget)
        layout = QVBoxLayout(self)
        tidy(layout)
        layout.addWidget(self._stack)
        self._connect_session()
        self._connect_page()
        self._connect_login()
        self._restore()
        self._on_connection_changed()

    def _restore(self) -> None:
        remembered = self.session.remembered
        self.login.url.setText(remembered.text("server"))
        self.login.name.setText(remembered.text("user"))
        columns = remembered.state("columns")
        if columns is not None:
            self.page.table.header.restoreState(columns)
        self.setMinimumWidth(300)
        expanding = QSizePolicy.Policy.Expanding  # else the dock adds a stretch
        self.setSizePolicy(expanding, expanding)

    def _connect_session(self) -> None:
        session, loader, actions = self.session, self.loader, self.actions_
        session.connection_changed.connect(self._on_connection_changed)
        session.project_changed.connect(self._on_project_changed)
        session.files_changed.connect(self._on_files_changed)
        session.file_dropped.connect(self._on_file_dropped)
        self.connecting.failed.connect(self._on_connecting_failed)
        self.connecting.listed.connect(self._on_projects_listed)
        loader.counted.connect(self._on_counted)
        loader.started.connect(self._on_rows_started)
        loader.failed.connect(self._on_failed)
        actions.failed.connect(self._on_failed)
        actions.done.connect(self._on_done)
        actions.name_taken.connect(self.page.save_form.ask_replace)
        self.state.bar_changed.connect(self._on_bar_changed)

    def _connect_page(self) -> None:
        page, table = self.page, self.page.table
        page.project_chosen.connect(self.connecting.choose)
        page.level_chosen.connect(self._on_level_chosen)
        page.search.settled.connect(partial(self.state.set_bar, "files"))
        page.clear_filters.clicked.connect(self.state.clear_bars)
        table.header.filter_typed.connect(self.state.set_bar)
        table.header.sectionResized.connect(self._on_columns_changed)
        table.visible_changed.connect(self.loader.show)
        table.toggle_requested.connect(self.loader.toggle)
        table.show_requested.connect(lambda _: self._on_show_clicked())
        table.menu_requested.connect(self._on_menu_requested)
        table.choice_changed.connect(self._on_choice_changed)
        table.sort_requested.connect(self._on_sort_requested)
        page.show_files.clicked.connect(self._on_show_clicked)
        page.new_mask.clicked.connect(self._on_new_mask_clicked)
        page.save_mask.clicked.connect(self._on_save_mask_clicked)
        page.save_form.save_requested.connect(self._on_save_requested)
        page.tag_line.tags_typed.connect(self._on_tags_typed)
        menu = QMenu(page.more)
        menu.addAction("Refresh", self._on_refresh_clicked)
        menu.addAction("Open folder as project…", self._on_folder_wanted)
        menu.addSeparator()
        menu.addAction("Log out", self.connecting.log_out)
        page.more.clicked.connect(
            lambda: menu.popup(page.more.mapToGlobal(page.more.rect().bottomLeft()))
        )

    def _connect_login(self) -> None:
        self.login.log_in_requested.connect(self._on_log_in_requested)
        self.login.folder_chosen.connect(self.open_folder)
        self.login.user_typed.connect(self._on_user_typed)

    # what the session says

    def _on_connection_changed(self) -> None:
        self.login.set_busy(False)
        if self.session.connection is None:
            self._stack.setCurrentWidget(self.login)
            self._on_user_typed()
            return
        self.login.password.clear()
        self._stack.setCurrentWidget(self.page)
        self.connecting.list_projects()

    def _on_project_changed(self) -> None:
        page, project = self.page, self.session.project
        page.error.clear()
        page.undo.hide()
        may_write = self.session.may(Action.WRITE)
        page.save_mask.setEnabled(may_write)
        if project is not None:
            page.projects.setCurrentIndex(page.projects.findData(project.name))
        self.loader.restart()

    def _on_files_changed(self, study_ids: set[int] | None) -> None:
        self.loader.refresh(study_ids)

    def _on_file_dropped(self, study_id: int, file_id: int) -> None:
        files = files_with(self.model.rows, study_id, file_id)
        if files:
            self.actions_.show_files(files)

    def _on_projects_listed(self, projects: list[ProjectInfo]) -> None:
        keep_collections_short()
        last = self.session.remembered.text("project")
        self.page.show_projects(projects, last)
        self._stack.setCurrentWidget(self.page if projects else self.no_project)

    def _on_connecting_failed(self, error: TaskError) -> None:
        self.login.show_error(error)
        self.page.error.show_error(error)

    def _on_failed(self, error: TaskError) -> None:
        if isinstance(error.error, NotLoggedIn) and self.session.connection:
            self.session.connect(None)
            self.login.show_error(error)
            return
        self.page.error.show_error(error)

    def _on_done(self, sentence: str, undo: Any) -> None:
        self.page.undo.offer(sentence[:1].upper() + sentence[1:], undo)

    # what the table says

    def _on_rows_started(self) -> None:
        self.page.table.scrollToTop()
        self.page.table.show_level(self.model.rows.pages.query.level)
        self.page.error.clear()
        self._on_choice_changed()

    def _on_counted(self) -> None:
        text = count_in_words(self.loader.count, self.state.level)
        self.page.count.setText(text if self.session.project else "")
        self.page.clear_filters.setVisible(self.state.is_filtered)

    def _on_bar_changed(self, name: str) -> None:
        self.page.show_bar(name, self.state.bars[name])
        self.page.clear_filters.setVisible(self.state.is_filtered)

    def _on_level_chosen(self, level: Level) -> None:
        self.state.set_level(level)

    def _on_sort_requested(self, sort: SortKey, descending: bool) -> None:
        self.state.set_sort(sort, descending)

    def _on_columns_changed(self) -> None:
        state = self.page.table.header.saveState()
        self.session.remembered.set_state("columns", state)

    def _on_choice_changed(self) -> None:
        table = self.page.table
        index = table.currentIndex()
        current = index.row() if index.isValid() else None
        ranges = table.chosen_ranges
        self.session.select(selection_of(self.model.rows, ranges, current))
        self.page.show_files.setEnabled(bool(self._chosen(50).files))

    def _chosen(self, limit: int = 10_000) -> Chosen:
        return chosen_of(self.model.rows, self.page.table.chosen_rows(limit))

    # what the user did

    def _on_log_in_requested(self, wish: Any) -> None:
        self.login.set_busy(True)
        self.connecting.log_in(wish)

    def _on_user_typed(self) -> None:
        url, name = self.login.url.text(), self.login.name.text()
        if url and name:
            self.session.tasks.run(
                lambda _: kept_password(url, name), self.login.fill_password
            )

    def _on_folder_wanted(self) -> None:
        folder = choose_folder(self)
        if folder is not None:
            self.open_folder(folder)

    def open_folder(self, folder: Path, beside: bool = False) -> None:
        """Make a folder on this computer a project and show it."""
        self.login.set_busy(True)
        self.connecting.open_folder(folder, beside)

    def _on_refresh_clicked(self) -> None:
        self.loader.restart()

    def _on_show_clicked(self) -> None:
        for files in self._chosen(50).files:
            self.actions_.show_files(files)

    def _on_menu_requested(self, place: QPoint) -> None:
        chosen = self._chosen()
        menu = RowMenu(chosen, self.session, self)
        menu.show_files.triggered.connect(self._on_show_clicked)
        menu.add_tags.triggered.connect(self._on_add_tags_clicked)
        menu.delete.triggered.connect(lambda: self.actions_.delete(chosen))
        for entry in menu.remove_tag.actions():
            change = TagChange(
                level=chosen.level, ids=chosen.ids, remove=[entry.text()]
            )
            entry.triggered.connect(
                partial(self.actions_.change_tags, change, chosen.what)
            )
        menu.popup(self.page.table.viewport().mapToGlobal(place))

    def _on_add_tags_clicked(self) -> None:
        if self.session.project is None:
            return
        client, project = self.session.client, self.session.project.name
        what = self._chosen().what
        self.session.tasks.run(
            lambda _: client.tags(project),
            lambda known: self.page.tag_line.ask(what, known),
            self._on_failed,
        )

    def _on_tags_typed(self, tags: list[str]) -> None:
        chosen = self._chosen()
        try:
            change = TagChange(level=chosen.level, ids=chosen.ids, add=tags)
        except ValueError as error:
            self.page.error.show_error(str(error))
            return
        self.actions_.change_tags(change, chosen.what)

    def _on_new_mask_clicked(self) -> None:
        try:
            add_empty_mask(self._viewer, "mask", layers.active_image(self._viewer))
        except NoraError as error:
            self.page.error.show_error(error.message)

    def _on_save_mask_clicked(self) -> None:
        layer = layers.labels_layer(self._viewer)
        if layer is None:
            self.page.error.show_error(
                "choose the Labels layer to save in the layer list, "
                "or start one with “New mask”"
            )
            return
        self.page.save_form.ask(layer.name, layers.file_name_for(layer))
        study_id = self._study_to_save(layer)
        if study_id is not None:
            self.actions_.name_study(study_id, self.page.save_form.name_study)

    def _on_save_requested(self, name: str, replace: bool) -> None:
        layer = layers.labels_layer(self._viewer)
        if layer is None:
            return
        try:
            mask = layers.MaskToSave(self._viewer, layer)
        except NoraError as error:
            self.page.error.show_error(error.message)
            return
        study_id = self._study_to_save(layer)
        if study_id is None:
            self.page.error.show_error("choose the study that the mask belongs to")
            return
        self.actions_.save_mask(mask, study_id, name, replace)

    def _study_to_save(self, layer: Any) -> int | None:
        """Return the study of the image that was drawn on, or else the chosen one."""
        source = layers.study_of(self._viewer, layer)
        return source.study_id if source else self.session.selection.study_id
