"""Puts the viewports into the center of napari's window, in place of its canvas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from napari.qt import QtViewer
from psygnal import Signal
from qtpy.QtWidgets import QMainWindow, QWidget

from napari_nora.autoloaders.loading import Autoloading
from napari_nora.desktop.closed_masks import ClosedMasks
from napari_nora.desktop.dropping import Dropping
from napari_nora.desktop.extras import Extras
from napari_nora.desktop.keeping import DeskKeeper
from napari_nora.opening.placed import placed_of
from napari_nora.parts.undo_line import UndoLine
from napari_nora.session import Session
from napari_nora.viewports.bindings import kept_bindings
from napari_nora.viewports.grid import ViewportGrid
from napari_nora.viewports.three_d.opengl import free_in_own_context
from napari_nora.viewports.warm import warm_up

_KNOWN_STUDIES = 500


class Center:
    """The middle of the window: our viewports, or napari's own canvas.

    Both show the same layers. What is hidden costs nothing.

    Parameters
    ----------
    main : QMainWindow
        napari's window.
    """

    swapped = Signal(bool)
    """Whether the viewports are shown now."""

    def __init__(self, viewer: Any, session: Session, main: QMainWindow) -> None:
        self.session = session
        self.undo = UndoLine()
        self._closed_masks: ClosedMasks | None = None
        self.keeper = DeskKeeper(session.desk, session.remembered)
        captions = _Captions(session)
        self.grid = ViewportGrid(
            viewer, session.desk, session.tasks, captions, session.key
        )
        session.tasks.run(lambda _: warm_up())
        self.grid.set_bindings(kept_bindings())
        self.dropping = Dropping(viewer, session)
        self.extras = Extras(viewer, session, self.grid)
        self.grid.dropped.connect(self.dropping.drop)
        for canvas in main.findChildren(QtViewer):
            free_in_own_context(canvas)
        center = main.centralWidget()
        assert center is not None
        layout = center.layout()
        assert layout is not None
        layout.addWidget(self.grid)
        below = self.grid.layout()
        assert below is not None
        below.addWidget(self.undo)
        main.destroyed.connect(self.grid.close_down)
        self.show_viewports(True)

    def watch_masks(self, autoloading: Autoloading) -> None:
        """Offer unsaved masks that are closed, below the viewports."""
        viewer = self.grid.viewer
        self._closed_masks = ClosedMasks(viewer, autoloading, self.undo.offer)

    @property
    def shows_viewports(self) -> bool:
        """Whether the viewports are shown, not napari's canvas."""
        return not self.grid.isHidden()

    def show_viewports(self, is_shown: bool) -> None:
        """Show the viewports, or napari's own canvas."""
        _napari_canvas(self.grid).setVisible(not is_shown)
        self.grid.setVisible(is_shown)
        if is_shown:
            self.grid.refresh_all()
            self.grid.setFocus()
        self.swapped.emit(is_shown)


def _napari_canvas(grid: QWidget) -> QWidget:
    """Return the widget that napari put into the center, beside our own.

    It is looked up each time: kept here, it would outlive its window.
    """
    center = grid.parentWidget()
    layout = center.layout() if center is not None else None
    item = layout.itemAt(0) if layout is not None else None
    widget = item.widget() if item is not None else None
    if widget is None:
        raise RuntimeError("no canvas in the center of napari's window; 0.9 has one")
    return widget


class _Captions:
    """Says whose images are shown: of studies that were chosen in the table."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._by_study: dict[int, tuple[str, ...]] = {}
        session.selection_changed.connect(self._learn)
        session.project_changed.connect(self._forget)

    def __call__(self, layers: Sequence[Any]) -> Sequence[str]:
        """Say whose the lowest image is, and who else's lies over it."""
        places = [placed_of(layer) for layer in layers]
        sources = [place.source for place in places if place and place.source]
        studies = list(dict.fromkeys(source.study_id for source in sources))
        if not studies:
            return ()
        unknown = ("another study",)
        over = [self._by_study.get(study, unknown) for study in studies[1:]]
        first = self._by_study.get(studies[0], ())
        return (*first, *(f"+ {'  '.join(texts)}" for texts in over))

    def _forget(self) -> None:
        self._by_study.clear()

    def _learn(self) -> None:
        patient = self._session.selection.patient
        if patient is None or patient.study_id is None:
            return
        when = patient.date.isoformat() if patient.date else ""
        study = "  ".join(part for part in (when, patient.description) if part)
        who = "  ".join(part for part in (patient.name, patient.psid) if part)
        self._by_study[patient.study_id] = tuple(part for part in (who, study) if part)
        while len(self._by_study) > _KNOWN_STUDIES:
            del self._by_study[next(iter(self._by_study))]
