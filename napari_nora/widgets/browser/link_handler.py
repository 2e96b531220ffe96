"""A menu's entry that lets links in a browser open napari, as the user wishes."""

from __future__ import annotations

import sys

from qtpy.QtCore import QObject
from qtpy.QtWidgets import QMenu

from napari_nora.session import Session
from nora_core.cli.register_links import (
    DESKTOP_FILE,
    applications_folder,
    find_window_command,
    install_handler,
    remove_handler,
)


class LinkHandlerEntry(QObject):
    """Checked while the desktop opens nora:// addresses with this program.

    Nothing is registered before the user checks it.
    """

    def __init__(self, session: Session, menu: QMenu) -> None:
        super().__init__(menu)
        self._session = session
        self.action = menu.addAction("Open links of the browser here")
        self.action.setCheckable(True)
        self.action.setVisible(sys.platform.startswith("linux"))
        menu.aboutToShow.connect(self._look)
        self.action.triggered.connect(self._on_triggered)

    def _look(self) -> None:
        self.action.setChecked((applications_folder() / DESKTOP_FILE).exists())

    def _on_triggered(self, is_wanted: bool) -> None:
        folder = applications_folder()

        def work(_: object) -> str:
            if not is_wanted:
                remove_handler(folder)
                return "Links of the browser do not open here any more."
            install_handler(folder, find_window_command())
            return "Links of the browser open here now."

        notice = self._session.noticed.emit
        self._session.tasks.run(work, notice, lambda error: notice(error.message))
