"""Sampled planes equal scipy, for every mixture of orientations, types and orders."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import map_coordinates

from nora_core.errors import BadInput, Cancelled, GridMismatch
from nora_core.geometry.affine import apply_affine
from nora_core.geometry.grid import Grid
from nora_core.geometry.plane import Plane
from nora_core.geometry.planes import (
    BLOCK_ROWS,
    DisplacementField,
    PlaneSource,
    Slab,
    SlabMode,
    sample_plane,
    sample_planes,
)
from tests.strategies import planes, shapes, sheared_affines

DTYPES = ("u1", "i2", "i8", "f2", "f4", "f8", ">i2", ">f4", "?")


@st.composite
def views(draw, channels=(0, 0, 0, 3, 4)):
    """Images of any type in any order of memory: slices, frames, flipped, colors."""
    shape = draw(shapes())
    dtype = draw(st.sampled_from(DTYPES))
    count = draw(st.sampled_from(channels))
    order = draw(st.permutations(range(3)))
    steps = [draw(st.sampled_from((1, -1, 2))) for _ in range(3)]
    stored = [shape[axis] * abs(step) for axis, step in zip(order, steps, strict=True)]
    seed = draw(st.integers(0, 1000))
    whole = np.random.default_rng(seed).uniform(-100, 100, (2, *stored, count or 1))
    frame = whole.astype(dtype)[1]  # one of two
    frame = frame[tuple(slice(None, None, step) for step in steps)]
    data = frame.transpose(*np.argsort(order), 3)
    return data if count else data[..., 0]


@st.composite
def scenes(draw, **how):
    """A source and a plane that meets it, or nearly."""
    data = draw(views(**how))
    affine = draw(sheared_affines())
    middle = apply_affine(affine, (np.array(data.shape[:3]) - 1) / 2)
    return data, affine, draw(planes(tuple(middle)))


def places_of(affine, plane, distance_mm=0.0):
    points = plane.points_mm() + plane.normal * distance_mm
    return apply_affine(np.linalg.inv(affine), points)


def expected(data, places, order):
    """Return scipy's values, what is outside, and what is near enough to be either."""
    sizes = np.array(data.shape[:3])
    beyond = np.maximum(-0.5 - places, places - (sizes - 0.5)).max(axis=-1)
    channels = data.reshape(*sizes, -1).astype(np.float64)
    values = [
        map_coordinates(
            channels[..., n], np.moveaxis(places, -1, 0), order=order, mode="nearest"
        )
        for n in range(channels.shape[3])
    ]
    stacked = np.stack(values, axis=-1).reshape(*places.shape[:-1], *data.shape[3:])
    return stacked, beyond > 0, np.abs(beyond) < 1e-5


@given(scenes())
def test_linear_planes_equal_scipy(scene):
    data, affine, plane = scene

    sampled = sample_plane(PlaneSource(data, affine), plane)

    values, outside, either = expected(data, places_of(affine, plane), order=1)
    assert sampled.dtype == np.float32
    assert np.isnan(sampled[outside & ~either]).all()
    inside = ~outside & ~either
    tolerance = 1e-5 * max(np.abs(values).max(), 1)
    np.testing.assert_allclose(
        sampled[inside], values[inside], rtol=1e-5, atol=tolerance
    )


@given(scenes(), st.booleans())
def test_nearest_planes_equal_scipy(scene, as_float):
    data, affine, plane = scene

    source = PlaneSource(data, affine, is_nearest=True, as_float=as_float)
    sampled = sample_plane(source, plane)

    places = places_of(affine, plane)
    values, outside, either = expected(data, places, order=0)
    either |= (np.abs(places - np.floor(places) - 0.5) < 1e-5).any(axis=-1)
    fill = np.nan if as_float else 0
    np.testing.assert_array_equal(sampled[outside & ~either], fill)
    inside = ~outside & ~either
    np.testing.assert_allclose(sampled[inside], values[inside], rtol=1e-6)
    if not as_float and data.dtype.itemsize > 1 and data.dtype != np.float16:
        assert sampled.dtype == data.dtype.newbyteorder("=")


