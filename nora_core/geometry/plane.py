"""A rectangle of square pixels in the world: what a viewport shows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nora_core.errors import BadInput

MAX_TILT = 1e-3
"""Largest deviation from unit length or a right angle that is taken for rounding."""


@dataclass(frozen=True, eq=False)
class Plane:
    """A rectangle of square pixels in RAS+ millimetres.

    The center of the pixel in column ``c`` and row ``r``, both counted from 0 at the
    top left, lies at ``center_mm + right * (c - (cols - 1) / 2) * spacing_mm +
    down * (r - (rows - 1) / 2) * spacing_mm``.

    Parameters
    ----------
    center_mm : (3,) array-like
        The middle of the rectangle, RAS+ mm.
    right, down : (3,) array-like
        Where the columns and rows grow to: unit vectors at a right angle.
    spacing_mm : float
        Size of a pixel.
    shape : tuple of 2 int
        Rows and columns.

    Examples
    --------
    >>> plane = Plane((0, 0, 5), (1, 0, 0), (0, -1, 0), 2.0, (3, 5))
    >>> plane.to_world(0, 0).tolist()
    [-4.0, 2.0, 5.0]
    >>> plane.to_pixels((0, 0, 4)).tolist()
    [2.0, 1.0, 1.0]
    """

    center_mm: NDArray[np.float64]
    right: NDArray[np.float64]
    down: NDArray[np.float64]
    spacing_mm: float
    shape: tuple[int, int]

    def __post_init__(self) -> None:
        rows, cols = (int(size) for size in self.shape)
        if rows < 1 or cols < 1:
            raise BadInput(f"plane has the shape {(rows, cols)}; it needs 1 up")
        if not 0 < self.spacing_mm < np.inf:
            raise BadInput(f"pixels of {self.spacing_mm} mm; they need a size above 0")
        right, down = _right_angled(_vector(self.right), _vector(self.down))
        object.__setattr__(self, "center_mm", _fixed(_vector(self.center_mm)))
        object.__setattr__(self, "right", _fixed(right))
        object.__setattr__(self, "down", _fixed(down))
        object.__setattr__(self, "spacing_mm", float(self.spacing_mm))
        object.__setattr__(self, "shape", (rows, cols))

    @cached_property
    def normal(self) -> NDArray[np.float64]:
        """Away from the viewer: right x down, a unit vector, (3,)."""
        return _fixed(np.cross(self.right, self.down))

    @cached_property
    def first_mm(self) -> NDArray[np.float64]:
        """The center of the pixel at the top left, (3,) RAS+ mm."""
        rows, cols = self.shape
        half = self.right * (cols - 1) / 2 + self.down * (rows - 1) / 2
        return _fixed(self.center_mm - half * self.spacing_mm)

    def points_mm(self) -> NDArray[np.float64]:
        """Return the centers of all pixels, (rows, cols, 3) RAS+ mm."""
        rows, cols = self.shape
        col, row = np.meshgrid(np.arange(cols), np.arange(rows))
        return self.to_world(col, row)

    def to_world(self, col: ArrayLike, row: ArrayLike) -> NDArray[np.float64]:
        """Return where pixels lie: (...) columns and rows to (..., 3) RAS+ mm."""
        steps = np.asarray(col, dtype=np.float64)[..., np.newaxis] * self.right
        steps = steps + np.asarray(row, dtype=np.float64)[..., np.newaxis] * self.down
        world: NDArray[np.float64] = self.first_mm + steps * self.spacing_mm
        return world

    def to_pixels(self, points_mm: ArrayLike) -> NDArray[np.float64]:
        """Return where points lie on the plane.

        Parameters
        ----------
        points_mm : (..., 3) array-like
            RAS+ mm.

        Returns
        -------
        (..., 3) array
            Column, row (fractions of pixels) and distance along the normal in mm.
        """
        away = np.asarray(points_mm, dtype=np.float64) - self.first_mm
        axes = np.stack([self.right, self.down, self.normal], axis=1)
        pixels: NDArray[np.float64] = away @ axes
        pixels[..., :2] /= self.spacing_mm
        return pixels

    def moved_to(self, point_mm: ArrayLike) -> Plane:
        """Return the plane through a point, (3,) RAS+ mm, moved along the normal."""
        away = np.asarray(point_mm, dtype=np.float64) - self.center_mm
        return replace(
            self, center_mm=self.center_mm + self.normal * (away @ self.normal)
        )

    def turned(
        self, axis: ArrayLike, angle_rad: float, about_mm: ArrayLike | None = None
    ) -> Plane:
        """Return the plane turned about an axis, by the right-hand rule.

        Parameters
        ----------
        axis : (3,) array-like
            Direction in RAS+, of any length but 0.
        angle_rad : float
            How far.
        about_mm : (3,) array-like, optional
            A point that stays where it is; the plane's center without it.
        """
        direction = _vector(axis)
        length = float(np.linalg.norm(direction))
        if length == 0:
            raise BadInput("the axis of a turn is 0 0 0; it needs a direction")
        x, y, z = direction / length * np.sin(angle_rad / 2)
        return self.turned_by((float(np.cos(angle_rad / 2)), x, y, z), about_mm)

    def turned_by(
        self, quaternion: ArrayLike, about_mm: ArrayLike | None = None
    ) -> Plane:
        """Return the plane turned by a quaternion (w, x, y, z) about a point."""
        turn = turn_of(quaternion)
        center = self.center_mm
        if about_mm is not None:
            about = _vector(about_mm)
            center = about + turn @ (center - about)
        return replace(
            self, center_mm=center, right=turn @ self.right, down=turn @ self.down
        )


def turn_of(quaternion: ArrayLike) -> NDArray[np.float64]:
    """Return the (3, 3) rotation of a quaternion (w, x, y, z) of any length but 0."""
    parts = np.asarray(quaternion, dtype=np.float64)
    squares = float((parts**2).sum())
    if parts.shape != (4,) or not 0 < squares < np.inf:
        raise BadInput(f"quaternion {parts.tolist()}; it needs w x y z, not all 0")
    w, x, y, z = parts / np.sqrt(squares)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


def _vector(values: ArrayLike) -> NDArray[np.float64]:
    vector = np.array(values, dtype=np.float64)
    if vector.shape != (3,) or not np.isfinite(vector).all():
        raise BadInput(f"plane with {vector.tolist()}; it needs three finite numbers")
    return vector


def _right_angled(
    right: NDArray[np.float64], down: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return both without their rounding errors."""
    lengths = float(np.linalg.norm(right)), float(np.linalg.norm(down))
    tilts = abs(lengths[0] - 1), abs(lengths[1] - 1), abs(float(right @ down))
    if max(tilts) > MAX_TILT:
        raise BadInput(
            f"plane's axes {right.tolist()} and {down.tolist()} are not unit vectors "
            "at a right angle; make them so"
        )
    right = right / lengths[0]
    down = down - right * (right @ down)
    return right, down / np.linalg.norm(down)


def _fixed(array: NDArray[np.float64]) -> NDArray[np.float64]:
    array.flags.writeable = False
    return array
