"""What several values of one voxel are together."""

from __future__ import annotations

from enum import StrEnum


class Components(StrEnum):
    """The meaning of an image's fourth axis where that is not time."""

    COLORS = "colors"
    """Red, green, blue (and opacity), uint8: a picture."""
    DIRECTION_COLORS = "direction colors"
    """Red, green and blue from 0 to 1 for left-right, front-back and up-down."""
    VECTORS = "vectors"
    """x, y and z of a direction or a shift."""
