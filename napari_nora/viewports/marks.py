"""What surfaces, points, vectors and shapes leave on the plane of a viewport.

:func:`source_of` reads a napari layer in the main thread and is quick; what it
returns may then be put on any number of planes in other threads. Layers of other
types, and of fewer than three dimensions, have no place in the world and leave
nothing. Streamlines come with their own layer type: add its reader in
:func:`source_of`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from napari.layers import Points, Shapes, Surface, Vectors
from numpy.typing import NDArray

from napari_nora.viewports.marks_sources import (
    NO_MARKS,
    LineSource,
    Marks,
    MarkSource,
    PointSource,
    SurfaceSource,
)
from napari_nora.viewports.sources import affine_of
from nora_core.geometry.affine import apply_affine
from nora_core.geometry.plane import Plane

CONTOUR_PX = 1.5
ELLIPSE_SIDES = 64
_CLOSED = {"rectangle", "polygon", "ellipse"}


def marks_of(layer: Any, plane: Plane, reach_mm: float, time: int = 0) -> Marks:
    """Return what a layer leaves on a plane.

    Parameters
    ----------
    layer : napari layer
        Its world is RAS+ mm; the last three axes are space.
    plane : Plane
        What the viewport shows.
    reach_mm : float
        How far before and behind the plane things are shown: half a slice.
    time : int
        Which index along the first axis, where there are four.
    """
    source = source_of(layer, time)
    return NO_MARKS if source is None else source.on(plane, reach_mm)


def source_of(layer: Any, time: int = 0) -> MarkSource | None:
    """Return what planes can be put through; ``None`` for other types of layers."""
    if layer.ndim < 3:
        return None
    if isinstance(layer, Surface):
        return _surface(layer, time)
    if isinstance(layer, Points):
        return _points(layer, time)
    if isinstance(layer, Vectors):
        return _vectors(layer, time)
    if isinstance(layer, Shapes):
        return _shapes(layer, time)
    return None


def _surface(layer: Any, time: int) -> SurfaceSource:
    vertices, triangles, _ = layer.data
    is_now = _is_now(vertices, time)
    if not is_now.all():  # a mesh of its own for each time
        triangles = triangles[is_now[triangles].all(axis=1)]
    return SurfaceSource(
        _places(layer, vertices),
        triangles,
        surface_colors(layer, time),
        CONTOUR_PX,
    )


def surface_colors(layer: Any, time: int = 0) -> NDArray[np.float32]:
    """Return a surface's color, (4,), or those of its vertices, (n, 4)."""
    colors = layer.vertex_colors
    if colors is not None:
        colors = _of_time(np.asarray(colors), 2, time)
        if colors.shape[-1] == 3:
            colors = np.column_stack([colors, np.ones(len(colors))])
        return _faded(colors, layer)
    values = _of_time(np.asarray(layer.vertex_values), 1, time)
    if values.size and values.min() == values.max():
        values = values[:1]
    low, high = layer.contrast_limits
    parts = np.clip((values - low) / ((high - low) or 1), 0, 1) ** layer.gamma
    colors = _faded(layer.colormap.map(parts), layer)
    return colors[0] if len(colors) == 1 else colors


def _points(layer: Any, time: int) -> PointSource:
    data = np.asarray(layer.data, dtype=np.float64)
    chosen = np.flatnonzero(_is_now(data, time) & layer.shown)
    radii = np.asarray(layer.size, dtype=np.float64)[chosen] / 2 * _mm_per_unit(layer)
    texts: tuple[str, ...] = ()
    if layer.text.visible:
        words = np.broadcast_to(np.asarray(layer.text.values), len(data))
        texts = tuple(str(words[number]) for number in chosen)
    return PointSource(
        _places(layer, data[chosen]),
        radii.astype(np.float32),
        _faded(layer.face_color[chosen], layer),
        texts if any(texts) else (),
    )


def _vectors(layer: Any, time: int) -> LineSource:
    data = np.asarray(layer.data, dtype=np.float64)
    chosen = np.flatnonzero(_is_now(data[:, 0], time))
    starts, steps = data[chosen, 0], data[chosen, 1]
    return LineSource(
        _places(layer, starts),
        _places(layer, starts + steps * layer.length),
        _faded(layer.edge_color[chosen], layer),
        layer.edge_width * _mm_per_unit(layer),
        is_whole=True,
    )


def _shapes(layer: Any, time: int) -> LineSource:
    starts, ends, owner = [], [], []
    kinds = zip(layer.data, layer.shape_type, strict=True)
    for number, (corners, kind) in enumerate(kinds):
        if not _is_now(np.asarray(corners), time).all():
            continue
        places = _outline(np.asarray(corners, dtype=np.float64)[:, -3:], str(kind))
        starts.append(places[:-1])
        ends.append(places[1:])
        owner.append(np.full(len(places) - 1, number))
    if not owner:
        none = np.zeros((0, 3), dtype=np.float32)
        return LineSource(none, none, np.zeros((0, 4), dtype=np.float32))
    index = np.concatenate(owner)
    widths = np.asarray(layer.edge_width, dtype=np.float64)
    return LineSource(
        _places(layer, np.concatenate(starts)),
        _places(layer, np.concatenate(ends)),
        _faded(np.asarray(layer.edge_color)[index], layer),
        float(widths.max()) * _mm_per_unit(layer),
    )


def _outline(corners: NDArray[np.float64], kind: str) -> NDArray[np.float64]:
    """Return the corners of a shape in their order, the first one again at the end."""
    if kind == "ellipse":
        middle = corners.mean(axis=0)
        across, along = (corners[1] - corners[0]) / 2, (corners[3] - corners[0]) / 2
        turn = np.linspace(0, 2 * np.pi, ELLIPSE_SIDES, endpoint=False)[:, np.newaxis]
        corners = middle + np.cos(turn) * across + np.sin(turn) * along
    if kind in _CLOSED:
        corners = np.concatenate([corners, corners[:1]])
    return corners


def _places(layer: Any, data: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return the last three columns in RAS+ mm."""
    return apply_affine(affine_of(layer), data[:, -3:]).astype(np.float32)


def _is_now(data: NDArray[np.floating], time: int) -> NDArray[np.bool_]:
    """Whether the first of four coordinates is ``time``; always where it is missing."""
    if data.shape[1] < 4:
        return np.ones(len(data), dtype=np.bool_)
    is_now: NDArray[np.bool_] = np.rint(data[:, 0]) == time
    return is_now


def _of_time(values: NDArray[Any], ndim: int, time: int) -> NDArray[Any]:
    """Return the values of one time where there are some for each."""
    while values.ndim > ndim:
        values = values[min(time, len(values) - 1)]
    return values


def _mm_per_unit(layer: Any) -> float:
    """Return how long one unit of the layer's data is on average."""
    return float(np.cbrt(abs(np.linalg.det(affine_of(layer)[:3, :3]))))


def _faded(colors: NDArray[np.floating], layer: Any) -> NDArray[np.float32]:
    return np.asarray(colors * (1, 1, 1, layer.opacity), dtype=np.float32)
