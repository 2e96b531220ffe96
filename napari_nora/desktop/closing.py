"""Asks before the window is closed with strokes that no file holds."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any

from qtpy.QtCore import QEvent, QObject
from qtpy.QtWidgets import QMainWindow, QMessageBox

from napari_nora.autoloaders.loading import Autoloading

Confirm = Callable[[QMainWindow, Sequence[str]], bool]


class ClosingGuard(QObject):
    """Looks at the window's closing when the user, not a program, asks for it.

    Parameters
    ----------
    confirm : callable
        Says what would be gone and asks; see :func:`ask`.
    """

    def __init__(
        self,
        main: QMainWindow,
        viewer: Any,
        autoloading: Autoloading,
        confirm: Confirm | None = None,
    ) -> None:
        super().__init__(main)
        self._main = main
        self._viewer = viewer
        self._autoloading = autoloading
        self._confirm = confirm or ask
        main.installEventFilter(self)
        _ask_in_menus(main, self)

    def unsaved_names(self) -> list[str]:
        """Return the masks that no file holds: open ones, and those of other cases."""
        unsaved = self._autoloading.unsaved
        open_ones = [layer.name for layer in unsaved.among(self._viewer.layers)]
        kept = [f"{mask.layer.name} (another case)" for mask in unsaved.kept]
        return [*open_ones, *kept]

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if event is None or event.type() != QEvent.Type.Close:
            return False
        if watched is not self._main or not event.spontaneous():
            return False
        if self.may_close():
            return False
        event.ignore()
        return True

    def may_close(self) -> bool:
        """Whether nothing is lost, or the user accepts it."""
        names = self.unsaved_names()
        return not names or self._confirm(self._main, names)


def _ask_in_menus(main: QMainWindow, guard: ClosingGuard) -> None:
    """Ask too where napari's menus close the window, which Qt does not tell apart.

    They, and no program, call ``close`` with ``confirm_need``.
    """
    window, known = weakref.ref(main), weakref.ref(guard)

    def close(*args: Any, **options: Any) -> Any:
        main, guard = window(), known()
        if options.get("confirm_need") and guard is not None and not guard.may_close():
            return False
        return type(main).close(main, *args, **options) if main is not None else True

    main.close = close  # type: ignore[method-assign]


def ask(main: QMainWindow, names: Sequence[str]) -> bool:
    """Say which masks would be gone, and whether to close all the same."""
    box = QMessageBox(main)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle("Masks are not saved")
    box.setText(f"Not saved: {', '.join(names)}.")
    box.setInformativeText("Closing the window throws their strokes away.")
    close = box.addButton(
        "Close without saving", QMessageBox.ButtonRole.DestructiveRole
    )
    stay = box.addButton("Stay", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(stay)
    box.exec()
    return box.clickedButton() is close
