"""Compiled inner loops of sampling planes; :mod:`nora_core.geometry.planes` calls them.

Voxels come as a flat read-only array with the strides (in elements, none negative,
the shortest last for speed) and sizes of its three axes, so one compiled function per
number type serves every memory order. ``ways`` is a (3, 3) array in voxel coordinates:
where the first pixel lies, and the steps per column and per row. No plane, however far
away or steep, reads outside the image: indices are clamped, or columns bounded before.
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

FAR = 1e8
"""Where no image is, in voxels; NaN and infinity count as far."""

SAFE = 1e-6
"""Distance from the last voxels, in voxels, that no rounding of places up to FAR makes
up for."""

AHEAD = 24
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
def _span(
    start: Any, step: Any, low: float, high: float, first: int, end: int
) -> tuple[int, int]:
    """Return the columns of [first, end) in which low <= start + c * step <= high."""
    if not (abs(start) < FAR and abs(step) < FAR):
        return first, first
    if step == 0:
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
def _touching(start: Any, step: Any, highest: Any, cols: int) -> tuple[int, int]:
    """Return the columns [first, end) of a row that lie in the image."""
    first, end = 0, cols
    for n in range(3):
        high = highest[n] + EDGE
        first, end = _span(start[n], step[n], -EDGE, high, first, end)
    return first, end


@_compiled
def _between(
    start: Any, step: Any, highest: Any, first: int, end: int
) -> tuple[int, int]:
    """Return the columns of [first, end) that lie between voxels on all sides."""
    for n in range(3):
        margin = SAFE if step[n] != 0 else 0.0
        high = highest[n] - margin
        first, end = _span(start[n], step[n], margin, high, first, end)
    return first, end


@_compiled
def _mixed(flat: Any, p: int, by: Any, a: Any, b: Any, c: Any) -> Any:
    """Interpolate between eight voxels: ``p`` and those ``by`` from it, as float32."""
    v000, v100 = np.float32(flat[p]), np.float32(flat[p + by[0]])
    v010, v110 = np.float32(flat[p + by[1]]), np.float32(flat[p + by[0] + by[1]])
    p += by[2]
    v001, v101 = np.float32(flat[p]), np.float32(flat[p + by[0]])
    v011, v111 = np.float32(flat[p + by[1]]), np.float32(flat[p + by[0] + by[1]])
    v00, v10 = v000 + a * (v100 - v000), v010 + a * (v110 - v010)
    v01, v11 = v001 + a * (v101 - v001), v011 + a * (v111 - v011)
    v0, v1 = v00 + b * (v10 - v00), v01 + b * (v11 - v01)
    return v0 + c * (v1 - v0)


@_compiled
def _value(flat: Any, strides: Any, highest: Any, x: Any, y: Any, z: Any) -> Any:
    """Interpolate at any place, beyond the border as at the border."""
    x = min(max(x, 0.0), highest[0])
    y = min(max(y, 0.0), highest[1])
    z = min(max(z, 0.0), highest[2])
    i, j, k = int(x), int(y), int(z)
    a, b, c = np.float32(x - i), np.float32(y - j), np.float32(z - k)
    # a neighbor of no weight is not read: it may be NaN or beyond the border
    di = strides[0] if x > i else 0
    dj = strides[1] if y > j else 0
    dk = strides[2] if z > k else 0
    p = i * strides[0] + j * strides[1] + k * strides[2]
    return _mixed(flat, p, (di, dj, dk), a, b, c)


@_compiled
def _clamped_line(
    flat: Any, strides: Any, highest: Any, line: Any, snap: bool, span: Any, out: Any
) -> None:
    """Fill a part of a row, at the border too."""
    (x, y, z), (dx, dy, dz) = line
    for c in range(span[0], span[1]):
        u, v, w = x + c * dx, y + c * dy, z + c * dz
        if snap:
            u, v, w = np.floor(u + 0.5), np.floor(v + 0.5), np.floor(w + 0.5)
        out[c] = _value(flat, strides, highest, u, v, w)


@_compiled
def _inner_line(flat: Any, strides: Any, line: Any, span: Any, out: Any) -> None:
    """Fill a part of a row that lies between voxels on all sides."""
    ((x, y, z), (dx, dy, dz)), (si, sj, sk) = line, strides
    # across a slice through voxel centers, the next slice is not read
    di = si if dx != 0 or x > int(x) else 0
    dj = sj if dy != 0 or y > int(y) else 0
    dk = sk if dz != 0 or z > int(z) else 0
    for c in range(span[0], span[1]):
        n = min(c + AHEAD, span[1] - 1)
        p = int(x + n * dx) * si + int(y + n * dy) * sj + int(z + n * dz) * sk
        _prefetch(flat, p)
        _prefetch(flat, p + di)
        _prefetch(flat, p + dj)
        _prefetch(flat, p + di + dj)
        u, v, w = x + c * dx, y + c * dy, z + c * dz
        i, j, k = int(u), int(v), int(w)
        a, b, e = np.float32(u - i), np.float32(v - j), np.float32(w - k)
        out[c] = _mixed(flat, i * si + j * sj + k * sk, (di, dj, dk), a, b, e)


@_compiled
def linear_rows(
    flat: NDArray[Any],
    strides: tuple[int, int, int],
    sizes: tuple[int, int, int],
    ways: NDArray[np.float64],
    snap: bool,
    out: NDArray[np.float32],
) -> None:
    """Write the interpolated values of all rows of ``out``; see :func:`_value`.

    Pixels outside stay as they are. ``snap`` takes the nearest voxel instead.
    """
    highest = (sizes[0] - 1.0, sizes[1] - 1.0, sizes[2] - 1.0)
    step = (ways[1, 0], ways[1, 1], ways[1, 2])
    for r in range(out.shape[0]):
        x, y, z = ways[0, 0], ways[0, 1], ways[0, 2]
        start = (x + r * ways[2, 0], y + r * ways[2, 1], z + r * ways[2, 2])
        first, end = _touching(start, step, highest, out.shape[1])
        a, b = first, first
        if not snap:
            a, b = _between(start, step, highest, first, end)
        row, line = out[r], (start, step)
        _clamped_line(flat, strides, highest, line, snap, (first, a), row)
        _inner_line(flat, strides, line, (a, b), row)
        _clamped_line(flat, strides, highest, line, snap, (b, end), row)


@_compiled
def _place(strides: Any, highest: Any, x: Any, y: Any, z: Any) -> Any:
    """Return where in memory the voxel at rounded-down coordinates lies."""
    i = int(min(max(x, 0.0), highest[0]))
    j = int(min(max(y, 0.0), highest[1]))
    k = int(min(max(z, 0.0), highest[2]))
    return i * strides[0] + j * strides[1] + k * strides[2]


@_compiled
def nearest_rows(
    flat: NDArray[Any],
    strides: tuple[int, int, int],
    sizes: tuple[int, int, int],
    ways: NDArray[np.float64],
    out: NDArray[Any],
) -> None:
    """Copy the nearest voxels to all rows of ``out``; outside stays as it is."""
    highest = (sizes[0] - 1.0, sizes[1] - 1.0, sizes[2] - 1.0)
    dx, dy, dz = step = (ways[1, 0], ways[1, 1], ways[1, 2])
    for r in range(out.shape[0]):
        x, y, z = ways[0, 0], ways[0, 1], ways[0, 2]
        x, y, z = x + r * ways[2, 0], y + r * ways[2, 1], z + r * ways[2, 2]
        first, end = _touching((x, y, z), step, highest, out.shape[1])
        x, y, z = x + 0.5, y + 0.5, z + 0.5
        for c in range(first, end):
            n = c + AHEAD
            p = _place(strides, highest, x + n * dx, y + n * dy, z + n * dz)
            _prefetch(flat, p)
            p = _place(strides, highest, x + c * dx, y + c * dy, z + c * dz)
            out[r, c] = flat[p]


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
