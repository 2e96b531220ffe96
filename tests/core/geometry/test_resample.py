"""Resampling keeps what is constant and puts voxels where they belong."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nora_core.errors import GridMismatch
from nora_core.geometry.grid import Grid
from nora_core.geometry.resample import resample_linear, resample_nearest
from tests.strategies import grids, volumes, voxels


@given(grids(), grids(), st.sampled_from(("u1", "i2", "f4", "f8")))
def test_a_constant_stays_constant(grid, onto, dtype):
    data = np.full(grid.shape, 42, dtype)

    np.testing.assert_allclose(
        resample_linear(data, grid, onto, fill=42), 42, rtol=1e-6
    )
    np.testing.assert_array_equal(resample_nearest(data, grid, onto, fill=42), 42)


@given(grids(), grids())
def test_exactly_what_lies_outside_is_filled(grid, onto):
    ones = np.ones(grid.shape, dtype=bool)
    indices = np.moveaxis(np.indices(onto.shape), 0, -1)
    centers = grid.to_voxels(onto.to_world(indices))
    is_clear = (np.abs(centers - np.rint(centers)) < 0.499).all(axis=-1)

    inside = resample_nearest(ones, grid, onto)

    expected = grid.contains(onto.to_world(indices))
    np.testing.assert_array_equal(inside[is_clear], expected[is_clear])


@settings(max_examples=50)
@given(volumes())
def test_onto_its_own_grid_nothing_changes(volume):
    data, grid = volume.data, volume.grid

    np.testing.assert_array_equal(resample_nearest(data, grid, grid), data)
    np.testing.assert_allclose(
        resample_linear(data, grid, grid),
        data,
        rtol=1e-6,
        atol=1e-6 * float(np.abs(data).astype(float).max() or 1),
    )


def test_linear_is_exact_for_a_linear_image():
    affine = np.array([[0, -2.0, 0, 5], [1, 0, 0, 3], [0, 0, 4, -8], [0, 0, 0, 1]])
    grid = Grid((9, 8, 7), affine)
    onto = Grid((3, 3, 3), np.diag([0.7, 0.7, 0.7, 1.0]) @ np.eye(4))
    fine = onto.affine.copy()
    fine[:3, 3] = grid.center_mm
    onto = Grid((3, 3, 3), fine)

    def brightness(points):
        return points @ (1.0, 2.0, 3.0) + 4

    def places(where):
        return where.to_world(np.moveaxis(np.indices(where.shape), 0, -1))

    result = resample_linear(brightness(places(grid)), grid, onto)

    np.testing.assert_allclose(result, brightness(places(onto)), atol=1e-9)


@given(grids(max_size=5), st.data())
def test_every_frame_is_resampled_alike(grid, data):
    series = data.draw(voxels((*grid.shape, 2), "f4"))
    affine = grid.affine.copy()
    affine[:3, 3] += 0.3
    onto = Grid((4, 4, 4), affine)

    both = resample_linear(series, grid, onto)

    for t in range(2):
        one = resample_linear(series[..., t], grid, onto)
        np.testing.assert_array_equal(both[..., t], one)


def test_types_are_kept_or_become_float32():
    grid = Grid((2, 2, 2), np.eye(4))
    onto = Grid((3, 3, 3), np.diag([0.5, 0.5, 0.5, 1.0]))

    for dtype, linear in (("i2", "f4"), ("u1", "f4"), ("f4", "f4"), ("f8", "f8")):
        data = np.ones((2, 2, 2), dtype)
        assert resample_linear(data, grid, onto).dtype == linear
        assert resample_nearest(data, grid, onto).dtype == dtype


def test_voxels_of_another_shape_are_refused():
    grid = Grid((2, 2, 2), np.eye(4))

    with pytest.raises(GridMismatch, match=r"\(3, 2, 2\)"):
        resample_linear(np.zeros((3, 2, 2)), grid, grid)
