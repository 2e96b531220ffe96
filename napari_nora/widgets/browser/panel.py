"""The browser widget: find cases, open their files, tag and save."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from napari.viewer import Viewer
from qtpy.QtCore import QPoint
from qtpy.QtGui import QHideEvent, QShowEvent
from qtpy.QtWidgets import QMenu, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from napari_nora.parts.collecting import keep_collections_short
from napari_nora.parts.empty_state import EmptyState
from napari_nora.parts.spacing import tidy
from napari_nora.session import session_of
from napari_nora.tasks import TaskError
from napari_nora.widgets.browser.actions import BrowserActions
from napari_nora.widgets.browser.chosen import Chosen, files_with
from napari_nora.widgets.browser.connect import kept_password
from napari_nora.widgets.browser.connecting import Connecting
from napari_nora.widgets.browser.filters import check_bar
from napari_nora.widgets.browser.link_handler import LinkHandlerEntry
from napari_nora.widgets.browser.login_form import LogInForm, choose_folder
from napari_nora.widgets.browser.masks import MaskButtons
from napari_nora.widgets.browser.menus import RowMenu
from napari_nora.widgets.browser.state import BrowserState
from napari_nora.widgets.browser.table_control import TableControl
from napari_nora.widgets.browser.table_model import TableModel
from napari_nora.widgets.browser.table_page import TablePage
from nora_core.errors import NotLoggedIn
from nora_core.wire.project import Action, ProjectInfo

MAX_OPENED = 50
"""So many files at most are opened at once."""


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
        self.page = TablePage(self.session, self.model)
        self.table_control = TableControl(
            self.session, self.state, self.model, self.page
        )
        self.loader = self.table_control.loader
        self.actions_ = BrowserActions(self.session, napari_viewer)
        self.masks = MaskButtons(self.session, napari_viewer, self.page, self.actions_)
        self.connecting = Connecting(self.session)
        self.login = LogInForm()
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

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.table_control.marks.watch(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.table_control.marks.watch(False)

    def _restore(self) -> None:
        remembered = self.session.remembered
        self.login.url.setText(remembered.text("server"))
        self.login.name.setText(remembered.text("user"))
        self.setMinimumWidth(300)
        expanding = QSizePolicy.Policy.Expanding  # else the dock adds a stretch
        self.setSizePolicy(expanding, expanding)

    def _connect_session(self) -> None:
        session, actions = self.session, self.actions_
        session.connection_changed.connect(self._on_connection_changed)
        session.project_changed.connect(self._on_project_changed)
        session.file_dropped.connect(self._on_file_dropped)
        self.connecting.failed.connect(self._on_connecting_failed)
        self.connecting.listed.connect(self._on_projects_listed)
        actions.failed.connect(self._on_failed)
        actions.done.connect(self.table_control.offer)

    def _connect_page(self) -> None:
        page, table = self.page, self.page.table
        page.failed.connect(self._on_failed)
        page.project_chosen.connect(self.connecting.choose)
        page.show_files.clicked.connect(self._on_show_clicked)
        table.show_requested.connect(lambda _: self._on_show_clicked())
        table.menu_requested.connect(self._on_menu_requested)
        menu = QMenu(page.more)
        menu.addAction("Refresh", self._on_refresh_clicked)
        self._columns_menu = menu.addMenu("Columns")
        self._columns_menu.aboutToShow.connect(self._on_columns_menu_shown)
        menu.addAction("Tags of the keys 1 to 9…", self.table_control.tags.ask_for_keys)
        menu.addAction("Save table as CSV…", self.table_control.ask_for_export)
        menu.addSeparator()
        menu.addAction("Open folder as project…", self._on_folder_wanted)
        LinkHandlerEntry(self.session, menu)
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
        self.table_control.show_project()

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

    def _on_failed(self, error: TaskError | str) -> None:
        is_logged_out = isinstance(error, TaskError) and isinstance(
            error.error, NotLoggedIn
        )
        if is_logged_out and self.session.connection:
            self.session.connect(None)
            self.login.show_error(error)
            return
        self.page.error.show_error(error)

    def _chosen(self) -> Chosen:
        return self.table_control.chosen()

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
        for files in self._chosen().files[:MAX_OPENED]:
            self.actions_.show_files(files)

    def _on_columns_menu_shown(self) -> None:
        self.page.table.header.fill_menu(self._columns_menu)

    def _on_menu_requested(self, place: QPoint) -> None:
        chosen, tags = self._chosen(), self.table_control.tags
        menu = RowMenu(chosen, self.session, tags.wishes.tag_keys, self)
        menu.show_files.triggered.connect(self._on_show_clicked)
        menu.show_jobs.triggered.connect(
            lambda: self.session.jobs_wanted.emit(chosen.cases[0])
        )
        menu.add_tags.triggered.connect(tags.ask_for_tags)
        menu.edit_keys.triggered.connect(lambda: tags.ask_for_keys())
        menu.delete.triggered.connect(lambda: self.actions_.delete(chosen))
        for digit, entry in menu.digits.items():
            entry.triggered.connect(partial(self._press, digit))
        for entry in menu.remove_tag.actions():
            tag = entry.text()
            entry.triggered.connect(partial(self._remove_tag, chosen, tag))
        menu.popup(self.page.table.viewport().mapToGlobal(place))

    def _press(self, digit: str) -> None:
        self.table_control.tags.press(digit)

    def _remove_tag(self, chosen: Chosen, tag: str) -> None:
        self.table_control.tags.tagging.remove(chosen, tag)