@settings(max_examples=50)
@given(scenes(), st.integers(0, 100))
def test_warped_planes_are_looked_up_elsewhere(scene, seed):
    data, affine, plane = scene
    random = np.random.default_rng(seed)
    field = DisplacementField(
        random.normal(0, 2, (3, 4, 5, 3)), Grid((3, 4, 5), np.diag([30, 30, 30, 1]))
    )

    sampled = sample_plane(PlaneSource(data, affine, warp=field), plane)

    points = plane.points_mm()
    away, outside, edge = expected(field.data, field.grid.to_voxels(points), order=1)
    away[outside] = 0
    places = apply_affine(np.linalg.inv(affine), points + away)
    values, outside, either = expected(data, places, order=1)
    inside = ~outside & ~either & ~edge
    scale = max(np.abs(values).max(), 1)
    voxel_mm = 1 / np.abs(np.linalg.inv(affine)).sum()
    np.testing.assert_allclose(
        sampled[inside], values[inside], atol=1e-5 * scale * max(1, 1 / voxel_mm)
    )


@given(scenes(), st.sampled_from(SlabMode), st.floats(0.5, 12))
def test_slabs_join_planes_half_a_voxel_apart(scene, mode, thickness_mm):
    data, affine, plane = scene
    source = PlaneSource(data, affine)

    sampled = sample_plane(source, plane, Slab(thickness_mm, mode))

    depths = depths_by_hand(affine, plane, thickness_mm, mode)
    layers = np.stack(
        [
            sample_plane(source, plane.moved_to(plane.center_mm + plane.normal * depth))
            for depth in depths
        ]
    )
    known = ~np.isnan(layers)
    joined = {
        SlabMode.MAX: np.where(known, layers, -np.inf).max(axis=0),
        SlabMode.MIN: np.where(known, layers, np.inf).min(axis=0),
        SlabMode.MEAN: np.where(known, layers, 0).sum(axis=0)
        / np.maximum(known.sum(axis=0), 1),
    }[mode]
    is_sure = known.all(axis=0)
    np.testing.assert_allclose(sampled[is_sure], joined[is_sure], rtol=1e-3, atol=1e-3)


