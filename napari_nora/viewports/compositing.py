"""Color sampled planes and blend them into the picture of a viewport.

A canvas is a (rows, cols, 4) uint8 array of red, green, blue and an alpha that is 255
everywhere, from the background on: ``QImage.Format_RGBX8888`` takes it as it is. A
part of a canvas is a canvas. All functions here let other threads run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from nora_core.errors import BadInput

Canvas = NDArray[np.uint8]


class Blending(StrEnum):
    """How a layer joins what lies below it, as in napari on an opaque background."""

    OPAQUE = "opaque"
    TRANSLUCENT = "translucent"
    TRANSLUCENT_NO_DEPTH = "translucent_no_depth"
    ADDITIVE = "additive"
    MINIMUM = "minimum"
    MULTIPLICATIVE = "multiplicative"

    @property
    def of_first_layer(self) -> Blending:
        """What it means for the lowest visible layer, as in napari."""
        if self is Blending.MINIMUM:
            return Blending.OPAQUE
        return Blending.TRANSLUCENT


_NUMBERS = {
    Blending.OPAQUE: 0,
    Blending.TRANSLUCENT: 1,
    Blending.TRANSLUCENT_NO_DEPTH: 1,
    Blending.ADDITIVE: 2,
    Blending.MINIMUM: 3,
    Blending.MULTIPLICATIVE: 4,
}


@dataclass(frozen=True, eq=False)
class Coloring:
    """How values become colors.

    Parameters
    ----------
    lut : (n, 4) array
        Colors from low to high: uint8, or floats from 0 to 1.
    low, high : float
        The values of the first and the last color.
    gamma : float
        Exponent of the share between them.
    hides_low : bool
        Leave out values at or below ``low``, as overlays do.
    """

    lut: NDArray[Any]
    low: float
    high: float
    gamma: float = 1.0
    hides_low: bool = False


@dataclass(frozen=True, eq=False)
class LabelColors:
    """The colors of labels; make one with :meth:`cyclic` or :meth:`listed`.

    Parameters
    ----------
    table : (n, 4) float32 array
        Colors, 0 to 1.
    known : (n - 1,) int64 array or None
        The labels of all but the last color, in rising order, which is everybody
        else's; None counts labels round and round from the second color on.
    background : int
        The label that isn't drawn where ``known`` is None.
    """

    table: NDArray[np.float32]
    known: NDArray[np.int64] | None = None
    background: int = 0

    @classmethod
    def of(cls, colormap: Any) -> LabelColors:
        """Return the colors of a label colormap of napari."""
        chosen = colormap.selection if colormap.use_selection else None
        if chosen is not None:
            return cls.listed({chosen: colormap.map(chosen)})
        if hasattr(colormap, "color_dict"):
            return cls.listed(colormap.color_dict)
        return cls.cyclic(colormap.colors, colormap.background_value)

    @classmethod
    def cyclic(cls, colors: ArrayLike, background: int = 0) -> LabelColors:
        """As napari's ``CyclicLabelColormap``: (n, 4), 0 to 1, the first unused."""
        return cls(np.asarray(colors, np.float32), None, background)

    @classmethod
    def listed(cls, colors: Mapping[int | None, ArrayLike]) -> LabelColors:
        """As napari's ``DirectLabelColormap.color_dict``; None is everybody else.

        Without None, unknown labels are transparent.
        """
        known = sorted(label for label in colors if label is not None)
        rows = [np.asarray(colors[label], np.float32) for label in known]
        rows.append(np.asarray(colors.get(None, (0, 0, 0, 0)), np.float32))
        return cls(np.stack(rows), np.array(known, np.int64))


def new_canvas(
    shape: tuple[int, int], background: tuple[int, int, int] = (0, 0, 0)
) -> Canvas:
    """Return a canvas of one color: (rows, cols, 4) uint8."""
    color = np.array([(*background, 255)], np.uint8).view(np.uint32)
    return np.full((*shape, 1), color[0, 0]).view(np.uint8)


