"""From what the user wants to see to planes in the world."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_nora.viewports.background import Background
from napari_nora.viewports.conventions import Axes, axes_of
from napari_nora.viewports.state import (
    Convention,
    Kind,
    Mosaic,
    Point,
    ViewportState,
)
from napari_nora.viewports.turns import matrix_of
from nora_core.geometry.plane import Plane

_MARGIN = 1.02
"""An image that fits leaves a small border."""
_EMPTY = Background(
    (200, 200, 200),
    np.array([[1.0, 0, 0, -99.5], [0, 1, 0, -99.5], [0, 0, 1, -99.5], [0, 0, 0, 1]]),
)
"""What a viewport without an image is fitted to."""


@dataclass(frozen=True, eq=False)
class Tile:
    """A plane and where it stands in the viewport.

    Parameters
    ----------
    row, column : int
        Its top left pixel.
    slice_number : int or None
        Counted from 0, where it is a slice of the background.
    """

    plane: Plane
    row: int = 0
    column: int = 0
    slice_number: int | None = None


@dataclass(frozen=True, eq=False)
class Planner:
    """Plans the planes of one viewport.

    Parameters
    ----------
    size : tuple of 2 int
        Rows and columns of the viewport in pixels of the screen.
    """

    viewport: ViewportState
    convention: Convention
    crosshair_mm: Point
    size: tuple[int, int]
    background: Background | None = None

    @property
    def fitted(self) -> Background:
        """The background, or a box where there is none."""
        return self.background or _EMPTY

    def axes(self) -> Axes:
        """Return the directions to the right and down."""
        stored = self.background.affine if self.background else None
        right, down = axes_of(self.convention, self.viewport.orientation, stored)
        if not self.viewport.is_turned:
            return right, down
        turn = matrix_of(self.viewport.turn)
        return turn @ right, turn @ down

    def plane(self) -> Plane:
        """Return the plane of a viewport that shows one."""
        return self.plane_of_size(self.size)

    def plane_of_size(self, size: tuple[int, int]) -> Plane:
        """Return the plane through the crosshair, in a part of the viewport."""
        right, down = self.axes()
        focus = self._focus()
        spacing = self.viewport.mm_per_pixel or self._fitting(right, down, size)
        plane = Plane(focus, right, down, spacing, size)
        return plane.moved_to(self._depth(right, down)[0])

    def slice_number(self) -> int | None:
        """Return the index of the background's slice, where the plane is one."""
        return self._depth(*self.axes())[1]

    def tiles(self) -> tuple[Tile, ...]:
        """Return the planes of the viewport; a mosaic has many."""
        if self.viewport.kind is not Kind.MOSAIC:
            return (Tile(self.plane(), slice_number=self.slice_number()),)
        return self._mosaic_tiles()

    def step_mm(self) -> float:
        """Return how far it is to the next slice."""
        right, down = self.axes()
        axis = self.fitted.slice_axis(right, down)
        return self.fitted.step_mm(np.cross(right, down), axis)

    def stepped(self, slices: int) -> Point:
        """Return the crosshair moved by some slices, not beyond the image.

        A positive number moves towards S, A or R, whichever way the plane faces.
        """
        right, down = self.axes()
        normal = np.cross(right, down)
        normal = normal * np.sign(normal[np.argmax(np.abs(normal))])
        start = np.array(self._depth(right, down)[0])
        half = self.step_mm() / 2
        low, high = self.fitted.range_mm(normal)
        place = start @ normal
        wanted = np.clip(place + slices * self.step_mm(), low + half, high - half)
        x, y, z = start + normal * (wanted - place)
        return float(x), float(y), float(z)

    def _focus(self) -> NDArray[np.float64]:
        focus = self.viewport.focus_mm
        return self.fitted.center_mm if focus is None else np.array(focus)

    def _fitting(
        self,
        right: NDArray[np.float64],
        down: NDArray[np.float64],
        size: tuple[int, int],
    ) -> float:
        """Return the mm per pixel with which the background just fits."""
        rows, columns = size
        spans = [high - low for low, high in map(self.fitted.range_mm, (down, right))]
        return float(max(spans[0] / rows, spans[1] / columns)) * _MARGIN

    def _depth(
        self, right: NDArray[np.float64], down: NDArray[np.float64]
    ) -> tuple[Point, int | None]:
        """Return a point of the plane: a slice of the image where that is near."""
        axis = self.fitted.slice_axis(right, down)
        if axis is None:
            return self.crosshair_mm, None
        return self.fitted.on_slice(np.array(self.crosshair_mm), axis)

    def _mosaic_tiles(self) -> tuple[Tile, ...]:
        right, down = self.axes()
        rows, columns = self._mosaic_shape(right, down)
        height, width = self.size[0] // rows, self.size[1] // columns
        if height < 1 or width < 1:
            return (Tile(self.plane(), slice_number=self.slice_number()),)
        plane = self.plane_of_size((height, width))
        step_mm, first = self._mosaic_steps(plane, rows * columns)
        tiles = []
        for number in range(rows * columns):
            shift = plane.normal * (step_mm * (number - first))
            moved = plane.moved_to(plane.center_mm + shift)
            at = divmod(number, columns)
            index = self._slice_through(moved)
            tiles.append(Tile(moved, at[0] * height, at[1] * width, index))
        return tuple(tiles)

    def _slice_through(self, plane: Plane) -> int | None:
        axis = self.fitted.slice_axis(plane.right, plane.down)
        if axis is None:
            return None
        voxel = self.fitted.inverse @ np.append(plane.center_mm, 1.0)
        number = round(float(voxel[axis]))
        return number if 0 <= number < self.fitted.shape[axis] else None

    def _mosaic_shape(
        self, right: NDArray[np.float64], down: NDArray[np.float64]
    ) -> tuple[int, int]:
        """Return rows and columns of tiles: as asked, or as large as they fit."""
        mosaic: Mosaic = self.viewport.mosaic
        if mosaic.rows and mosaic.columns:
            return mosaic.rows, mosaic.columns
        low, high = self.fitted.range_mm(down)
        left, end = self.fitted.range_mm(right)
        shape = (end - left) / max(high - low, 1e-6)
        rows = mosaic.rows or 1
        columns = round(self.size[1] / max(self.size[0] / rows * shape, 1))
        return rows, min(max(columns, 1), 40)

    def _mosaic_steps(self, plane: Plane, count: int) -> tuple[float, int]:
        """Return the distance of tiles, with sign, and which one has the crosshair.

        Tiles run from I, P or L upwards; the whole image where no step is set.
        """
        up = plane.normal[np.argmax(np.abs(plane.normal))] > 0
        slice_mm = self.step_mm()
        low, high = self.fitted.range_mm(plane.normal)
        if self.viewport.mosaic.step_mm:
            slices = max(1, round(self.viewport.mosaic.step_mm / slice_mm))
        else:
            slices = max(1, math.ceil((high - low) / slice_mm / count))
        step_mm = slices * slice_mm
        place = float(plane.center_mm @ plane.normal)
        before = (place - low) if up else (high - place)
        first = min(int(before / step_mm), count - 1)
        return (step_mm if up else -step_mm), first