def depths_by_hand(affine, plane, thickness_mm, mode):
    step = 0.5 / np.abs(np.linalg.inv(affine)[:3, :3] @ plane.normal).max()
    parts = max(int(np.ceil(thickness_mm / step - 1e-6)), 1)
    if mode is SlabMode.MEAN:
        return ((np.arange(parts) + 0.5) / parts - 0.5) * thickness_mm
    return np.linspace(-0.5, 0.5, 2 * ((parts + 1) // 2) + 1) * thickness_mm


def axial(shape=(9, 8), center=(4.0, 3.5, 0.0)):
    return Plane(center, (1, 0, 0), (0, 1, 0), 1.0, shape)


def ramp(shape=(8, 9, 10)):
    return np.arange(np.prod(shape), dtype=np.int16).reshape(shape)


def test_a_slab_of_three_slices_has_their_maximum_and_mean():
    data = np.random.default_rng(0).integers(0, 100, (9, 8, 10)).astype(np.int16)
    plane = axial(shape=(8, 9), center=(4, 3.5, 5))
    source = PlaneSource(data, np.eye(4))

    most = sample_plane(source, plane, Slab(2.0, SlabMode.MAX))
    mean = sample_plane(source, plane, Slab(2.0, SlabMode.MEAN))

    np.testing.assert_array_equal(most, data[:, :, 4:7].max(axis=2).T)
    weights = np.array([0.25, 0.5, 0.25])  # a slice, and half of both beside it
    np.testing.assert_allclose(mean, (data[:, :, 4:7] @ weights).T, rtol=1e-6)


@pytest.mark.parametrize(("mode", "label"), [("max", 7), ("min", 0), ("mean", 3)])
def test_slabs_of_labels_take_a_label(mode, label):
    data = np.zeros((9, 8, 10), np.uint16)
    data[:, :, 5], data[:, :, 6] = 3, 7
    source = PlaneSource(data, np.eye(4), is_nearest=True)

    sampled = sample_plane(source, axial(center=(4, 3.5, 5)), Slab(3, SlabMode(mode)))

    assert sampled.dtype == np.uint16
    assert sampled[4, 4] == label


def test_a_2d_image_is_one_voxel_thick():
    data = ramp((8, 9, 1)) + 1
    source = PlaneSource(data, np.diag([1, 1, 5.0, 1]))

    on, beside, off = (
        sample_plane(source, axial((9, 8), (3.5, 4, depth_mm)))
        for depth_mm in (0, 2.4, 2.6)
    )

    np.testing.assert_array_equal(on, data[:, :, 0].T)
    np.testing.assert_array_equal(beside, on)
    assert np.isnan(off).all()


def test_nan_beside_a_slice_does_not_spread_into_it():
    data = np.ones((8, 9, 10), np.float32)
    data[:, :, 6] = np.nan
    source = PlaneSource(data, np.eye(4))

    sampled = sample_plane(source, axial((9, 8), (3.5, 4, 5)))

    np.testing.assert_array_equal(sampled, 1)


@pytest.mark.parametrize("distance_mm", [1e3, 1e9, 1e18, 1e300])
def test_planes_far_away_are_outside(distance_mm):
    source = PlaneSource(ramp(), np.eye(4))

    sampled = sample_plane(source, axial(center=(distance_mm, distance_mm, 0)))

    assert np.isnan(sampled).all()


def test_read_only_memory_and_broadcast_images_are_sampled():
    data = np.broadcast_to(np.int16(5), (4, 4, 4))

    sampled = sample_plane(PlaneSource(data, np.eye(4)), axial((2, 2), (1.5, 1.5, 2)))

    np.testing.assert_array_equal(sampled, 5)


def test_views_are_not_copied():
    data = ramp()[::-1, :, ::2].transpose(2, 0, 1)

    assert np.shares_memory(PlaneSource(data, np.eye(4)).data, data)


def test_threads_and_many_planes_give_what_one_gives():
    sources = [PlaneSource(ramp(), np.eye(4)), PlaneSource(ramp(), np.eye(4), True)]
    many = [axial((300, 8), (3.5, 4, depth)) for depth in range(3)]

    with ThreadPoolExecutor(2) as pool:
        threaded = sample_planes(sources, many, executor=pool)
    own = sample_planes(sources, many)

    for plane, ours, theirs in zip(many, own, threaded, strict=True):
        for source, a, b in zip(sources, ours, theirs, strict=True):
            one = sample_plane(source, plane)
            np.testing.assert_array_equal(a, one)
            np.testing.assert_array_equal(b, one)


def test_sampling_stops_between_blocks_of_rows():
    asked = []

    def cancelled():
        asked.append(1)
        return len(asked) == 2

    plane = axial((3 * BLOCK_ROWS, 8))
    with pytest.raises(Cancelled):
        sample_plane(PlaneSource(ramp(), np.eye(4)), plane, cancelled=cancelled)
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("data", "affine", "says"),
    [
        (ramp(), np.diag([1, 1, 0, 1]), "singular"),
        (ramp()[0], np.eye(4), "shape"),
        (np.zeros((2, 2, 2, 5)), np.eye(4), "shape"),
        (np.zeros((2, 0, 2)), np.eye(4), "shape"),
        (np.zeros((2, 2, 2), complex), np.eye(4), "complex"),
    ],
)
def test_what_cannot_be_sampled_is_refused(data, affine, says):
    with pytest.raises(BadInput, match=says):
        PlaneSource(data, affine)


def test_a_field_must_fit_its_grid():
    with pytest.raises(GridMismatch, match=r"\(2, 2, 2, 3\)"):
        DisplacementField(np.zeros((2, 2, 3, 3)), Grid((2, 2, 2), np.eye(4)))


def test_the_compiler_is_loaded_only_for_sampling():
    modules = "sys, nora_core, nora_core.geometry.planes"
    code = f"import {modules}; print('numba' in sys.modules)"

    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert told.stdout.strip() == "False"
