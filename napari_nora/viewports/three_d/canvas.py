"""The widget of a 3D viewport."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QElapsedTimer, QPoint, QSize, Qt, QTimer, Signal
from qtpy.QtGui import QCursor, QHideEvent, QImage, QPainter, QResizeEvent, QShowEvent
from qtpy.QtWidgets import QLabel, QVBoxLayout, QWidget

from napari_nora.tasks import Tasks
from napari_nora.viewports.state import Point
from napari_nora.viewports.three_d.gestures import bind_gestures
from napari_nora.viewports.three_d.isosurface_piece import IsosurfacePiece
from napari_nora.viewports.three_d.items import Item3D, PlanePicture
from napari_nora.viewports.three_d.meshes import Mesh
from napari_nora.viewports.three_d.opengl import (
    WAY_OUT,
    free_in_own_context,
    opengl_problem,
)
from napari_nora.viewports.three_d.orientation_mark import OrientationMark, paint_arms
from napari_nora.viewports.three_d.pieces import PieceTypes
from napari_nora.viewports.three_d.stage import Stage3D
from napari_nora.viewports.three_d.textures import BUDGET_MB
from napari_nora.viewports.three_d.views import View, fitted, turn_from, turn_to

INTERVAL_MS = 200
"""Shortest time between two updates of the 3D scene; the last one always comes."""
QUIET_MS = 300
"""Where an update takes long, it waits until nothing has changed for this time."""
SLOW_MS = 50
_MARGIN_PX = 6


@dataclass(frozen=True, eq=False)
class _Scene:
    items: tuple[Item3D, ...] = ()
    crosshair_mm: Point | None = None
    planes: tuple[PlanePicture, ...] = ()


class VolumeCanvas(QWidget):
    """A 3D view of layers; made of napari's own canvas when it is first seen.

    Call :meth:`show_scene` after every change of what is shown and how; values that
    change in a layer it notices itself. Calls are cheap, come to the screen at most
    five times a second, without a graphics card when nothing changes any more, and
    while the widget is hidden only the last one is kept.

    Parameters
    ----------
    tasks : Tasks
        Computes isosurfaces.
    types : PieceTypes, optional
        Which piece of the scene a layer gets; fibers plug in here.
    budget_mb : float
        Graphics memory for one volume.
    """

    maximize_requested = Signal()
    """A double click."""
    menu_requested = Signal(QPoint)
    """A right click, where on the screen."""
    view_changed = Signal(object)
    """The user turned, moved or zoomed; a :class:`View`."""

    def __init__(
        self,
        tasks: Tasks,
        parent: QWidget | None = None,
        *,
        types: PieceTypes | None = None,
        budget_mb: float = BUDGET_MB,
    ) -> None:
        super().__init__(parent)
        self.stage = Stage3D(tasks, types, budget_mb)
        self.problem = ""
        """Why there is no 3D; empty where there is."""
        self._viewer: Any = None
        self._is_made = False
        self._scene = _Scene()
        self._is_stale = False
        self._view = View()
        self._applied: View | None = None
        self._is_fitted = False
        self._is_moving = False
        self._since = QElapsedTimer()
        self._cost_ms = 0
        """How long the last update took, drawing included."""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._update)
        self._seen_size = QSize()
        self._resized = QTimer(self)
        self._resized.setSingleShot(True)
        self._resized.timeout.connect(self._apply_view)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._notes = QLabel(self)
        self._notes.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._notes.hide()
        self._mark = OrientationMark(self)
        self.stage.notes_changed.connect(self._on_notes)
        self.stage.outdated.connect(self._ask)

    def show_scene(
        self,
        items: Sequence[Item3D],
        crosshair_mm: Point | None = None,
        planes: Sequence[PlanePicture] = (),
    ) -> None:
        """Show these items, soon."""
        self._scene = _Scene(tuple(items), crosshair_mm, tuple(planes))
        self._ask()

    @property
    def items(self) -> tuple[Item3D, ...]:
        """What is shown, and how."""
        return self._scene.items

    @property
    def view(self) -> View:
        """From where the scene is seen."""
        return self._view

    def set_view(self, view: View) -> None:
        """Look from elsewhere."""
        self._view = view
        self._is_fitted = view.focus_mm is not None and view.mm_per_pixel is not None
        self._apply_view()

    def look_from(self, side: str) -> None:
        """Look from a side (A, P, R, L, S, I) at all that is shown."""
        self.set_view(View(turn_from(side)))
        self.view_changed.emit(self._view)

    def mesh_of(self, key: str) -> Mesh | None:
        """Return the isosurface that is shown for a layer."""
        piece = self.stage.piece(key)
        return piece.mesh if isinstance(piece, IsosurfacePiece) else None

    def screenshot(self) -> NDArray[np.uint8]:
        """Return what is seen with its letters, (rows, cols, 4) red, green, blue."""
        if self._viewer is None:
            return _as_array(self.grab().toImage())
        self._flush()
        pixels = np.ascontiguousarray(self._viewer.screenshot(flash=False))
        rows, cols = pixels.shape[:2]
        image = QImage(pixels.data, cols, rows, QImage.Format.Format_RGBA8888).copy()
        painter = QPainter(image)
        painter.scale(cols / max(self.width(), 1), rows / max(self.height(), 1))
        painter.translate(self._mark.pos())
        paint_arms(painter, self._mark.arms)
        painter.end()
        return _as_array(image)

    def shut(self) -> None:
        """Give back textures, copies and the canvas; the widget is of no more use."""
        self._timer.stop()
        self._scene = _Scene()
        self.stage.close()
        if self._viewer is not None:
            self._viewer.close()
            self._viewer = None

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._make_viewer()
        if self._is_stale:
            self._ask()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self._timer.isActive():
            self._timer.stop()
            self._is_stale = True

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        bottom = self.height() - self._mark.height() - _MARGIN_PX
        self._mark.move(_MARGIN_PX, bottom)
        self._on_notes()
        if not self._is_fitted:
            self._apply_view()

    def _make_viewer(self) -> None:
        if self._is_made:  # Qt shows a window anew when it gets its first OpenGL widget
            return
        self._is_made = True
        self.problem = opengl_problem()
        if not self.problem:
            try:
                self._viewer = self._new_viewer()
            except Exception as error:  # noqa: BLE001  # the edge: drivers fail so
                self.problem = f"{WAY_OUT} ({error})"
        if self.problem:
            label = QLabel(self.problem)
            label.setWordWrap(True)
            label.setContentsMargins(16, 16, 16, 16)
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            self._layout.addWidget(label)
            self._mark.hide()

    def _new_viewer(self) -> Any:
        from napari.qt import QtViewer

        model = self.stage.model
        model.canvas.background_color_override = "black"
        viewer = QtViewer(model)
        viewer.setAcceptDrops(False)
        viewer.dims.hide()
        free_in_own_context(viewer)
        self._layout.addWidget(viewer)
        bind_gestures(model, self.maximize_requested.emit, self._on_right_click)
        events = model.scene.camera.events
        events.angles.connect(self._on_camera)
        events.center.connect(self._on_camera)
        events.zoom.connect(self._on_camera)
        self._mark.raise_()
        self._notes.raise_()
        self._apply_view()
        return viewer

    def _ask(self) -> None:
        self._is_stale = True
        if not self.isVisible() or self.problem:
            return
        if self._cost_ms > SLOW_MS:
            self._timer.start(QUIET_MS)
        elif not self._timer.isActive():
            passed = self._since.elapsed() if self._since.isValid() else INTERVAL_MS
            self._timer.start(max(0, INTERVAL_MS - passed))

    def _flush(self) -> None:
        if self._is_stale:
            self._timer.stop()
            self._update()

    def _update(self) -> None:
        self._since.start()
        self._is_stale = False
        scene = self._scene
        self._is_moving = True  # napari moves its camera to its first layer
        try:
            self.stage.show(scene.items, scene.crosshair_mm, scene.planes)
        finally:
            self._is_moving = False
        self._apply_view()
        if self._viewer is not None:
            self._viewer.canvas.native.repaint()
        self._cost_ms = self._since.restart()

    def _apply_view(self) -> None:
        """Bring the camera to the view; one without a focus shows everything."""
        view, corners = self._view, self.stage.corners_mm()
        if len(corners) and (view.focus_mm is None or view.mm_per_pixel is None):
            middle, spacing = fitted(corners, (self.height(), self.width()), view)
            view = View(
                view.turn, view.focus_mm or middle, view.mm_per_pixel or spacing
            )
        self._is_moving = True  # by us, not by the user
        try:
            self._move_camera(view)
        finally:
            self._is_moving = False
        if self._viewer is not None:
            self._seen_size = self._viewer.canvas.native.size()
        self._mark.turn(*view.directions)

    def _move_camera(self, view: View) -> None:
        if view == self._applied:
            return
        camera = self.stage.model.scene.camera
        sight, up = (tuple(float(x) for x in way) for way in view.directions)
        camera.set_view_direction(sight, up)
        if view.focus_mm is not None and view.mm_per_pixel is not None:
            camera.center = view.focus_mm
            camera.zoom = 1 / view.mm_per_pixel
        self._applied = view

    def _on_camera(self, _: object = None) -> None:
        before, self._applied = self._applied, None
        if self._is_moving:
            return
        if self._viewer.canvas.native.size() != self._seen_size:
            self._resized.start(0)  # napari zooms by the size of its canvas
            return
        view = self._camera_view()
        self._applied = view
        if not view.is_like(before):
            self._view, self._is_fitted = view, True
            self._mark.turn(*view.directions)
            self.view_changed.emit(view)

    def _camera_view(self) -> View:
        camera = self.stage.model.scene.camera
        sight, up = np.array(camera.view_direction), np.array(camera.up_direction)
        x, y, z = (float(value) for value in camera.center)
        return View(turn_to(sight, up), (x, y, z), 1 / float(camera.zoom))

    def _on_right_click(self) -> None:
        self.menu_requested.emit(QCursor.pos())

    def _on_notes(self) -> None:
        self._notes.setText("\n".join(self.stage.notes.values()))
        self._notes.adjustSize()
        self._notes.move(_MARGIN_PX, self._mark.y() - self._notes.height())
        self._notes.setVisible(bool(self.stage.notes) and not self.problem)


def _as_array(image: QImage) -> NDArray[np.uint8]:
    """Return an image as (rows, cols, 4) red, green, blue, alpha."""
    image = image.convertToFormat(QImage.Format.Format_RGBA8888)
    rows, cols = image.height(), image.width()
    flat = np.frombuffer(image.constBits(), np.uint8)
    return flat.reshape(rows, image.bytesPerLine() // 4, 4)[:, :cols].copy()
