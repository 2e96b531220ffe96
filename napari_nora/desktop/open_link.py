"""Opens a link or a URL call in the window: logs in where needed, then shows it."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QMessageBox

from napari_nora.autoloaders.loading import autoloading_of
from napari_nora.desktop.kept_tokens import (
    kept_token,
    knows_server,
    remember_server,
)
from napari_nora.desktop.layout import Desktop
from napari_nora.desktop.open_call import show_call
from napari_nora.scenes.fetching import fetch_link
from napari_nora.scenes.showing import FetchedScene, show_scene
from napari_nora.session import Connection
from napari_nora.tasks import Task, TaskError
from nora_core.client import Client
from nora_core.client.opening import Opened, log_in_for, open_request
from nora_core.errors import NotLoggedIn
from nora_core.wire.call import OpenRequest

Show = Callable[[Desktop, Opened], None]
Ask = Callable[[Desktop, str], bool]


def ask_for_server(desktop: Desktop, server: str) -> bool:
    """Ask whether a server that the user has never used is the one he means."""
    box = QMessageBox(desktop.browser.window())
    box.setWindowTitle("A server that is new here")
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(f"This link opens images of {server}.")
    box.setInformativeText(
        "You have not used that server before. Open it only if the link is from "
        "somebody you know and the address is your lab's."
    )
    buttons = QMessageBox.StandardButton
    box.setStandardButtons(buttons.Open | buttons.Cancel)
    box.setDefaultButton(buttons.Cancel)
    return bool(box.exec() == buttons.Open)


def show_opened(desktop: Desktop, opened: Opened) -> None:
    """Show what an address led to: a shared view, or a case."""
    session = desktop.session
    for notice in opened.call.notices if opened.call is not None else ():
        session.noticed.emit(notice)
    if opened.call is not None:
        show_call(desktop, opened.call)
    link = opened.link
    if link is None:
        return
    client, autoloading = session.client, autoloading_of(desktop.viewer)

    def show(fetched: FetchedScene) -> None:
        if not session.talks_to(client):
            return
        unsaved = autoloading.unsaved.is_unsaved
        show_scene(desktop.viewer, session.desk, fetched, unsaved)
        session.opened_link = link.info
        session.noticed.emit(f"A view that {link.info.owner} has shared")

    session.tasks.run(
        lambda task: fetch_link(client, link, task),
        show,
        lambda error: session.noticed.emit(error.message),
        title="Opening the link",
    )


class LinkOpener:
    """One address on its way into the window.

    Where no log-in is kept for its server, the log-in form names the server and the
    address is opened as soon as the user is connected there.
    """

    def __init__(
        self,
        desktop: Desktop,
        request: OpenRequest,
        show: Show,
        ask: Ask = ask_for_server,
    ) -> None:
        self._desktop = desktop
        self._request = request
        self._show = show
        self._ask = ask
        self._session = desktop.session

    def start(self) -> None:
        """Log in and open, in the background; ask first where the server is new."""
        remembered, server = self._session.remembered, self._request.server
        if not knows_server(remembered, server):
            if not self._ask(self._desktop, server):
                return
            remember_server(remembered, server)
        self._session.tasks.run(
            self._connect, self._connected, self._failed, title="Opening the link"
        )

    def _connect(self, task: Task) -> tuple[Connection, Opened]:
        client = log_in_for(self._request, kept_token)
        task.check()
        opened = open_request(client, self._request)
        version = client.version()
        connection = Connection(
            client,
            client.url,
            opened.user,
            version.version,
            is_embedded=version.is_embedded,
        )
        return connection, opened

    def _connected(self, both: tuple[Connection, Opened]) -> None:
        connection, opened = both
        self._enter(opened)
        self._session.connect(connection)
        self._show(self._desktop, opened)

    def _enter(self, opened: Opened) -> None:
        """Let the project be opened without its standard in place of the view."""
        self._session.remembered.set("project", opened.project)
        if opened.link is not None or (opened.call and opened.call.preset):
            presets = autoloading_of(self._desktop.viewer).presets
            presets.keeps_view_in = opened.project

    def _failed(self, error: TaskError) -> None:
        if not isinstance(error.error, NotLoggedIn):
            self._session.noticed.emit(error.message)
            self._desktop.browser.login.error.show_error(error)
            return
        form = self._desktop.browser.login
        form.url.setText(self._request.server)
        form.error.show_error("Log in to see what was shared with you.")
        self._session.connection_changed.connect(self._open_when_connected)

    def _open_when_connected(self) -> None:
        connection = self._session.connection
        if connection is None or connection.url != self._request.server:
            return
        self._session.connection_changed.disconnect(self._open_when_connected)
        client: Client = connection.client

        def done(opened: Opened) -> None:
            self._enter(opened)
            self._desktop.browser.connecting.choose(opened.project)
            self._show(self._desktop, opened)

        self._session.tasks.run(
            lambda _: open_request(client, self._request),
            done,
            self._desktop.browser.page.error.show_error,
            title="Opening the link",
        )
