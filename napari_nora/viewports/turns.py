"""Turns in the world as unit quaternions (w, x, y, z)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_nora.viewports.state import Quaternion


def turn_about(axis: NDArray[np.float64], angle_rad: float) -> Quaternion:
    """Return the turn by an angle about an axis (3,), by the right-hand rule."""
    unit = np.asarray(axis, dtype=np.float64) / np.linalg.norm(axis)
    x, y, z = unit * np.sin(angle_rad / 2)
    return float(np.cos(angle_rad / 2)), float(x), float(y), float(z)


def combined(second: Quaternion, first: Quaternion) -> Quaternion:
    """Return the turn that does ``first``, then ``second``."""
    w1, x1, y1, z1 = second
    w2, x2, y2, z2 = first
    product = np.array(
        [
            w1 * w2 - x1 * x2 - y1 * y2 - z1 * z2,
            w1 * x2 + x1 * w2 + y1 * z2 - z1 * y2,
            w1 * y2 - x1 * z2 + y1 * w2 + z1 * x2,
            w1 * z2 + x1 * y2 - y1 * x2 + z1 * w2,
        ]
    )
    w, x, y, z = product / np.linalg.norm(product)
    return float(w), float(x), float(y), float(z)


def matrix_of(turn: Quaternion) -> NDArray[np.float64]:
    """Return the (3, 3) rotation matrix of a turn."""
    w, x, y, z = turn
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
