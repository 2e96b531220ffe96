"""What can be done in one viewport; mouse, keys, menus and tests all go through it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from napari.layers import Image, Labels
from numpy.typing import NDArray

from napari_nora.viewports.linking import set_look
from napari_nora.viewports.looks import value_of
from napari_nora.viewports.planning import Planner, Tile
from napari_nora.viewports.scene import planner_of
from napari_nora.viewports.sources import time_index
from napari_nora.viewports.state import Desk, Kind, ViewportState
from napari_nora.viewports.turns import combined, matrix_of, turn_about

ZOOM_STEP = 1.15
MIN_MM_PER_PIXEL, MAX_MM_PER_PIXEL = 0.002, 50.0
_WINDOW_PER_PIXEL = 1 / 200
_TURN_PER_PIXEL = np.pi / 500


class ViewportController:
    """Changes what one viewport shows.

    Parameters
    ----------
    layers : mapping
        Open layers by their id.
    """

    def __init__(
        self, desk: Desk, key: str, viewer: Any, layers: Mapping[str, Any]
    ) -> None:
        self.desk = desk
        self.key = key
        self.viewer = viewer
        self.layers = layers
        self.size = (1, 1)
        """Rows and columns of the viewport in pixels of the screen."""

    @property
    def state(self) -> ViewportState:
        """What the viewport shows."""
        return self.desk[self.key]

    def planner(self) -> Planner:
        """Return the present plan."""
        return planner_of(self.desk, self.key, self.layers, self.size)

    def tile_at(self, x: float, y: float) -> Tile:
        """Return the tile at a pixel, or the nearest one."""
        tiles = self.planner().tiles()

        def distance(tile: Tile) -> float:
            rows, columns = tile.plane.shape
            across = max(tile.column - x, x - tile.column - columns, 0)
            down = max(tile.row - y, y - tile.row - rows, 0)
            return float(across + down)

        return min(tiles, key=distance)

    def tile_of_crosshair(self) -> Tile:
        """Return the tile that is nearest to the crosshair."""
        crosshair = self.desk.crosshair_mm
        return min(
            self.planner().tiles(),
            key=lambda tile: abs(float(tile.plane.to_pixels(crosshair)[2])),
        )

    def world_at(self, x: float, y: float) -> NDArray[np.float64]:
        """Return the point (3,) in RAS+ mm at a pixel, counted from the top left.

        The center of the first pixel is at 0.5.
        """
        tile = self.tile_at(x, y)
        return tile.plane.to_world(x - tile.column - 0.5, y - tile.row - 0.5)

    def move_crosshair(self, x: float, y: float) -> None:
        """Move all viewports to the point at a pixel."""
        self.desk.move_crosshair(self.world_at(x, y))

    def step(self, slices: int) -> None:
        """Go some slices up or down."""
        slices *= self.desk.scroll_steps
        self.desk.move_crosshair(self.planner().stepped(slices))

    def zoom(self, steps: float, x: float, y: float) -> None:
        """Zoom in by some steps of the wheel; the point under the pointer stays."""
        tile = self.tile_at(x, y)
        plane = tile.plane
        wanted = plane.spacing_mm / ZOOM_STEP**steps
        spacing = float(np.clip(wanted, MIN_MM_PER_PIXEL, MAX_MM_PER_PIXEL))
        fixed = plane.to_world(x - tile.column - 0.5, y - tile.row - 0.5)
        focus = fixed + (plane.center_mm - fixed) * (spacing / plane.spacing_mm)
        self._look_at(focus, spacing)

    def pan(self, dx: float, dy: float) -> None:
        """Move the image by some pixels."""
        plane = self.planner().tiles()[0].plane
        shift = (plane.right * dx + plane.down * dy) * plane.spacing_mm
        self._look_at(plane.center_mm - shift, self.state.mm_per_pixel)

    def _look_at(self, focus: NDArray[np.float64], spacing: float | None) -> None:
        x, y, z = (float(value) for value in focus)
        self.desk.change(self.key, focus_mm=(x, y, z), mm_per_pixel=spacing)

    def window(self, dx: float, dy: float, *, only_here: bool = False) -> None:
        """Widen the window by a drag to the right, raise its center by one down."""
        layer = self.windowed_layer()
        if layer is None:
            return
        low, high = self.look_of(layer, "contrast_limits")
        width = (high - low) * float(np.exp(dx * _WINDOW_PER_PIXEL))
        center = (low + high) / 2 + dy * (high - low) * _WINDOW_PER_PIXEL
        limits = (center - width / 2, center + width / 2)
        self.set_look(layer, "contrast_limits", limits, only_here=only_here)

    def windowed_layer(self) -> Any | None:
        """Return the image whose window a drag changes: the chosen, or the lowest."""
        images = [
            layer
            for layer in self.shown_layers()
            if isinstance(layer, Image) and not layer.rgb
        ]
        chosen = [layer for layer in images if layer in self.viewer.layers.selection]
        return next(iter(chosen or images), None)

    def shown_layers(self) -> list[Any]:
        """Return the layers of the viewport from the background up."""
        return [self.layers[item] for item in self.state.items if item in self.layers]

    def seen_layers(self) -> list[Any]:
        """Return the layers that are not hidden in this viewport."""
        shown = self.shown_layers()
        return [layer for layer in shown if self.look_of(layer, "visible")]

    def look_of(self, layer: Any, name: str) -> Any:
        """Return a property of a layer as this viewport shows it."""
        overrides = self.state.overrides.get(str(layer.unique_id), {})
        return value_of(layer, name, overrides)

    def time_of(self, layer: Any) -> int:
        """Return the present index along a layer's time axis; 0 without one."""
        return time_index(layer, self.viewer.dims.point)

    def set_look(
        self, layer: Any, name: str, value: Any, *, only_here: bool = False
    ) -> None:
        """Change a property everywhere, or in this viewport alone."""
        set_look(self.desk, layer, name, value, self.key, only_here=only_here)

    def turn(self, dx: float, dy: float) -> None:
        """Tilt the plane about the crosshair, as if its front were dragged."""
        right, down = self.planner().axes()
        angle = float(np.hypot(dx, dy)) * _TURN_PER_PIXEL
        if angle == 0 or self.state.kind is Kind.VOLUME:
            return
        # the front follows the pointer: the axis lies across the way it goes
        axis = down * -dx + right * dy
        self.turn_by(axis, angle)

    def turn_by(self, axis: NDArray[np.float64], angle_rad: float) -> None:
        """Turn the plane about an axis (3,) through the crosshair.

        The crosshair stays where it is on the screen, and the zoom as it is.
        """
        turn = turn_about(axis, angle_rad)
        plane = self.tile_of_crosshair().plane
        crosshair = np.array(self.desk.crosshair_mm)
        focus = crosshair + matrix_of(turn) @ (plane.center_mm - crosshair)
        x, y, z = (float(value) for value in focus)
        self.desk.change(
            self.key,
            turn=combined(turn, self.state.turn),
            focus_mm=(x, y, z),
            mm_per_pixel=plane.spacing_mm,
        )

    def roll(self, angle_rad: float) -> None:
        """Turn the image in its plane, clockwise."""
        right, down = self.planner().axes()
        self.turn_by(np.cross(right, down), -angle_rad)

    def center(self) -> None:
        """Bring the crosshair into the middle."""
        plane = self.planner().plane()
        self._look_at(np.array(self.desk.crosshair_mm), plane.spacing_mm)

    def reset(self) -> None:
        """Show the whole image again, and put the crosshair into its middle."""
        self.desk.reset_view(self.key)
        x, y, z = (float(value) for value in self.planner().fitted.center_mm)
        self.desk.move_crosshair((x, y, z))

    def labels_layer(self) -> Any | None:
        """Return the mask that is drawn on: the chosen, or the uppermost."""
        masks = [layer for layer in self.shown_layers() if isinstance(layer, Labels)]
        chosen = [layer for layer in masks if layer in self.viewer.layers.selection]
        return next(iter(chosen or masks[::-1]), None)
