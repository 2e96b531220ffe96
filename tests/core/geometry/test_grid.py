"""Grids map voxels to the world and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nora_core.errors import BadInput
from nora_core.geometry.grid import Grid
from nora_core.geometry.orientation import (
    all_orientation_codes,
    orientation_code,
    turn_to,
)
from tests.strategies import affines, grids

CODES = st.sampled_from(all_orientation_codes())


@given(grids(), st.lists(st.tuples(*[st.floats(-50, 50)] * 3), min_size=1, max_size=5))
def test_voxel_to_world_to_voxel_is_identity(grid, voxels):
    back = grid.to_voxels(grid.to_world(voxels))

    np.testing.assert_allclose(back, voxels, atol=1e-6)


@given(grids())
def test_a_grid_contains_its_voxels_and_not_its_neighbors(grid):
    last = np.array(grid.shape) - 1

    assert grid.contains(grid.to_world([(0, 0, 0), last])).all()
    assert not grid.contains(grid.to_world([last + 1, (-1, -1, -1)])).any()


@given(grids())
def test_the_bounding_box_holds_all_corners_and_the_center(grid):
    low, high = grid.bounding_box_mm

    for point in (*grid.corners_mm, grid.center_mm):
        assert (point >= low - 1e-9).all()
        assert (point <= high + 1e-9).all()


@given(grids())
def test_zooms_times_each_other_are_the_voxel_volume(grid):
    assert np.prod(grid.zooms_mm) / 1000 == pytest.approx(grid.voxel_volume_ml)


@given(grids(), CODES)
def test_turning_there_and_back_is_identity(grid, code):
    data = np.arange(grid.voxel_count).reshape(grid.shape)
    affine, turn = turn_to(grid.affine, grid.shape, code)
    turned = turn(data)

    back_affine, back = turn_to(affine, turned.shape, grid.orientation)

    assert orientation_code(affine) == code
    np.testing.assert_array_equal(back(turned), data)
    np.testing.assert_allclose(back_affine, grid.affine, atol=1e-9)


def test_halfway_between_two_axes_turning_back_is_still_identity():
    half = np.sqrt(0.5)
    affine = np.array(
        [[half, half, 0, 0], [half, -half, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
    )
    code = orientation_code(affine)
    for other in all_orientation_codes():
        turned, turn = turn_to(affine, (2, 3, 4), other)

        back, _ = turn_to(turned, turn(np.zeros((2, 3, 4))).shape, code)

        np.testing.assert_allclose(back, affine, atol=1e-12)


@given(grids(), CODES)
def test_turning_leaves_each_value_at_its_place(grid, code):
    data = np.arange(grid.voxel_count).reshape(grid.shape)
    affine, turn = turn_to(grid.affine, grid.shape, code)
    turned = turn(data)
    voxel = tuple(size // 2 for size in turned.shape)

    old = grid.to_voxels(Grid(turned.shape, affine).to_world(voxel))

    assert data[tuple(np.rint(old).astype(int))] == turned[voxel]


@given(grids())
def test_equal_grids_have_equal_hashes_and_are_close(grid):
    same = Grid(grid.shape, grid.affine.copy())

    assert same == grid
    assert hash(same) == hash(grid)
    assert same.is_close(grid)


@given(grids(), st.sampled_from((0.02, 1.0)))
def test_a_shifted_grid_is_not_close(grid, shift_mm):
    affine = grid.affine.copy()
    affine[0, 3] += shift_mm

    assert not grid.is_close(Grid(grid.shape, affine))


def test_minus_zero_changes_nothing():
    affine = np.eye(4)
    affine[0, 1] = -0.0

    assert hash(Grid((1, 1, 1), affine)) == hash(Grid((1, 1, 1), np.eye(4)))


@given(affines())
def test_a_grid_cannot_be_changed(affine):
    grid = Grid((2, 2, 2), affine)
    affine[0, 0] = 77

    assert grid.affine[0, 0] != 77
    with pytest.raises(ValueError, match="read-only"):
        grid.affine[0, 0] = 1


@pytest.mark.parametrize(
    ("affine", "words"),
    [
        (np.eye(3), "shape"),
        (np.diag([1, 1, np.nan, 1]), "NaN"),
        (np.diag([1, 1, np.inf, 1]), "infinite"),
        (np.diag([1, 1, 0, 1]), "singular"),
        (np.diag([1, 1, 1e300, 1]), "singular"),
        (np.ones((4, 4)), "last row"),
        (np.array([[1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]), "singul"),
    ],
)
def test_what_is_no_affine_is_refused_with_the_reason(affine, words):
    with pytest.raises(BadInput, match=words):
        Grid((2, 2, 2), affine)


@pytest.mark.parametrize("shape", [(1, 1), (0, 1, 1), (1, 1, 1, 1)])
def test_a_shape_that_is_not_three_sizes_is_refused(shape):
    with pytest.raises(BadInput, match="three sizes"):
        Grid(shape, np.eye(4))


def test_an_unknown_orientation_is_refused_with_an_example():
    with pytest.raises(BadInput, match="'RAS'"):
        turn_to(np.eye(4), (1, 1, 1), "RLA")
