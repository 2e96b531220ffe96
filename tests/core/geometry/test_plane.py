"""A plane knows where its pixels lie, wherever it is moved and turned."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nora_core.errors import BadInput
from nora_core.geometry.plane import Plane
from tests.strategies import planes

millimetres = st.floats(-300, 300)
points = st.tuples(millimetres, millimetres, millimetres).map(np.array)
angles = st.floats(-7, 7)


@given(planes())
def test_the_middle_pixel_lies_at_the_center(plane):
    rows, cols = plane.shape

    middle = plane.to_world((cols - 1) / 2, (rows - 1) / 2)

    np.testing.assert_allclose(middle, plane.center_mm, atol=1e-9)


@given(planes())
def test_points_are_a_pixel_apart_and_found_again(plane):
    found = plane.to_pixels(plane.points_mm())

    rows, cols = plane.shape
    row, col = np.mgrid[:rows, :cols]
    np.testing.assert_allclose(found[..., 0], col, atol=1e-6)
    np.testing.assert_allclose(found[..., 1], row, atol=1e-6)
    np.testing.assert_allclose(found[..., 2], 0, atol=1e-9)


@given(planes(), points)
def test_a_point_off_the_plane_has_a_place_and_a_distance(plane, point):
    col, row, distance_mm = plane.to_pixels(point)

    again = plane.to_world(col, row) + plane.normal * distance_mm
    np.testing.assert_allclose(again, point, atol=1e-6)


@given(planes(), points)
def test_moving_goes_through_the_point_and_keeps_pixels_above_each_other(plane, point):
    moved = plane.moved_to(point)

    assert abs(moved.to_pixels(point)[2]) < 1e-9
    there = plane.to_pixels(moved.center_mm)
    middle = plane.to_pixels(plane.center_mm)
    np.testing.assert_allclose(there[:2], middle[:2], atol=1e-9)


@given(planes(), points, angles, points)
def test_a_turn_keeps_its_point_and_is_undone_by_its_opposite(
    plane, axis, angle_rad, about
):
    assume(np.linalg.norm(axis) > 1)

    turned = plane.turned(axis, angle_rad, about)
    back = turned.turned(axis, -angle_rad, about)

    before = np.linalg.norm(plane.center_mm - about)
    assert np.linalg.norm(turned.center_mm - about) == pytest.approx(before)
    np.testing.assert_allclose(back.points_mm(), plane.points_mm(), atol=1e-6)


def test_turns_follow_the_right_hand():
    plane = Plane((0, 0, 0), (1, 0, 0), (0, 1, 0), 1.0, (3, 3))

    turned = plane.turned((0, 0, 2), np.pi / 2)

    np.testing.assert_allclose(turned.right, (0, 1, 0), atol=1e-12)
    np.testing.assert_allclose(turned.down, (-1, 0, 0), atol=1e-12)


def test_a_thousand_turns_leave_right_angles():
    plane = Plane((0, 0, 0), (1, 0, 0), (0, 1, 0), 1.0, (3, 3))

    for _ in range(1000):
        plane = plane.turned((1, 2, 3), 0.1)

    assert abs(plane.right @ plane.down) < 1e-15
    assert np.linalg.norm(plane.normal) == pytest.approx(1)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"shape": (0, 4)}, "shape"),
        ({"spacing_mm": 0.0}, "mm"),
        ({"spacing_mm": np.nan}, "mm"),
        ({"right": (0, 1, 0)}, "right angle"),
        ({"down": (0, 2, 0)}, "right angle"),
        ({"center_mm": (0, np.inf, 0)}, "finite"),
    ],
)
def test_impossible_planes_are_refused(changes, says):
    fields = {
        "center_mm": (0, 0, 0),
        "right": (1, 0, 0),
        "down": (0, 1, 0),
        "spacing_mm": 1.0,
        "shape": (2, 2),
    }

    with pytest.raises(BadInput, match=says):
        Plane(**(fields | changes))


@pytest.mark.parametrize("quaternion", [(0, 0, 0, 0), (1, 0, 0), (np.nan, 0, 0, 1)])
def test_impossible_turns_are_refused(quaternion):
    plane = Plane((0, 0, 0), (1, 0, 0), (0, 1, 0), 1.0, (3, 3))

    with pytest.raises(BadInput, match="w x y z"):
        plane.turned_by(quaternion)
