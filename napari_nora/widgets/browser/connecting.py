"""Steps of connecting: log in, list projects, choose the one used last."""

from __future__ import annotations

from pathlib import Path

from psygnal import Signal

from napari_nora.session import Connection, Session
from napari_nora.tasks import Task
from napari_nora.widgets.browser import connect
from nora_core.wire.project import ProjectInfo
from nora_core.words import counted


class Connecting:
    """Changes the session's connection and project, in the background."""

    failed = Signal(object)
    listed = Signal(list)
    """The projects that the user may see."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._projects: list[ProjectInfo] = []

    def log_in(self, wish: connect.LogInWish) -> None:
        """Log in to a server."""
        self._session.remembered.set("user", wish.name)

        def done(connection: Connection) -> None:
            self._session.remembered.set("server", connection.url)
            self._session.connect(connection)

        self._session.tasks.run(
            lambda task: connect.log_in(wish, task),
            done,
            self.failed.emit,
            lane="connect",
        )

    def open_folder(self, folder: Path, beside: bool = False) -> None:
        """Make a folder a project of a server on this machine.

        ``beside``: results are kept in the folder, below ``derivatives/nora``.
        """

        def work(task: Task) -> connect.OpenedFolder:
            data = connect.data_folder_for(folder, beside)
            return connect.open_folder(folder, task, data)

        def done(opened: connect.OpenedFolder) -> None:
            self._session.remembered.set("project", opened.project)
            self._session.connect(opened.connection)
            report = opened.report
            self._session.noticed.emit(
                f"{counted(report.files + report.known, 'file')} in "
                f"{counted(report.studies, 'new study', 'new studies')}"
            )

        self._session.tasks.run(
            work,
            done,
            self.failed.emit,
            title=f"Opening {folder.name}",
            lane="connect",
        )

    def log_out(self) -> None:
        """Forget the token and show the first page again."""
        connection = self._session.connection
        self._session.connect(None)
        if connection is None:
            return

        def work(_: object) -> None:
            if connection.server is not None:
                connection.client.close()
                connection.server.stop()
            else:
                connection.client.logout()

        self._session.tasks.run(work)

    def list_projects(self) -> None:
        """Ask for the projects and open the one used last."""
        client = self._session.client

        def done(projects: list[ProjectInfo]) -> None:
            self._projects = projects
            self.listed.emit(projects)
            last = self._session.remembered.text("project")
            names = [project.name for project in projects]
            if projects:
                self.choose(last if last in names else names[0])

        self._session.tasks.run(
            lambda _: client.projects(), done, self.failed.emit, lane="projects"
        )

    def choose(self, name: str) -> None:
        """Open a project."""
        for project in self._projects:
            if project.name == name:
                self._session.choose_project(project)
