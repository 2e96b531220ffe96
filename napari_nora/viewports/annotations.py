"""What is written over a plane: letters, lines of other planes, scale, texts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_nora.viewports.conventions import letters_of
from napari_nora.viewports.state import Orientation
from nora_core.geometry.plane import Plane

PLANE_COLORS = {
    Orientation.AXIAL: "#e8554d",
    Orientation.CORONAL: "#3fbf6f",
    Orientation.SAGITTAL: "#e6c229",
}
"""Lines of planes, as 3D Slicer colors them."""
_NICE_MM = (1, 2, 5, 10, 20, 50, 100, 200, 500)
_SCALE_PART = 0.22
"""The scale bar takes at most this part of the width."""
_PARALLEL = 0.02


@dataclass(frozen=True)
class Line:
    """A line across the viewport, in pixels; it leaves out what is near the cross."""

    x: float
    y: float
    dx: float
    dy: float
    color: str


@dataclass(frozen=True)
class ScaleBar:
    """A length that is easy to read."""

    length_px: float
    text: str


@dataclass(frozen=True)
class Letters:
    """Where the edges of a plane lie in the patient."""

    top: str
    bottom: str
    left: str
    right: str


def letters_at(plane: Plane) -> Letters:
    """Return the letters at the edges."""
    return Letters(
        letters_of(-plane.down),
        letters_of(plane.down),
        letters_of(-plane.right),
        letters_of(plane.right),
    )


def cut_line(
    plane: Plane, point_mm: ArrayLike, normal: NDArray[np.float64], color: str
) -> Line | None:
    """Return where a plane through ``point_mm`` (3,) cuts this one.

    ``None`` where they are parallel. Cut planes that all go through the crosshair
    meet in it.
    """
    along = np.cross(plane.normal, normal)
    length = float(np.linalg.norm(along))
    if length < _PARALLEL:
        return None
    x, y = plane.to_pixels(_on_plane(plane, np.asarray(point_mm), normal))[:2]
    dx, dy = (float(along @ axis / length) for axis in (plane.right, plane.down))
    return Line(float(x), float(y), dx, dy, color)


def _on_plane(
    plane: Plane, point: NDArray[np.float64], normal: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Move a point within the other plane onto this one, the shortest way."""
    toward = plane.normal - normal * (plane.normal @ normal)
    distance = (plane.center_mm - point) @ plane.normal
    moved: NDArray[np.float64] = point + toward * (distance / (toward @ plane.normal))
    return moved


def scale_bar(plane: Plane, width_px: int) -> ScaleBar | None:
    """Return the longest nice length that takes at most a part of the width."""
    room_mm = width_px * _SCALE_PART * plane.spacing_mm
    fitting = [length for length in _NICE_MM if length <= room_mm]
    if not fitting:
        return None
    length_mm = fitting[-1]
    return ScaleBar(length_mm / plane.spacing_mm, f"{length_mm} mm")


def number_text(value: float) -> str:
    """Return a number as short as it can be read.

    Examples
    --------
    >>> number_text(812.0), number_text(0.12345), number_text(-3.14159)
    ('812', '0.1235', '-3.142')
    """
    if not np.isfinite(value):
        return "–"
    if value == round(value) and abs(value) < 1e6:
        return f"{value:.0f}"
    return f"{value:.4g}"


def window_text(low: float, high: float) -> str:
    """Return a window as center and width."""
    center, width = number_text((low + high) / 2), number_text(high - low)
    return f"C {center}  W {width}"


def position_text(point_mm: Sequence[float], decimals: int = 1) -> str:
    """Return a point as radiologists write it.

    Examples
    --------
    >>> position_text((-12.4, 31.0, 8.7))
    'L 12.4  A 31.0  S 8.7 mm'
    >>> position_text((-12.4, 31.0, 8.7), decimals=0)
    'L 12  A 31  S 9 mm'
    """
    ends = (("L", "R"), ("P", "A"), ("I", "S"))
    parts = (
        f"{high if value >= 0 else low} {abs(value):.{decimals}f}"
        for value, (low, high) in zip(point_mm, ends, strict=True)
    )
    return "  ".join(parts) + " mm"


def clip_to(line: Line, width: float, height: float) -> tuple[float, ...] | None:
    """Return the ends of a line inside a rectangle, as x, y, x, y."""
    places = [*_crossings(line.x, line.dx, width), *_crossings(line.y, line.dy, height)]
    inside = sorted(t for t in places if _inside(line, t, width, height))
    if len(inside) < 2:
        return None
    first, last = inside[0], inside[-1]
    return (
        line.x + line.dx * first,
        line.y + line.dy * first,
        line.x + line.dx * last,
        line.y + line.dy * last,
    )


def _crossings(start: float, step: float, end: float) -> Iterable[float]:
    return () if abs(step) < 1e-9 else (-start / step, (end - start) / step)


def _inside(line: Line, t: float, width: float, height: float) -> bool:
    x, y = line.x + line.dx * t, line.y + line.dy * t
    return -0.5 <= x <= width + 0.5 and -0.5 <= y <= height + 0.5