def blend_values(
    canvas: Canvas,
    values: NDArray[np.float32],
    coloring: Coloring,
    opacity: float = 1.0,
    blending: str = Blending.TRANSLUCENT,
) -> None:
    """Blend an image into a canvas.

    Parameters
    ----------
    canvas : (rows, cols, 4) uint8 array
        Changed in place.
    values : (rows, cols) float32 array
        NaN is transparent.
    coloring : Coloring
        Colors of values.
    opacity : float
        0 to 1.
    blending : str
        A :class:`Blending`.
    """
    from napari_nora.viewports import compositing_kernels as kernels

    mode = Blending(blending)
    adds, stays = _table(_shares(coloring.lut), opacity, mode)
    window = (
        float(coloring.low),
        float(coloring.high),
        float(coloring.gamma),
        bool(coloring.hides_low),
    )
    flat = np.ascontiguousarray(values, np.float32).reshape(-1)
    takes_least = mode is Blending.MINIMUM
    with _pixels(canvas, values.shape) as pixels:
        if takes_least or stays.any():
            kernels.blend_values(pixels, flat, window, adds, stays, takes_least)
        else:
            whole = pixels.view(np.uint32).reshape(-1)
            kernels.paint_values(whole, flat, window, _packed(adds))


def blend_labels(
    canvas: Canvas,
    labels: NDArray[Any],
    colors: LabelColors,
    opacity: float = 1.0,
    contour_px: int = 0,
    blending: str = Blending.TRANSLUCENT,
) -> None:
    """Blend labels into a canvas.

    Parameters
    ----------
    canvas : (rows, cols, 4) uint8 array
        Changed in place.
    labels : (rows, cols) integer or bool array
        Labels.
    colors : LabelColors
        Their colors; those of alpha 0 are not drawn.
    opacity : float
        0 to 1.
    contour_px : int
        Draw only what lies so many steps from another label, inside; 0 draws all.
    blending : str
        A :class:`Blending`.
    """
    from napari_nora.viewports import compositing_kernels as kernels

    mode = Blending(blending)
    flat = np.ascontiguousarray(labels, np.int64).reshape(-1)
    if colors.known is None:
        cycle = len(colors.table) - 1
        places = kernels.cyclic_places(flat, cycle, colors.background)
    else:
        places = kernels.listed_places(flat, colors.known, len(colors.known))
    if contour_px > 0:
        kernels.keep_outlines(flat, places, labels.shape[1], int(contour_px))
    adds, stays = _table(colors.table, opacity, mode)
    takes_least = mode is Blending.MINIMUM
    with _pixels(canvas, labels.shape) as pixels:
        kernels.blend_places(pixels, places, adds, stays, takes_least)


def blend_rgb(
    canvas: Canvas,
    colors: NDArray[np.float32],
    opacity: float = 1.0,
    blending: str = Blending.TRANSLUCENT,
    white: float = 255.0,
) -> None:
    """Blend an image of colors into a canvas.

    Parameters
    ----------
    canvas : (rows, cols, 4) uint8 array
        Changed in place.
    colors : (rows, cols, 3 or 4) float32 array
        Red, green, blue and maybe alpha; NaN in red is transparent.
    opacity : float
        0 to 1.
    blending : str
        A :class:`Blending`.
    white : float
        The value of full color and full alpha: 255 of uint8 images, 1 of float ones.
    """
    from napari_nora.viewports import compositing_kernels as kernels

    flat = np.ascontiguousarray(colors, np.float32).reshape(-1, colors.shape[2])
    number = _NUMBERS[Blending(blending)]
    with _pixels(canvas, colors.shape[:2]) as pixels:
        kernels.blend_rgb(pixels, flat, float(white), float(opacity), number)


def warm_up() -> None:
    """Compile all of this or load it from the cache; else the first picture does."""
    canvas, values = new_canvas((1, 1)), np.zeros((1, 1), np.float32)
    for opacity in (0.5, 1.0):
        coloring = Coloring(np.ones((2, 4), np.float32), 0, 1)
        blend_values(canvas, values, coloring, opacity)
    for colors in (LabelColors.cyclic(np.ones((2, 4))), LabelColors.listed({})):
        blend_labels(canvas, np.ones((1, 1), np.uint8), colors, contour_px=1)
    blend_rgb(canvas, np.ones((1, 1, 3), np.float32))


