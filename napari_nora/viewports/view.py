"""One viewport: keeps its picture and what is written over it as the desk wants."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from qtpy.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QImage,
)
from qtpy.QtWidgets import QStackedLayout, QWidget

from napari_nora.tasks import Tasks
from napari_nora.viewports.bindings import Bindings
from napari_nora.viewports.canvas import PlaneCanvas
from napari_nora.viewports.controller import ViewportController
from napari_nora.viewports.drops.area import DropArea
from napari_nora.viewports.input import ViewportInput
from napari_nora.viewports.mark_cache import MarkCache
from napari_nora.viewports.open_layers import OpenLayers
from napari_nora.viewports.overlay import Captions, Overlay, overlay_of
from napari_nora.viewports.planning import Planner, Tile
from napari_nora.viewports.rendering import Renderer
from napari_nora.viewports.scene import Pixels, PlaneScene, scene_of
from napari_nora.viewports.state import Desk, Kind
from napari_nora.viewports.three_d.items import PlanePicture
from napari_nora.viewports.view3d import View3D
from napari_nora.viewports.viewbars.stack import ViewbarStack


@dataclass(frozen=True, eq=False)
class Shared:
    """What the viewports of a window share.

    Parameters
    ----------
    captions : callable
        Says whose images layers are.
    tasks : Tasks
        Computes isosurfaces.
    session_key : str
        Rows of other sessions' tables cannot be dropped here.
    """

    desk: Desk
    viewer: Any
    layers: OpenLayers
    renderer: Renderer
    marks: MarkCache
    captions: Captions
    tasks: Tasks
    session_key: str = ""


class Viewport(QWidget):
    """Shows planes of the layers of one viewport of the desk, or a 3D view."""

    def __init__(self, key: str, shared: Shared) -> None:
        super().__init__()
        self.setObjectName(f"viewport {key}")
        self.key = key
        desk, layers = shared.desk, shared.layers
        self.controller = ViewportController(desk, key, shared.viewer, layers)
        self.canvas = PlaneCanvas(self)
        self.input = ViewportInput(
            self.controller, Bindings(), self.canvas.devicePixelRatioF
        )
        self.told: Callable[[], None] | None = None
        """Called when a new picture is shown."""
        self._shared = shared
        self._desk = desk
        self._rendered: tuple[Any, ...] | None = None
        self._problems: tuple[str, ...] = ()
        """Why something is missing in the picture."""
        self._was_seen = False
        self._shown: tuple[Tile, ...] = ()
        """The planes of the picture that is on the screen."""
        self._coming: PlaneScene | None = None
        """What was asked for and is not on the screen yet."""
        self._waiting: Overlay | None = None
        """What will be written over it: whose picture it is stands over no other's."""
        self.stack = QStackedLayout(self)
        self.stack.setContentsMargins(0, 0, 0, 0)
        self.stack.addWidget(self.canvas)
        self.view3d = View3D(self.controller, layers, shared.tasks, self.stack)
        self.viewbars = ViewbarStack(self.controller, layers, self)
        self.drops = DropArea(shared.session_key, layers, self)
        self.setAcceptDrops(True)
        self.canvas.mouse_event.connect(self.input.mouse)
        self.canvas.wheel_event.connect(self.input.wheel)
        self.canvas.resized.connect(self._on_resized)

    @property
    def shows_planes(self) -> bool:
        """Whether it shows a plane or a mosaic, not a 3D view."""
        return self._desk[self.key].kind is not Kind.VOLUME

    def forget_picture(self) -> None:
        """Render again at the next refresh, for a layer looks different."""
        self._rendered = None

    def refresh(self) -> None:
        """Show what the desk wants; render only what changed.

        A 3D view is told apart, by :meth:`refresh_3d`.
        """
        if not self.isVisible():
            return
        self.canvas.set_chosen(self._desk.chosen == self.key)
        self.controller.size = self.canvas.pixel_size
        self._was_seen = True
        try:
            self.viewbars.refresh()
            if self.shows_planes:
                self.stack.setCurrentWidget(self.canvas)
                self._refresh_planes()
        except Exception as problem:  # noqa: BLE001  # the edge: other viewports go on
            self.show_problem(str(problem) or type(problem).__name__)

    def _refresh_planes(self) -> None:
        planner = self.controller.planner()
        tiles = planner.tiles()
        self._ask_for_picture(planner, tiles)
        self._write_over(tiles)
        self.canvas.set_brush(self._brush_px(tiles[0]))

    def _ask_for_picture(self, planner: Planner, tiles: tuple[Tile, ...]) -> None:
        """Render anew where the picture would be another one."""
        state = self._desk[self.key]
        wanted: tuple[Any, ...] = (state.items, state.overrides)
        wanted += (state.slab_mm, state.slab_mode, *map(_place_of, tiles))
        if wanted == self._rendered:
            return
        self._rendered = wanted
        scene = scene_of(
            state, planner, self._shared.layers, self._shared.layers.time_of
        )
        self._problems = scene.problems
        self._coming = scene
        show = partial(self._show, scene=scene)
        self._shared.renderer.render(self.key, scene, show)

    def refresh_3d(self, pictures: Sequence[PlanePicture]) -> None:
        """Show layers and the pictures of other viewports in 3D."""
        if self.isVisible() and not self.shows_planes:
            self.view3d.refresh(pictures)
            self.viewbars.raise_()

    def grab_picture(self) -> QImage:
        """Return what is seen, with letters and lines but without bars."""
        if self.shows_planes or self.view3d.canvas is None:
            return self.canvas.grab().toImage()
        pixels = np.ascontiguousarray(self.view3d.canvas.screenshot())
        rows, columns = pixels.shape[:2]
        return QImage(
            pixels.data, columns, rows, columns * 4, QImage.Format.Format_RGBA8888
        ).copy()

    def show_problem(self, sentence: str) -> None:
        """Say in the viewport why there is no picture."""
        self._problems = (sentence,)
        overlay = self._waiting or self.canvas.overlay
        self._coming = self._waiting = None
        self.canvas.set_pixels(None)
        self.canvas.set_overlay(replace(overlay, note=sentence))

    def picture(self) -> PlanePicture | None:
        """Return what is on the screen, where that is one plane."""
        if self._desk[self.key].kind is not Kind.PLANE or self.canvas.pixels is None:
            return None
        if len(self._shown) != 1:
            return None
        return PlanePicture(self.key, self._shown[0].plane, self.canvas.pixels)

    def close_down(self) -> None:
        """Give back what a 3D view holds."""
        self.view3d.close()

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:
        if event is not None:
            self.drops.enter(event)

    def dragMoveEvent(self, event: QDragMoveEvent | None) -> None:
        if event is not None:
            self.drops.move_to(event)

    def dragLeaveEvent(self, _: QDragLeaveEvent | None) -> None:
        self.drops.leave()

    def dropEvent(self, event: QDropEvent | None) -> None:
        if event is not None:
            self.drops.drop(event)

    def _on_resized(self) -> None:
        """Keep what is seen when the room for it changes."""
        before, after = min(self.controller.size), min(self.canvas.pixel_size)
        spacing = self._desk[self.key].mm_per_pixel
        is_plane = self._desk[self.key].kind is Kind.PLANE
        if self._was_seen and spacing is not None and is_plane:
            self._desk.change(self.key, mm_per_pixel=spacing * before / after)
        self.controller.size = self.canvas.pixel_size
        self.refresh()

    def _show(self, pixels: Pixels, scene: PlaneScene) -> None:
        if scene is self._coming:
            overlay, self._coming, self._waiting = self._waiting, None, None
            if overlay is not None:
                self.canvas.set_overlay(overlay)
        elif self._waiting is not None:
            return  # of a case between the one on the screen and the one that comes
        self._shown = scene.tiles
        self.canvas.set_pixels(pixels)
        if self.told is not None:
            self.told()

    def _write_over(self, tiles: tuple[Tile, ...]) -> None:
        layers = self.controller.seen_layers()
        time = self._shared.layers.time_of
        reach_mm = self.controller.planner().step_mm() / 2
        marks = {
            number: self._shared.marks.marks_on(layers, tile.plane, reach_mm, time)
            for number, tile in enumerate(tiles)
        }
        overlay = overlay_of(self.controller, tiles, marks, time, self._shared.captions)
        note = "\n".join(part for part in (overlay.note, *self._problems) if part)
        overlay = replace(overlay, note=note)
        is_of_another = overlay.top_left != self.canvas.overlay.top_left
        if (
            self._coming is not None
            and self.canvas.pixels is not None
            and is_of_another
        ):
            self._waiting = overlay
        else:
            self._waiting = None
            self.canvas.set_overlay(overlay)

    def _brush_px(self, tile: Tile) -> float | None:
        if not self._desk.is_drawing:
            return None
        return self._desk.brush_radius_mm / tile.plane.spacing_mm


def _place_of(tile: Tile) -> tuple[Any, ...]:
    plane = tile.plane
    numbers = (*plane.center_mm, *plane.right, *plane.down, plane.spacing_mm)
    return (*(float(number) for number in numbers), plane.shape, tile.row, tile.column)
