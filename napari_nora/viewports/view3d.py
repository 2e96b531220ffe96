"""Keeps the 3D view of a viewport as the desk wants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qtpy.QtCore import QPoint, Qt
from qtpy.QtWidgets import QStackedLayout

from napari_nora.tasks import Tasks
from napari_nora.viewports.controller import ViewportController
from napari_nora.viewports.open_layers import OpenLayers
from napari_nora.viewports.state import Point
from napari_nora.viewports.three_d.canvas import VolumeCanvas
from napari_nora.viewports.three_d.items import PlanePicture, items_of
from napari_nora.viewports.three_d.menu import view_menu
from napari_nora.viewports.three_d.views import View


class View3D:
    """Makes the 3D canvas when it is first wanted, and feeds it.

    Parameters
    ----------
    stack : QStackedLayout
        Of the viewport; the canvas becomes one of its pages.
    """

    def __init__(
        self,
        controller: ViewportController,
        layers: OpenLayers,
        tasks: Tasks,
        stack: QStackedLayout,
    ) -> None:
        self._controller = controller
        self._layers = layers
        self._tasks = tasks
        self._stack = stack
        self.canvas: VolumeCanvas | None = None
        self._is_told = False
        self._pictures: tuple[PlanePicture, ...] = ()

    def refresh(self, pictures: Sequence[PlanePicture]) -> None:
        """Show the layers of the viewport, with the pictures of other viewports."""
        canvas = self.canvas or self._make()
        self._stack.setCurrentWidget(canvas)
        layers = self._controller.shown_layers()
        desk, state = self._controller.desk, self._controller.state
        if desk.maximized and not pictures:  # the planes it was maximized with stay
            pictures = self._pictures if layers else ()
        self._pictures = tuple(pictures)
        times = {str(layer.unique_id): self._layers.time_of(layer) for layer in layers}
        items = items_of(layers, state.overrides, times, has_planes=bool(pictures))
        crosshair: Point | None = desk.crosshair_mm if desk.shows_crosshair else None
        wanted = View(state.turn, state.focus_mm, state.mm_per_pixel)
        if wanted != canvas.view and not self._is_told:
            canvas.set_view(wanted)
        canvas.show_scene(items, crosshair, pictures)

    def close(self) -> None:
        """Give everything back."""
        if self.canvas is not None:
            self.canvas.shut()
            self.canvas = None

    def _make(self) -> VolumeCanvas:
        self.canvas = VolumeCanvas(self._tasks, self._stack.parentWidget())
        self._stack.addWidget(self.canvas)
        self.canvas.maximize_requested.connect(self._maximize)
        self.canvas.view_changed.connect(self._keep_view)
        self.canvas.menu_requested.connect(self._open_menu)
        return self.canvas

    def _maximize(self) -> None:
        desk, key = self._controller.desk, self._controller.key
        desk.maximize(None if desk.maximized else key)

    def _open_menu(self, place: QPoint) -> None:
        canvas = self.canvas
        if canvas is not None:
            menu = view_menu(canvas, canvas.items, self._change, canvas.look_from)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(place)

    def _change(self, layer: str, name: str, value: Any) -> None:
        desk, key = self._controller.desk, self._controller.key
        desk.override(layer, key, **{name: value})

    def _keep_view(self, view: Any) -> None:
        """Remember from where the user looks now; the canvas shows it already."""
        self._is_told = True
        try:
            self._controller.desk.change(
                self._controller.key,
                turn=view.turn,
                focus_mm=view.focus_mm,
                mm_per_pixel=view.mm_per_pixel,
            )
        finally:
            self._is_told = False
