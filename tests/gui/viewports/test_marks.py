"""What layers leave on a plane, against the geometry by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from napari.layers import Image, Points, Shapes, Surface, Vectors

from napari_nora.viewports.marks import marks_of, source_of
from napari_nora.viewports.marks_cutting import (
    contours_of_surface,
    points_near,
    segments_near,
)
from napari_nora.viewports.marks_quiver import quiver
from nora_core.geometry.affine import apply_affine, zooms_of
from nora_core.geometry.plane import Plane
from tests.strategies import affines, rotations


def plane_of(turn: Any, center: Any = (0, 0, 0), spacing_mm: float = 1.0) -> Plane:
    return Plane(center, turn[:, 0], turn[:, 1], spacing_mm, (2001, 2001))


def sphere(radius_mm: float, center_mm: Any = (0, 0, 0)) -> tuple[Any, Any]:
    around, up = np.meshgrid(np.linspace(0, 2 * np.pi, 61), np.linspace(0, np.pi, 31))
    x, y = np.cos(around) * np.sin(up), np.sin(around) * np.sin(up)
    vertices = np.stack([x, y, np.cos(up)], axis=-1).reshape(-1, 3) * radius_mm
    corner = (np.arange(30)[:, None] * 61 + np.arange(60)).ravel()
    lower = np.stack([corner, corner + 1, corner + 61], axis=1)
    upper = np.stack([corner + 1, corner + 62, corner + 61], axis=1)
    return vertices + np.asarray(center_mm), np.concatenate([lower, upper])


@given(rotations(), st.floats(-0.9, 0.9), st.floats(0.3, 3))
def test_a_ball_is_cut_in_a_circle(turn: Any, height: float, spacing_mm: float) -> None:
    center = np.array([30.0, -20.0, 10.0])
    plane = plane_of(turn, center + turn[:, 2] * height * 40, spacing_mm)
    lines = contours_of_surface(*sphere(40, center), plane)
    radii = np.linalg.norm(lines - 1000, axis=-1) * spacing_mm
    expected = 40 * np.sqrt(1 - height**2)
    assert len(lines) > 20
    np.testing.assert_allclose(radii, expected, atol=0.4)


@given(rotations())
def test_the_contour_of_a_closed_surface_is_closed(turn: Any) -> None:
    lines = contours_of_surface(*sphere(40), plane_of(turn, (1.234, 5.678, 2.1)))
    length = np.linalg.norm(lines[:, 1] - lines[:, 0], axis=1)
    ends = np.round(lines[length > 1e-3].reshape(-1, 2), 1)
    assert len(lines) > 20
    touching = (np.abs(ends[:, None] - ends[None]) <= 0.21).all(axis=-1).sum(axis=1)
    assert (touching >= 2).all()


def test_a_plane_beside_a_surface_shows_nothing() -> None:
    vertices, triangles = sphere(10)
    plane = plane_of(np.eye(3), (0, 0, 10.5))
    assert contours_of_surface(vertices, triangles, plane).shape == (0, 2, 2)
    assert marks_of(Surface((vertices, triangles)), plane, 1).is_empty


@given(affines(), affines())
def test_points_are_near_exactly_within_reach(affine: Any, frame: Any) -> None:
    points = apply_affine(affine, np.indices((3, 3, 3)).reshape(3, -1).T)
    right, down = np.linalg.qr(frame[:3, :3])[0].T[:2]
    plane = Plane(points[5], right, down, 0.7, (400, 400))
    cut = points_near(points, plane, 2.0)
    distance = (points - points[5]) @ plane.normal
    clear = np.abs(np.abs(distance) - 2) > 1e-3
    is_near = np.isin(np.arange(len(points)), cut.index)
    np.testing.assert_array_equal(is_near[clear], (np.abs(distance) <= 2)[clear])
    back = plane.to_world(cut.pixels[:, 0], cut.pixels[:, 1])
    flat = points[cut.index] - np.outer(distance[cut.index], plane.normal)
    np.testing.assert_allclose(back, flat, atol=2e-3)


def test_a_line_is_cut_to_the_reach() -> None:
    plane = plane_of(np.eye(3))
    starts = np.array([[0.0, 0, -10], [5, 5, 0.2], [0, 0, 3]])
    ends = np.array([[20.0, 0, 10], [9, 5, 0.2], [1, 0, 9]])
    cut = segments_near(starts, ends, plane, 1.0)
    assert cut.index.tolist() == [0, 1]
    expected = [[[9, 0], [11, 0]], [[5, 5], [9, 5]]]
    np.testing.assert_allclose(cut.pixels - 1000, expected, atol=1e-4)


@given(affines())
def test_points_of_a_layer_are_drawn_where_they_lie(affine: Any) -> None:
    data = np.array([[1.0, 2, 3], [40, 40, 40]])
    layer = Points(data, affine=affine, size=2, face_color=["red", "blue"])
    place = apply_affine(affine, data[0])
    plane = plane_of(np.linalg.qr(affine[:3, :3])[0], place)
    (dots,) = marks_of(layer, plane, 0.5).dots
    np.testing.assert_allclose(dots.pixels[0], [1000, 1000], atol=1e-2)
    np.testing.assert_allclose(dots.colors[0], [1, 0, 0, 1], atol=1e-6)


def test_a_point_is_as_large_as_its_ball_is_there() -> None:
    layer = Points([[0.0, 0, 0], [20, 0, 4]], size=10, scale=(2, 2, 2))
    plane = plane_of(np.eye(3), spacing_mm=0.5)
    (dots,) = marks_of(layer, plane, 0.5).dots
    expected = [10 / 0.5, np.sqrt(10**2 - 8**2) / 0.5]
    np.testing.assert_allclose(dots.radii_px, expected, rtol=1e-6)


def test_points_of_another_time_are_not_shown() -> None:
    layer = Points([[0, 1, 1, 0], [2, 5, 5, 0]], ndim=4)
    plane = plane_of(np.eye(3))
    for time, place in ((0, 1001), (2, 1005)):
        (dots,) = marks_of(layer, plane, 1.0, time=time).dots
        np.testing.assert_allclose(dots.pixels, [[place, place]])
    assert marks_of(layer, plane, 1.0, time=1).is_empty


def test_words_stand_beside_their_points() -> None:
    layer = Points(
        [[0, 0, 0], [5, 5, 50]], features={"name": ["AC", "PC"]}, text="name", size=4
    )
    (note,) = marks_of(layer, plane_of(np.eye(3)), 1.0).notes
    assert note.text == "AC"
    assert (note.col, note.row) == (1002.5, 997.5)


def test_vectors_are_shown_whole_where_they_start() -> None:
    data = np.array([[[0, 0, 0], [3, 4, 12]], [[0, 0, 9], [1, 1, 1]]], dtype=float)
    layer = Vectors(data, length=2, edge_color="lime")
    (lines,) = marks_of(layer, plane_of(np.eye(3)), 0.5).lines
    np.testing.assert_allclose(lines.pixels - 1000, [[[0, 0], [6, 8]]])


@pytest.mark.parametrize(
    ("kind", "sides"),
    [("polygon", 4), ("rectangle", 4), ("path", 3), ("ellipse", 64)],
)
def test_a_shape_is_drawn_by_its_outline(kind: str, sides: int) -> None:
    corners = np.array([[-10, -5, 0], [10, -5, 0], [10, 5, 0], [-10, 5, 0]])
    layer = Shapes([corners], shape_type=kind, edge_color="yellow", ndim=3)
    (lines,) = marks_of(layer, plane_of(np.eye(3)), 0.5).lines
    assert len(lines.pixels) == sides
    reach = np.abs(lines.pixels - 1000).reshape(-1, 2).max(axis=0)
    np.testing.assert_allclose(reach, [10, 5], atol=0.02)
    np.testing.assert_allclose(lines.colors[0], [1, 1, 0, 0.7], atol=1e-6)


def test_no_shape_no_marks() -> None:
    assert marks_of(Shapes(ndim=3), plane_of(np.eye(3)), 1).is_empty


def test_layers_without_a_place_in_space_leave_nothing() -> None:
    assert source_of(Points([[1, 1]])) is None
    assert source_of(Image(np.zeros((3, 3, 3)))) is None


def test_a_surface_has_the_colors_of_its_layer() -> None:
    vertices, triangles = sphere(10)
    plane = plane_of(np.eye(3))
    plain = Surface((vertices, triangles), colormap="red", opacity=0.5)
    (lines,) = marks_of(plain, plane, 0).lines
    np.testing.assert_allclose(lines.colors, [1, 0, 0, 0.5], atol=1e-6)
    by_side = Surface((vertices, triangles, vertices[:, 0]), colormap="gray")
    (lines,) = marks_of(by_side, plane, 0).lines
    middle = lines.pixels.mean(axis=1)[:, 0] - 1000
    np.testing.assert_allclose(lines.colors[:, 0], (middle / 10 + 1) / 2, atol=0.1)
    painted = Surface((vertices, triangles))
    painted.vertex_colors = np.tile([0.0, 1.0, 0.0, 1.0], (len(vertices), 1))
    (lines,) = marks_of(painted, plane, 0).lines
    np.testing.assert_allclose(lines.colors[0], [0, 1, 0, 1])


@given(affines(), st.integers(0, 2), st.sampled_from((-1.0, 1.0)))
def test_a_vector_points_along_its_axis_after_the_affine(
    affine: Any, axis: int, sign: float
) -> None:
    vectors = np.zeros((3, 3, 3, 3))
    vectors[1, 1, 1, axis] = sign
    place = apply_affine(affine, (1, 1, 1))
    way = affine[:3, axis] / np.linalg.norm(affine[:3, axis]) * sign
    side = np.cross(way, np.roll(way, 1) + np.array([0.1, 0.2, 0.3]))
    plane = Plane(place, way, side / np.linalg.norm(side), 0.1, (51, 51))
    (lines,) = quiver(
        vectors, affine, plane, 1, turn=affine[:3, :3] / zooms_of(affine), length_px=20
    ).lines
    np.testing.assert_allclose(lines.pixels[0], [[25, 25], [45, 25]], atol=1e-3)
    np.testing.assert_allclose(lines.colors[0, :3], np.abs(way), atol=1e-6)


@given(affines(), st.integers(0, 2))
def test_a_vector_of_the_world_is_not_turned(affine: Any, axis: int) -> None:
    vectors = np.full((3, 3, 3, 3), np.nan)
    vectors[1, 1, 1] = np.eye(3)[axis]
    plane = Plane(apply_affine(affine, (1, 1, 1)), (1, 0, 0), (0, 0, -1), 0.1, (51, 51))
    (lines,) = quiver(vectors, affine, plane, 1, length_px=20).lines
    expected = [[20, 0], [0, 0], [0, -20]][axis]
    np.testing.assert_allclose(lines.pixels[0, 1] - 25, expected, atol=1e-3)


def test_arrows_keep_their_distance() -> None:
    vectors = np.ones((100, 100, 1, 3))
    plane = Plane((50, 50, 0), (1, 0, 0), (0, 1, 0), 1.0, (100, 100))
    (lines,) = quiver(vectors, np.eye(4), plane, 10, has_heads=False).lines
    assert len(lines.pixels) == 100
    assert np.diff(np.unique(lines.pixels[:, 0, 0])).min() >= 9
