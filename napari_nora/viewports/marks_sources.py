"""Surfaces, points and lines in the world, and what a plane shows of them.

A *source* holds arrays that were read from a layer once; ``source.on(plane, reach)``
may run in any thread. Colors are RGBA from 0 to 1, opacity included.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from napari_nora.viewports.marks_cutting import (
    Cut,
    Floats,
    box_misses,
    corners_of,
    cut_triangles,
    points_near,
    segments_near,
)
from nora_core.geometry.plane import Plane

MIN_RADIUS_PX = 2.5
MIN_WIDTH_PX, MAX_WIDTH_PX = 1.0, 8.0
EDGE_PART = 0.5
"""A ball that only comes near the plane is drawn with this part of its radius."""


@dataclass(frozen=True, eq=False)
class Lines:
    """Straight lines of one width.

    Parameters
    ----------
    pixels : (n, 2, 2) float32 array
        Column and row of both ends.
    colors : (4,) or (n, 4) float array
        Of all or of each.
    """

    pixels: NDArray[np.float32]
    colors: NDArray[np.float32]
    width_px: float = 1.5


@dataclass(frozen=True, eq=False)
class Dots:
    """Discs: (n, 2) column and row, (n,) radii in pixels, (n, 4) colors."""

    pixels: NDArray[np.float32]
    radii_px: NDArray[np.float32]
    colors: NDArray[np.float32]


@dataclass(frozen=True)
class Note:
    """A word beside a place."""

    col: float
    row: float
    text: str
    color: tuple[float, float, float, float]


@dataclass(frozen=True)
class Marks:
    """What one layer leaves on a plane, in pixels of the plane."""

    lines: tuple[Lines, ...] = ()
    dots: tuple[Dots, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not (self.lines or self.dots or self.notes)


NO_MARKS = Marks()


class MarkSource(Protocol):
    """Something that may meet a plane."""

    def on(self, plane: Plane, reach_mm: float) -> Marks:
        """Return what lies at most ``reach_mm`` before or behind a plane."""


@dataclass(frozen=True, eq=False)
class SurfaceSource:
    """A mesh; shown as its contour, whatever the reach.

    Parameters
    ----------
    vertices_mm : (v, 3) float32 array
    triangles : (t, 3) int array
    colors : (4,) or (v, 4) float32 array
        Of all vertices or of each.
    """

    vertices_mm: NDArray[np.float32]
    triangles: NDArray[np.integer]
    colors: NDArray[np.float32]
    width_px: float = 1.5

    @cached_property
    def corners_mm(self) -> NDArray[np.float32]:
        """The box around it, (8, 3)."""
        return corners_of(self.vertices_mm)

    def on(self, plane: Plane, reach_mm: float) -> Marks:
        """Return the contour; the reach is not asked."""
        if not len(self.triangles) or box_misses(self.corners_mm, plane):
            return NO_MARKS
        cut = cut_triangles(self.vertices_mm, self.triangles, plane)
        colors = self.colors
        if colors.ndim == 2:
            colors = colors[self.triangles[cut.index]].mean(axis=1)
        return _lines(cut, colors, self.width_px)


@dataclass(frozen=True, eq=False)
class PointSource:
    """Balls, and words beside them.

    Parameters
    ----------
    points_mm : (n, 3) float32 array
    radii_mm : (n,) float32 array
    colors : (n, 4) float32 array
    texts : tuple of str
        One each, or none at all.
    """

    points_mm: NDArray[np.float32]
    radii_mm: NDArray[np.float32]
    colors: NDArray[np.float32]
    texts: tuple[str, ...] = ()

    def on(self, plane: Plane, reach_mm: float) -> Marks:
        """Return discs where the plane passes through a ball or near its center."""
        reach = np.maximum(self.radii_mm, np.float32(reach_mm))
        cut = points_near(self.points_mm, plane, reach)
        if not len(cut.index) or cut.distance_mm is None:
            return NO_MARKS
        radii = self.radii_mm[cut.index]
        smallest = radii * EDGE_PART
        squares = np.maximum(radii**2 - cut.distance_mm**2, smallest**2)
        radii_px = np.maximum(np.sqrt(squares) / plane.spacing_mm, MIN_RADIUS_PX)
        colors = self.colors[cut.index]
        dots = Dots(cut.pixels, radii_px.astype(np.float32), colors)
        return Marks(dots=(dots,), notes=self._notes(cut, radii_px))

    def _notes(self, cut: Cut, radii_px: Floats) -> tuple[Note, ...]:
        if not self.texts:
            return ()
        return tuple(
            Note(
                float(col + radius),
                float(row - radius),
                self.texts[number],
                _color_of(self.colors[number]),
            )
            for number, (col, row), radius in zip(
                cut.index, cut.pixels, radii_px, strict=True
            )
            if self.texts[number]
        )


@dataclass(frozen=True, eq=False)
class LineSource:
    """Straight lines: arrows, outlines, paths.

    Parameters
    ----------
    starts_mm, ends_mm : (n, 3) float32 array
    colors : (n, 4) float32 array
    width_mm : float
    is_whole : bool
        Whether a line that starts near the plane is shown to its end, as arrows
        are; else only what lies near the plane.
    """

    starts_mm: NDArray[np.float32]
    ends_mm: NDArray[np.float32]
    colors: NDArray[np.float32]
    width_mm: float = 0.0
    is_whole: bool = field(default=False, kw_only=True)

    def on(self, plane: Plane, reach_mm: float) -> Marks:
        """Return the lines, or their parts, near the plane."""
        if not len(self.starts_mm):
            return NO_MARKS
        width = np.clip(self.width_mm / plane.spacing_mm, MIN_WIDTH_PX, MAX_WIDTH_PX)
        starts, ends, colors = self.starts_mm, self.ends_mm, self.colors
        if not self.is_whole:
            cut = segments_near(starts, ends, plane, reach_mm)
            return _lines(cut, colors[cut.index], float(width))
        near = points_near(starts, plane, reach_mm)
        tips = plane.to_pixels(ends[near.index])[:, :2].astype(np.float32)
        cut = Cut(np.stack([near.pixels, tips], axis=1), near.index)
        return _lines(cut, colors[cut.index], float(width))


def _lines(cut: Cut, colors: NDArray[np.float32], width_px: float) -> Marks:
    if not len(cut.index):
        return NO_MARKS
    return Marks(lines=(Lines(cut.pixels, colors, width_px),))


def _color_of(color: Floats) -> tuple[float, float, float, float]:
    red, green, blue, alpha = (float(part) for part in color)
    return red, green, blue, alpha
