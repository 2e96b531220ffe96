"""What keys in the viewports ask of the rest of the window."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from qtpy.QtCore import QObject
from qtpy.QtGui import QAction
from qtpy.QtWidgets import QMainWindow

from napari_nora.desktop.keys_sheet import KeysSheet
from napari_nora.opening.mask import add_empty_mask
from nora_core.errors import BadInput

if TYPE_CHECKING:
    from napari_nora.desktop.layout import Desktop

_PREFERENCES = "preferences"


class Requests(QObject):
    """Answers ``desk.requested``, as long as the window lives."""

    def __init__(self, desktop: Desktop, main: QMainWindow) -> None:
        super().__init__(main)
        self._desktop = desktop
        self._main = main
        self._sheet: KeysSheet | None = None
        self._answers: dict[str, Callable[[], None]] = {
            "previous_case": lambda: desktop.session.case_step(-1),
            "next_case": lambda: desktop.session.case_step(1),
            "new_mask": self.new_mask,
            "open_batch": desktop.raise_batch,
            "open_jobs": self.open_jobs,
            "open_settings": self.open_settings,
            "show_keys": self.show_keys,
        }
        desktop.session.desk.requested.connect(self.answer)

    def answer(self, name: str) -> None:
        """Do what a key asked for."""
        self._answers[name]()

    def new_mask(self) -> None:
        """Make an empty mask on the background of the chosen viewport, and draw."""
        desktop = self._desktop
        grid, desk = desktop.center.grid, desktop.session.desk
        layers = grid.viewport(desk.chosen).controller.shown_layers()
        try:
            add_empty_mask(desktop.viewer, "mask", layers[0] if layers else None)
        except BadInput as error:
            desktop.session.noticed.emit(str(error))
            return
        desk.draw(True)

    def open_jobs(self) -> None:
        """Show the jobs of the batch panel."""
        batch = self._desktop.batch
        self._desktop.raise_batch()
        batch.tabs.setCurrentWidget(batch.jobs_tab)

    def open_settings(self) -> None:
        """Open napari's settings, where NORA's stand too."""
        for action in self._main.menuBar().findChildren(QAction):
            if _PREFERENCES in action.text().replace("&", "").casefold():
                action.trigger()
                return

    def show_keys(self) -> None:
        """List mouse and keys."""
        if self._sheet is None:
            self._sheet = KeysSheet(self._desktop.center.grid.bindings, self._main)
        self._sheet.show()
        self._sheet.raise_()