def white_of(dtype: DTypeLike) -> float:
    """Return the value of full color in images of colors of a type."""
    kind = np.dtype(dtype)
    return float(np.iinfo(kind).max) if kind.kind in "iu" else 1.0


class Reading(StrEnum):
    """What the three components of a voxel are shown as."""

    RAW = "raw"
    RGB = "rgb"
    BRG = "brg"
    GBR = "gbr"
    GRB = "grb"
    SOS = "sos"
    """Gray: the root of the sum of their squares."""


def as_rgb(values: NDArray[np.float32], reading: str) -> NDArray[np.float32]:
    """Return components as red, green, blue.

    Parameters
    ----------
    values : (..., 3) or (..., 4) float32 array
        Components; a fourth is alpha and stays.
    reading : str
        A :class:`Reading`: which colors the first, second and third component are.

    Returns
    -------
    array of the same shape
    """
    how = Reading(reading)
    colors = np.array(values, np.float32)
    if how is Reading.SOS:
        colors[..., :3] = np.linalg.norm(values[..., :3], axis=-1, keepdims=True)
    elif how is not Reading.RAW:
        for component, color in enumerate(how.value):
            colors[..., "rgb".index(color)] = values[..., component]
    return colors


def direction_colors(vectors: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """Return the usual colors of directions, 0 to 255.

    Red is right-left, green front-back, blue top-bottom; short vectors are dark.

    Parameters
    ----------
    vectors : (rows, cols, 3) array
        Along the axes of the world; those longer than 1 count as 1. Not interpolated:
        opposite vectors mean the same and would cancel out.

    Returns
    -------
    (rows, cols, 3) float32 array
    """
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    shares = np.abs(vectors) / np.maximum(length, 1)
    return np.asarray(shares * 255, np.float32)


def _table(
    colors: NDArray[np.float32], opacity: float, mode: Blending
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return what each of (n, 4) colors adds to a canvas, and how much of it stays.

    Both (n, 4) float32, the first of 255 with the color's own alpha.
    """
    alpha = colors[:, 3:] * np.float32(opacity)
    adds, stays = colors * np.float32(255), np.zeros_like(colors)
    if mode is Blending.ADDITIVE:
        adds, stays = adds * alpha, np.ones_like(colors)
    elif mode is Blending.MULTIPLICATIVE:
        adds, stays = np.zeros_like(colors), colors
    elif mode not in {Blending.OPAQUE, Blending.MINIMUM}:
        adds, stays = adds * alpha, np.broadcast_to(1 - alpha, colors.shape).copy()
    adds[:, 3] = colors[:, 3]
    return adds, stays


def _packed(adds: NDArray[np.float32]) -> NDArray[np.uint32]:
    """Return opaque colors in one number each, as a canvas has them in memory."""
    colors = np.clip(adds + np.float32(0.5), 0, 255).astype(np.uint8)
    colors[:, 3] = 255
    packed: NDArray[np.uint32] = colors.view(np.uint32).reshape(-1)
    return packed


def _shares(lut: NDArray[Any]) -> NDArray[np.float32]:
    if lut.ndim != 2 or lut.shape[1] != 4 or len(lut) < 1:
        raise BadInput(f"colors of shape {lut.shape}; they need (n, 4)")
    shares: NDArray[np.float32] = np.ascontiguousarray(lut, np.float32)
    return shares / np.float32(255) if lut.dtype == np.uint8 else shares


@contextmanager
def _pixels(canvas: Canvas, shape: tuple[int, ...]) -> Iterator[Canvas]:
    """Yield the pixels of a canvas for a picture of a shape, (n, 4), to be changed."""
    if canvas.dtype != np.uint8 or canvas.shape != (*shape, 4):
        raise BadInput(
            f"canvas of shape {canvas.shape} and type {canvas.dtype} does not fit a "
            f"picture of {shape}; it needs uint8 of {(*shape, 4)}"
        )
    whole = np.ascontiguousarray(canvas)
    yield whole.reshape(-1, 4)
    if whole is not canvas:
        canvas[:] = whole
