"""Compiled inner loops of sampling planes; :mod:`nora_core.geometry.planes` calls them.

Voxels come as a flat read-only array with the strides (in elements, none negative,
the shortest last for speed) and sizes of its three axes, so one compiled function per
number type serves every memory order. ``ways`` is a (3, 3) array in voxel coordinates:
where the first pixel lies, and the steps per column and per row. Every index is
clamped to the image, so no plane, however far away, can read outside it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic
from numpy.typing import NDArray

EDGE = 0.5 + 1e-6
"""How far a border voxel reaches from its center, in voxels; rounding included."""

FAR = 1e12
"""Where no image is, in voxels; NaN and infinity count as far."""

AHEAD = 16
"""How many pixels early the memory is asked for a voxel."""

_FAST = {"contract", "arcp", "nsz"}  # NaN and infinity keep their meaning
_compiled = njit(nogil=True, cache=True, fastmath=_FAST, error_model="numpy")


def _build_prefetch(_context: Any, array: Any, index: Any) -> Any:
    """Ask for a place of an array, which may lie outside, without waiting for it.

    Oblique planes through large volumes wait for memory most of the time; this halves
    it.
    """

    def build(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, given[0]).data
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        function = builder.module.declare_intrinsic("llvm.prefetch", [byte], kind)
        place = builder.bitcast(builder.gep(data, [given[1]]), byte)
        to_read, stays, is_data = (ir.Constant(number, n) for n in (0, 3, 1))
        builder.call(function, [place, to_read, stays, is_data])
        return context.get_dummy_value()

    return types.void(array, types.intp), build


_prefetch: Any = intrinsic(_build_prefetch)


@_compiled
def _span(start: Any, step: Any, size: int, first: int, end: int) -> tuple[int, int]:
    """Return the columns [first, end) in which one coordinate lies in the image."""
    low, high = -EDGE, size - 1 + EDGE
    if not (abs(start) < FAR and abs(step) < FAR):
        return first, first
    if abs(step) < 1e-12:
        if start < low or start > high:
            return first, first
        return first, end
    a, b = (low - start) / step, (high - start) / step
    if a > b:
        a, b = b, a
    a, b = max(np.ceil(a), first), min(np.floor(b) + 1, end)
    if not a < b:
        return first, first
    return int(a), int(b)


@_compiled
def _inside(
    x: Any, y: Any, z: Any, ways: Any, sizes: Any, cols: int
) -> tuple[int, int]:
    """Return the columns [first, end) of a row that lie in the image."""
    first, end = _span(x, ways[1, 0], sizes[0], 0, cols)
    first, end = _span(y, ways[1, 1], sizes[1], first, end)
    return _span(z, ways[1, 2], sizes[2], first, end)


@_compiled
def _place(strides: Any, highest: Any, x: Any, y: Any, z: Any) -> Any:
    """Return where in memory the voxel before a place lies."""
    i = int(min(max(x, 0.0), highest[0]))
    j = int(min(max(y, 0.0), highest[1]))
    k = int(min(max(z, 0.0), highest[2]))
    return i * strides[0] + j * strides[1] + k * strides[2]


@_compiled
def _value(flat: Any, strides: Any, highest: Any, x: Any, y: Any, z: Any) -> Any:
    """Interpolate between the eight voxels around a place, as float32."""
    x = min(max(x, 0.0), highest[0])
    y = min(max(y, 0.0), highest[1])
    z = min(max(z, 0.0), highest[2])
    i, j, k = int(x), int(y), int(z)
    a, b, c = np.float32(x - i), np.float32(y - j), np.float32(z - k)
    # a neighbor of no weight is not read: it may be NaN or beyond the border
    di = strides[0] if a > 0 else 0
    dj = strides[1] if b > 0 else 0
    dk = strides[2] if c > 0 else 0
    p = i * strides[0] + j * strides[1] + k * strides[2]
    v000, v100 = np.float32(flat[p]), np.float32(flat[p + di])
    v010, v110 = np.float32(flat[p + dj]), np.float32(flat[p + di + dj])
    p += dk
    v001, v101 = np.float32(flat[p]), np.float32(flat[p + di])
    v011, v111 = np.float32(flat[p + dj]), np.float32(flat[p + di + dj])
    v00, v10 = v000 + a * (v100 - v000), v010 + a * (v110 - v010)
    v01, v11 = v001 + a * (v101 - v001), v011 + a * (v111 - v011)
    v0, v1 = v00 + b * (v10 - v00), v01 + b * (v11 - v01)
    return v0 + c * (v1 - v0)


@_compiled
def linear_rows(
    flat: NDArray[Any],
    strides: tuple[int, int, int],
    sizes: tuple[int, int, int],
    ways: NDArray[np.float64],
    snap: bool,
    places: tuple[int, int, int, int],
    out: NDArray[np.float32],
) -> None:
    """Write the interpolated values of some rows; pixels outside stay as they are.

    ``snap`` takes the nearest voxel instead. ``places`` are rows, columns, channels
    and this channel: pixel (r, c) goes to ``out[(r * cols + c) * channels + channel]``.
    """
    rows, cols, channels, channel = places
    highest = (sizes[0] - 1.0, sizes[1] - 1.0, sizes[2] - 1.0)
    dx, dy, dz = ways[1, 0], ways[1, 1], ways[1, 2]
    for r in range(rows):
        x = ways[0, 0] + r * ways[2, 0]
        y = ways[0, 1] + r * ways[2, 1]
        z = ways[0, 2] + r * ways[2, 2]
        first, end = _inside(x, y, z, ways, sizes, cols)
        target = r * cols * channels + channel
        if snap:
            for c in range(first, end):
                i, j, k = x + c * dx, y + c * dy, z + c * dz
                i, j, k = np.floor(i + 0.5), np.floor(j + 0.5), np.floor(k + 0.5)
                out[target + c * channels] = _value(flat, strides, highest, i, j, k)
        else:
            for c in range(first, end):
                n = c + AHEAD
                p = _place(strides, highest, x + n * dx, y + n * dy, z + n * dz)
                _prefetch(flat, p)
                _prefetch(flat, p + strides[0])
                _prefetch(flat, p + strides[1])
                _prefetch(flat, p + strides[0] + strides[1])
                i, j, k = x + c * dx, y + c * dy, z + c * dz
                out[target + c * channels] = _value(flat, strides, highest, i, j, k)


@_compiled
def nearest_rows(
    flat: NDArray[Any],
    strides: tuple[int, int, int],
    sizes: tuple[int, int, int],
    ways: NDArray[np.float64],
    places: tuple[int, int, int, int],
    out: NDArray[Any],
) -> None:
    """Copy the nearest voxels of some rows; see :func:`linear_rows`."""
    rows, cols, channels, channel = places
    highest = (sizes[0] - 1.0, sizes[1] - 1.0, sizes[2] - 1.0)
    dx, dy, dz = ways[1, 0], ways[1, 1], ways[1, 2]
    for r in range(rows):
        x = ways[0, 0] + r * ways[2, 0]
        y = ways[0, 1] + r * ways[2, 1]
        z = ways[0, 2] + r * ways[2, 2]
        first, end = _inside(x, y, z, ways, sizes, cols)
        target = r * cols * channels + channel
        x, y, z = x + 0.5, y + 0.5, z + 0.5
        for c in range(first, end):
            n = c + AHEAD
            p = _place(strides, highest, x + n * dx, y + n * dy, z + n * dz)
            _prefetch(flat, p)
            p = _place(strides, highest, x + c * dx, y + c * dy, z + c * dz)
            out[target + c * channels] = flat[p]


@_compiled
def linear_points(
    flat: NDArray[Any],
    strides: tuple[int, int, int],
    sizes: tuple[int, int, int],
    points: NDArray[np.float64],
    snap: bool,
) -> NDArray[np.float32]:
    """Return interpolated values at (n, 3) voxel coordinates, NaN outside."""
    highest = (sizes[0] - 1.0, sizes[1] - 1.0, sizes[2] - 1.0)
    out = np.empty(len(points), np.float32)
    for n in range(len(points)):
        x, y, z = points[n, 0], points[n, 1], points[n, 2]
        inside = -EDGE <= x <= highest[0] + EDGE and -EDGE <= y <= highest[1] + EDGE
        if inside and -EDGE <= z <= highest[2] + EDGE:
            if snap:
                x, y, z = np.floor(x + 0.5), np.floor(y + 0.5), np.floor(z + 0.5)
            out[n] = _value(flat, strides, highest, x, y, z)
        else:
            out[n] = np.nan
    return out
