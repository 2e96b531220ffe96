"""A menu's entry that lets links in a browser open napari, as the user wishes."""

from __future__ import annotations

import sys

from qtpy.QtGui import QAction
from qtpy.QtWidgets import QMenu

from napari_nora.session import Session
from nora_core.cli.register_links import (
    DESKTOP_FILE,
    applications_folder,
    find_window_command,
    install_handler,
    remove_handler,
)


class LinkHandlerAction(QAction):
    """Checked while the desktop opens nora:// addresses with this program.

    Nothing is registered before the user checks it.
    """

    def __init__(self, session: Session, menu: QMenu) -> None:
        super().__init__("Open links of the browser here", menu)
        self._session = session
        self.setCheckable(True)
        self.setVisible(sys.platform.startswith("linux"))
        self.setToolTip("Let 'Open in napari' on pages of shared views open this")
        menu.aboutToShow.connect(self._look)
        menu.addAction(self)
        self.triggered.connect(self._on_triggered)

    def _look(self) -> None:
        self.setChecked((applications_folder() / DESKTOP_FILE).exists())

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
