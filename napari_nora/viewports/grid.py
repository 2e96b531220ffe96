"""All viewports of a window: rows and columns, and bars below them."""

from __future__ import annotations

from functools import partial
from typing import Any

from qtpy.QtCore import Qt, QTimer, Signal
from qtpy.QtGui import QKeyEvent
from qtpy.QtWidgets import QGridLayout, QSplitter, QVBoxLayout, QWidget

from napari_nora.parts.main_thread import MainThread
from napari_nora.tasks import Tasks
from napari_nora.viewports.bindings import Bindings
from napari_nora.viewports.mark_cache import MarkCache
from napari_nora.viewports.open_layers import OpenLayers
from napari_nora.viewports.overlay import Captions
from napari_nora.viewports.rendering import Renderer
from napari_nora.viewports.state import Desk
from napari_nora.viewports.view import Shared, Viewport

_BAR_PART = 0.16
"""Height of a bar beside that of the grid."""


class ViewportGrid(QWidget):
    """The center of the window.

    Parameters
    ----------
    tasks : Tasks
        Computes isosurfaces.
    captions : callable, optional
        Says whose images layers are, for the corner of a viewport.
    """

    failed = Signal(str, object)
    """A viewport's key and the error that kept it from its picture."""
    dropped = Signal(str, object, object)
    """A viewport's key, a ``drops.Target`` and what was dropped there."""
    extra_wanted = Signal(str, str, str)
    """A viewport's key, a layer's id and what its menu asked for."""

    def __init__(
        self,
        viewer: Any,
        desk: Desk,
        tasks: Tasks,
        captions: Captions | None = None,
        session_key: str = "",
    ) -> None:
        super().__init__()
        self.setObjectName("viewports")
        self.desk = desk
        self.viewer = viewer
        self.layers = OpenLayers(viewer, desk)
        self.bindings = Bindings()
        self.viewports: dict[str, Viewport] = {}
        self._main_thread = MainThread()
        self.renderer = Renderer(self._main_thread.deliver)
        self.renderer.on_failure(self._on_failure)
        self._marks = MarkCache()
        self._shared = Shared(
            desk,
            viewer,
            self.layers,
            self.renderer,
            self._marks,
            captions or (lambda _: ()),
            tasks,
            session_key,
        )
        self._dirty: set[str] = set()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._refresh_dirty)
        self._splitter = QSplitter(Qt.Orientation.Vertical)
        self._splitter.setChildrenCollapsible(False)
        self._grid = QWidget()
        self._cells = QGridLayout(self._grid)
        self._cells.setContentsMargins(0, 0, 0, 0)
        self._cells.setSpacing(2)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._splitter)
        self._splitter.addWidget(self._grid)
        self._connect()
        self._arrange()

    def viewport(self, key: str) -> Viewport:
        """Return a viewport; it is made when first asked for."""
        if key not in self.viewports:
            viewport = Viewport(key, self._shared)
            viewport.told = self._on_picture
            viewport.drops.dropped.connect(partial(self.dropped.emit, key))
            viewport.viewbars.extra_wanted.connect(partial(self.extra_wanted.emit, key))
            viewport.input.bindings = self.bindings
            self.viewports[key] = viewport
        return self.viewports[key]

    def set_bindings(self, bindings: Bindings) -> None:
        """Let other gestures do the actions."""
        self.bindings = bindings
        for viewport in self.viewports.values():
            viewport.input.bindings = bindings

    def refresh_all(self) -> None:
        """Look anew at what each viewport on the screen should show, soon."""
        self._mark_dirty(self.desk.visible_keys)

    @property
    def is_idle(self) -> bool:
        """Whether all viewports show what the desk wants."""
        return not self._dirty and self.renderer.is_idle

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Let keys act on the chosen viewport."""
        if event is None:
            return
        if self.viewport(self.desk.chosen).input.key(event):
            event.accept()
        else:
            super().keyPressEvent(event)

    def close_down(self) -> None:
        """Listen to nothing any more and end the threads."""
        self._timer.stop()
        for viewport in self.viewports.values():
            viewport.close_down()
        self.renderer.close()
        self.layers.close()
        for signal, slot in self._slots():
            signal.disconnect(slot)

    def _slots(self) -> list[tuple[Any, Any]]:
        return [
            (self.desk.layout_changed, self._arrange),
            (self.desk.viewport_changed, self._on_viewport),
            (self.desk.crosshair_moved, self.refresh_all),
            (self.desk.convention_changed, self.refresh_all),
            (self.desk.chosen_changed, self.refresh_all),
            (self.layers.changed, self._on_layer),
            (self.layers.removed, self._marks.forget),
            (self.layers.time_changed, self._on_time),
            (self.layers.chosen_changed, self.refresh_all),
            (self.desk.drawing_changed, self.refresh_all),
        ]

    def _connect(self) -> None:
        for signal, slot in self._slots():
            signal.connect(slot)

    def _on_viewport(self, key: str) -> None:
        """Refresh all: the planes of one are lines in the others."""
        self.refresh_all()

    def _on_layer(self, layer: str) -> None:
        self._marks.forget(layer)
        keys = self.desk.showing(layer)
        self._forget_pictures(keys)
        self._mark_dirty(keys)

    def _on_time(self) -> None:
        self._forget_pictures(self.desk.visible_keys)
        self.refresh_all()

    def _forget_pictures(self, keys: tuple[str, ...]) -> None:
        for key in keys:
            if key in self.viewports:
                self.viewports[key].forget_picture()

    def _mark_dirty(self, keys: tuple[str, ...]) -> None:
        self._dirty.update(keys)
        if not self._timer.isActive():
            self._timer.start()

    def _refresh_dirty(self) -> None:
        """Refresh once per turn of the event loop, however much has changed."""
        dirty, self._dirty = self._dirty, set()
        with self.renderer.together():
            for key in self.desk.visible_keys:
                if key in dirty:
                    self.viewport(key).refresh()
        self._refresh_3d()

    def _on_failure(self, key: str, error: Exception) -> None:
        self.viewport(key).show_problem(str(error) or type(error).__name__)
        self.failed.emit(key, error)

    def _on_picture(self) -> None:
        self._refresh_3d()

    def _refresh_3d(self) -> None:
        """Give the pictures of planes to the 3D views on the screen."""
        visible = [self.viewport(key) for key in self.desk.visible_keys]
        if all(viewport.shows_planes for viewport in visible):
            return
        found = (viewport.picture() for viewport in visible)
        pictures = [picture for picture in found if picture is not None]
        for viewport in visible:
            viewport.refresh_3d(pictures)

    def _arrange(self) -> None:
        """Put the viewports that are on the screen into their cells."""
        visible = self.desk.visible_keys
        for key, viewport in self.viewports.items():
            if key not in visible:
                viewport.hide()
                self._cells.removeWidget(viewport)
        columns = 1 if self.desk.maximized else self.desk.layout.columns
        cells = [key for key in visible if self._in_grid(key)]
        for number, key in enumerate(cells):
            row, column = divmod(number, columns)
            self._cells.addWidget(self.viewport(key), row, column)
            self.viewport(key).show()
        self._stretch(len(cells), columns)
        bars = [key for key in visible if not self._in_grid(key)]
        for number, key in enumerate(bars, start=1):  # the grid comes before
            self._splitter.insertWidget(number, self.viewport(key))
            self.viewport(key).show()
        if bars:
            self._share_height(len(bars))
        self.refresh_all()

    def _in_grid(self, key: str) -> bool:
        return not self.desk[key].is_bar or self.desk.maximized == key

    def _stretch(self, count: int, columns: int) -> None:
        rows = -(-count // columns)
        for row in range(self._cells.rowCount()):
            self._cells.setRowStretch(row, 1 if row < rows else 0)
        for column in range(self._cells.columnCount()):
            self._cells.setColumnStretch(column, 1 if column < columns else 0)

    def _share_height(self, bars: int) -> None:
        height = max(self.height(), 400)
        bar = round(height * _BAR_PART)
        self._splitter.setSizes([height - bar * bars] + [bar] * bars)
