"""Images of colors and of vectors: which colors their components are."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from napari_nora.viewports.looks import RgbLook


def colors_of(values: NDArray[Any], look: RgbLook) -> tuple[NDArray[Any], float]:
    """Return the colors of sampled components, and the value of full color.

    ``values`` is (rows, columns, 3 or 4) float32: colors, or vectors that the look
    turns into the world.
    """
    from napari_nora.viewports.compositing import as_rgb, direction_colors

    if look.turn is not None:
        return direction_colors(values[..., :3] @ look.turn.T), 1.0
    return as_rgb(values, look.reading), look.white
