"""Blended pictures equal what napari's blending modes say, told slowly in numpy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from napari.layers.labels._labels_utils import get_contours
from napari.utils.colormaps import (
    CyclicLabelColormap,
    DirectLabelColormap,
    label_colormap,
)
from scipy.ndimage import distance_transform_cdt

from napari_nora.viewports.compositing import (
    Blending,
    Coloring,
    LabelColors,
    Reading,
    as_rgb,
    blend_labels,
    blend_rgb,
    blend_values,
    direction_colors,
    new_canvas,
    white_of,
)
from nora_core.errors import BadInput

SHAPE = (6, 7)
seeds = st.integers(0, 10_000)
modes = st.sampled_from(Blending)
opacities = st.sampled_from((0.0, 0.3, 0.5, 1.0))


def blended(canvas, colors, alpha, mode):
    """Return what OpenGL makes of it in napari, all from 0 to 1."""
    alpha = alpha[..., np.newaxis]
    mixed = {
        "opaque": colors,
        "translucent": colors * alpha + canvas * (1 - alpha),
        "translucent_no_depth": colors * alpha + canvas * (1 - alpha),
        "additive": colors * alpha + canvas,
        "minimum": np.minimum(colors, canvas),
        "multiplicative": colors * canvas,
    }[mode]
    return np.clip(mixed, 0, 1)


def assert_blended(canvas, before, colors, alpha, shown, mode):
    wanted = 255 * blended(before[..., :3] / 255, colors, alpha, mode)
    wanted[~shown] = before[~shown, :3]
    assert np.abs(canvas[..., :3].astype(float) - wanted).max() <= 0.51
    assert (canvas[..., 3] == 255).all()


def some_canvas(random):
    canvas = new_canvas(SHAPE)
    canvas[..., :3] = random.integers(0, 256, (*SHAPE, 3))
    return canvas, canvas.copy()


@given(seeds, modes, opacities, st.sampled_from((1.0, 0.4, 2.0)), st.booleans())
def test_images_are_blended_as_in_napari(seed, mode, opacity, gamma, hides_low):
    random = np.random.default_rng(seed)
    canvas, before = some_canvas(random)
    values = random.uniform(-20, 120, SHAPE).astype(np.float32)
    values[random.random(SHAPE) < 0.2] = np.nan
    lut = random.random((256, 4))

    blend_values(canvas, values, Coloring(lut, 0, 100, gamma, hides_low), opacity, mode)

    known = ~np.isnan(values)
    if hides_low:
        known &= values > 0
    share = np.clip(np.where(known, values, 0) / np.float32(100), 0, 1)
    place = share.astype(np.float64) ** gamma * 255
    sure = np.abs(place - np.floor(place) - 0.5) > 1e-3
    colors = lut[np.floor(place + 0.5).astype(int)]
    canvas[~sure], before[~sure] = (0, 0, 0, 255), (0, 0, 0, 255)
    known &= sure
    assert_blended(
        canvas, before, colors[..., :3], colors[..., 3] * opacity, known, mode
    )


@given(seeds, modes, opacities, st.sampled_from((3, 4)), st.sampled_from((1.0, 255.0)))
def test_colors_are_blended_as_in_napari(seed, mode, opacity, channels, white):
    random = np.random.default_rng(seed)
    canvas, before = some_canvas(random)
    shares = random.random((*SHAPE, channels)).astype(np.float32)
    shares[random.random(SHAPE) < 0.2] = np.nan

    blend_rgb(canvas, shares * np.float32(white), opacity, mode, white)

    shown = ~np.isnan(shares[..., 0])
    shares = np.nan_to_num(shares)
    alpha = shares[..., 3] if channels == 4 else np.ones(SHAPE)
    assert_blended(canvas, before, shares[..., :3], alpha * opacity, shown, mode)


@pytest.mark.parametrize("dtype", ["u1", "i2", "u4", "i8", "?"])
@pytest.mark.parametrize("is_direct", [False, True])
@settings(max_examples=15)
@given(seed=seeds, mode=modes, opacity=opacities)
def test_labels_have_the_colors_of_napari(dtype, is_direct, seed, mode, opacity):
    random = np.random.default_rng(seed)
    canvas, before = some_canvas(random)
    labels = random.integers(0, 100, SHAPE).astype(dtype)
    colormap = label_colormap(7, 0.5)
    if is_direct:
        dye = {None: np.zeros(4), 0: np.zeros(4), 1: np.array([1, 0, 0, 1.0])}
        dye |= {n: random.random(4) for n in range(5, 60)}
        colormap = DirectLabelColormap(color_dict=dye)

    blend_labels(canvas, labels, LabelColors.of(colormap), opacity, 0, mode)

    numbers = labels.astype(np.int64)
    colors = np.stack([colormap.map(n) for n in numbers.ravel()]).reshape(*SHAPE, 4)
    colors = colors.astype(np.float64)
    shown = colors[..., 3] > 0
    assert_blended(
        canvas, before, colors[..., :3], colors[..., 3] * opacity, shown, mode
    )


def test_only_the_selected_label_is_drawn_where_napari_does_so():
    colormap = CyclicLabelColormap(
        colors=[[0, 0, 0, 0], [1, 0, 0, 1], [0, 1, 0, 1]], selection=2
    )
    colormap.use_selection = True
    canvas = new_canvas((1, 3))

    blend_labels(canvas, np.array([[1, 2, 4]]), LabelColors.of(colormap))

    np.testing.assert_array_equal(canvas[0, :, 1], (0, 255, 0))
    np.testing.assert_array_equal(canvas[0, :, 0], 0)


@given(seeds, st.integers(1, 4))
def test_outlines_are_as_wide_as_asked_inside_their_region(seed, width):
    random = np.random.default_rng(seed)
    labels = np.kron(random.integers(0, 3, (3, 4)), np.ones((9, 8), int))
    canvas = new_canvas(labels.shape)
    white = LabelColors.listed({0: (0, 0, 0, 0), None: (1, 1, 1, 1)})

    blend_labels(canvas, labels, white, contour_px=width)

    wanted = np.zeros(labels.shape, bool)
    for label in (1, 2):
        steps = distance_transform_cdt(labels == label, "taxicab")
        wanted |= (steps > 0) & (steps <= width)
        if (labels == label).all():
            wanted[:] = False
    np.testing.assert_array_equal(canvas[..., 0] > 0, wanted)


@given(st.integers(1, 4))
def test_outlines_of_a_region_alone_are_those_of_napari(width):
    labels = np.zeros((30, 40), int)
    labels[5:20, 8:30], labels[10:14, 15:20] = 4, 0
    canvas = new_canvas(labels.shape)

    blend_labels(
        canvas, labels, LabelColors.listed({4: (1, 1, 1, 1)}), contour_px=width
    )

    wanted = get_contours(labels, width, 0) > 0
    np.testing.assert_array_equal(canvas[..., 0] > 0, wanted)


def test_a_part_of_a_canvas_is_a_canvas():
    canvas = new_canvas((10, 12))

    blend_rgb(canvas[2:5, 3:7], np.full((3, 4, 3), 255, np.float32))

    assert canvas[2:5, 3:7, :3].min() == 255
    assert canvas[..., 0].astype(int).sum() == 12 * 255


@pytest.mark.parametrize(
    ("mode", "first"),
    [("minimum", "opaque"), ("additive", "translucent"), ("opaque", "translucent")],
)
def test_the_lowest_layer_does_not_join_the_background(mode, first):
    assert Blending(mode).of_first_layer is Blending(first)


def test_a_symmetric_map_has_its_middle_color_at_zero():
    lut = np.linspace(0, 1, 255)[:, np.newaxis].repeat(4, axis=1)
    lut[:, 3] = 1
    canvas = new_canvas((1, 3))

    blend_values(canvas, np.array([[-3, 0, 3]], np.float32), Coloring(lut, -3, 3))

    np.testing.assert_array_equal(canvas[0, :, 0], (0, 128, 255))


@pytest.mark.parametrize("high", [5.0, 4.0, np.inf, np.nan])
def test_windows_without_sense_do_no_harm(high):
    lut = np.linspace(0, 1, 256)[:, np.newaxis].repeat(4, axis=1)
    canvas = new_canvas((1, 3))

    blend_values(canvas, np.array([[1, 5, 9]], np.float32), Coloring(lut, 5.0, high))

    assert canvas.shape == (1, 3, 4)


@pytest.mark.parametrize(
    ("reading", "wanted"),
    [
        ("raw", (3, 4, 12)),
        ("rgb", (3, 4, 12)),
        ("brg", (4, 12, 3)),
        ("gbr", (12, 3, 4)),
        ("grb", (4, 3, 12)),
        ("sos", (13, 13, 13)),
    ],
)
def test_readings_say_which_component_is_which_color(reading, wanted):
    values = np.array([[[3, 4, 12]]], np.float32)

    assert as_rgb(values, Reading(reading))[0, 0].tolist() == list(wanted)


def test_directions_are_red_green_blue_and_dark_where_short():
    vectors = np.array([[[1, 0, 0], [0, -1, 0], [0, 0, 0.5], [0, 3, 4]]], np.float32)

    colors = direction_colors(vectors)

    np.testing.assert_allclose(
        colors[0], [[255, 0, 0], [0, 255, 0], [0, 0, 127.5], [0, 153, 204]]
    )


def test_full_color_depends_on_the_type_of_number():
    assert [white_of(dtype) for dtype in ("u1", "u2", "f4")] == [255, 65535, 1]


@pytest.mark.parametrize("canvas", [np.zeros((2, 3, 4)), np.zeros((2, 2, 4), "u1")])
def test_a_canvas_must_fit(canvas):
    with pytest.raises(BadInput, match="canvas"):
        blend_rgb(canvas, np.zeros((2, 3, 3), np.float32))
