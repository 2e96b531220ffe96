"""From where a 3D viewport is looked at; no Qt, no napari."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_nora.viewports.state import NO_TURN, Point, Quaternion
from nora_core.errors import BadInput
from nora_core.geometry.plane import turn_of

Vector = NDArray[np.float64]

FRONT: tuple[Vector, Vector] = (np.array([0.0, -1.0, 0.0]), np.array([0.0, 0.0, 1.0]))
"""Looking from the front: the direction of sight, and what is up."""
_SIDES = {
    "A": ((0, -1, 0), (0, 0, 1)),
    "P": ((0, 1, 0), (0, 0, 1)),
    "R": ((-1, 0, 0), (0, 0, 1)),
    "L": ((1, 0, 0), (0, 0, 1)),
    "S": ((0, 0, -1), (0, 1, 0)),
    "I": ((0, 0, 1), (0, 1, 0)),
}


@dataclass(frozen=True)
class View:
    """Where the camera stands.

    Parameters
    ----------
    turn : Quaternion
        Turns the view from the front (patient's right on the left) in the world.
    focus_mm : Point or None
        What the middle shows; ``None`` for the middle of everything.
    mm_per_pixel : float or None
        ``None`` fits everything.
    """

    turn: Quaternion = NO_TURN
    focus_mm: Point | None = None
    mm_per_pixel: float | None = None

    @property
    def directions(self) -> tuple[Vector, Vector]:
        """The direction of sight and what is up, unit vectors in RAS+."""
        matrix = turn_of(self.turn)
        return matrix @ FRONT[0], matrix @ FRONT[1]

    def is_like(self, other: View | None) -> bool:
        """Whether both differ by rounding alone."""
        return other is not None and bool(
            np.allclose(self._numbers(), other._numbers(), rtol=1e-5, atol=1e-5)
        )

    def _numbers(self) -> list[float]:
        nowhere = (np.inf, np.inf, np.inf)
        spacing = self.mm_per_pixel
        return [
            *self.turn,
            *(self.focus_mm or nowhere),
            np.inf if spacing is None else float(np.log(spacing)),
        ]


def turn_to(sight: Vector, up: Vector) -> Quaternion:
    """Return the turn of a view with a direction of sight and of what is up."""
    sight = sight / np.linalg.norm(sight)
    up = up - sight * (up @ sight)
    up = up / np.linalg.norm(up)
    after = np.stack([sight, up, np.cross(sight, up)], axis=1)
    before = np.stack([*FRONT, np.cross(*FRONT)], axis=1)
    return _quaternion(after @ before.T)


def turn_from(side: str) -> Quaternion:
    """Return the turn that looks from a side: A, P, R, L, S or I."""
    if side not in _SIDES:
        raise BadInput(f"no side {side!r} to look from; known: {', '.join(_SIDES)}")
    sight, up = _SIDES[side]
    return turn_to(np.array(sight, dtype=float), np.array(up, dtype=float))


def fitted(
    corners_mm: NDArray[np.floating], size: tuple[int, int], view: View
) -> tuple[Point, float]:
    """Return what to look at and the mm per pixel that show everything.

    Parameters
    ----------
    corners_mm : (n, 3) array
        Of boxes around all that is shown.
    size : tuple of 2 int
        Rows and columns of the viewport.
    view : View
        Its turn is kept.
    """
    middle = (corners_mm.min(axis=0) + corners_mm.max(axis=0)) / 2
    sight, up = view.directions
    across = np.abs((corners_mm - middle) @ np.cross(sight, up)).max() * 2
    along = np.abs((corners_mm - middle) @ up).max() * 2
    rows, columns = size
    mm_per_pixel = max(across / max(columns, 1), along / max(rows, 1), 1e-3) / 1.06
    x, y, z = (float(value) for value in middle)
    return (x, y, z), float(mm_per_pixel)


def _quaternion(matrix: NDArray[np.float64]) -> Quaternion:
    """Return the quaternion of a rotation; its first part is not negative."""
    from scipy.spatial.transform import Rotation

    x, y, z, w = Rotation.from_matrix(matrix).as_quat(canonical=True)
    return float(w), float(x), float(y), float(z)
