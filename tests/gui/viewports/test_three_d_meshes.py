"""Isosurfaces and what of planes is shown in 3D, against geometry by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_nora.viewports.background import Background
from napari_nora.viewports.three_d.cuts import patch_of, section_of
from napari_nora.viewports.three_d.meshes import (
    averaged,
    isosurface,
    otsu_threshold,
    regions_mesh,
    step_to,
)
from napari_nora.viewports.three_d.textures import texture_of
from nora_core.errors import BadInput, Cancelled
from nora_core.geometry.affine import apply_affine
from nora_core.geometry.plane import Plane
from tests.strategies import affines, rotations


def ball(size: int = 21, radius: float = 7.0) -> Any:
    away = np.indices((size,) * 3) - (size - 1) / 2
    return (radius - np.sqrt((away**2).sum(axis=0))).astype(np.float32)


@given(affines())
def test_an_isosurface_lies_where_the_values_are(affine: Any) -> None:
    mesh = isosurface(ball(), affine, 0.0)
    away = apply_affine(np.linalg.inv(affine), mesh.vertices_mm) - 10
    np.testing.assert_allclose(np.linalg.norm(away, axis=1), 7, atol=0.1)


@given(affines())
def test_triangles_run_counterclockwise_from_outside(affine: Any) -> None:
    expected_ml = 4 / 3 * np.pi * 7**3 * abs(np.linalg.det(affine[:3, :3])) / 1000
    assert isosurface(ball(), affine, 0.0).volume_ml == pytest.approx(
        expected_ml, rel=0.03
    )
    regions = regions_mesh((ball() > 0).astype(np.uint8), affine)
    assert regions.volume_ml == pytest.approx(expected_ml, rel=0.08)


def test_an_isosurface_is_closed_at_the_border_of_the_image() -> None:
    mesh = isosurface(np.full((6, 7, 8), 5.0), np.eye(4), 4.0)
    assert 0.2 < mesh.volume_ml * 1000 / (6 * 7 * 8) <= 1.4


def test_of_large_images_blocks_are_averaged_in_place() -> None:
    affine = np.diag([1.0, 2.0, 3.0, 1.0])
    affine[:3, 3] = 5, 6, 7
    values, coarse = averaged(ball(21), affine, 21**3 // 8)
    assert values.shape == (10, 10, 10)
    center = np.array([4.5, 4.5, 4.5])
    whole = apply_affine(affine, (9.5, 9.5, 9.5))
    np.testing.assert_allclose(apply_affine(coarse, center), whole)
    fine, rough = (
        isosurface(ball(41, 15), affine, 0.0, max_voxels=most).volume_ml
        for most in (10**6, 9000)
    )
    assert rough == pytest.approx(fine, rel=0.06)


@given(affines(), st.integers(2, 5))
def test_each_region_has_a_surface_of_its_own(affine: Any, label: int) -> None:
    labels = np.zeros((12, 12, 12), dtype=np.int16)
    labels[1:4, 1:4, 1:4] = 1
    labels[6:11, 6:11, 6:11] = label
    mesh = regions_mesh(labels, affine)
    assert mesh.labels is not None
    places = apply_affine(np.linalg.inv(affine), mesh.vertices_mm)
    assert set(mesh.labels) == {1, label}
    assert places[mesh.labels == 1].max() < 4
    assert places[mesh.labels == label].min() > 5


def test_an_empty_mask_has_no_surface() -> None:
    mesh = regions_mesh(np.zeros((4, 4, 4), dtype=np.uint8), np.eye(4))
    assert len(mesh.triangles) == 0
    assert mesh.volume_ml == 0


def test_too_many_regions_are_refused_with_a_way_out() -> None:
    labels = np.arange(1000).reshape(10, 10, 10)
    with pytest.raises(BadInput, match=r"999 regions .* show the image as a volume"):
        regions_mesh(labels, np.eye(4))


def test_work_stops_when_it_is_told_to() -> None:
    def stop(part: float) -> None:
        if part > 0.3:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        isosurface(ball(), np.eye(4), 0.0, check=stop)


@pytest.mark.parametrize("dtype", ["u1", "i2", "f4"])
def test_the_threshold_parts_dark_from_bright(dtype: str) -> None:
    values = np.random.default_rng(1).normal(20, 4, (30, 30, 30))
    values[10:20, 10:20, 10:20] += 150
    assert 40 < otsu_threshold(values.astype(dtype)) < 150


def test_values_that_are_no_numbers_are_dark() -> None:
    values = ball()
    values[0] = np.nan
    mesh = isosurface(values, np.eye(4), 0.0)
    assert mesh.volume_ml == pytest.approx(4 / 3 * np.pi * 0.343, rel=0.03)
    assert otsu_threshold(np.full((3, 3, 3), np.nan)) == 0.0
    assert otsu_threshold(np.full((3, 3, 3), 7)) == 7.0


@given(st.tuples(*[st.integers(1, 700)] * 3), st.integers(1, 10**6))
def test_a_thinned_volume_fits(shape: Any, most: int) -> None:
    step = step_to(shape, most)
    thinned = [max(size // step, 1) for size in shape]
    assert np.prod(thinned) <= most or step == min(shape)


def test_a_texture_is_a_view_within_the_budget() -> None:
    voxels = np.zeros((100, 80, 60), dtype=np.int16)
    whole = texture_of(voxels, np.eye(4), 4)
    assert whole.step == 1
    assert whole.note == ""
    part = texture_of(voxels, np.eye(4), 1)
    assert np.shares_memory(part.voxels, voxels)
    assert part.voxels.size * 4 <= 2**20
    assert part.note == "every 2nd voxel"
    np.testing.assert_array_equal(np.diag(part.affine), [2, 2, 2, 1])


@given(rotations(), affines())
def test_a_plane_cuts_a_box_where_it_is_inside(turn: Any, affine: Any) -> None:
    box = Background((9, 10, 11), affine)
    plane = Plane(box.center_mm, turn[:, 0], turn[:, 1], 2.0, (80, 90))
    white = np.full((80, 90, 4), 255, dtype=np.uint8)
    patch = patch_of(plane, white, box.corners_mm)
    voxels = apply_affine(box.inverse, plane.points_mm())
    away = np.maximum(-0.5 - voxels, voxels - np.array(box.shape) + 0.5).max(axis=-1)
    assert patch is not None
    corners = patch.vertices_mm[patch.triangles].astype(float)
    sides = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area_px = np.linalg.norm(sides, axis=1).sum() / 2 / plane.spacing_mm**2
    assert (away < -1e-6).sum() <= area_px + 0.1
    assert area_px <= (away < 1e-6).sum() + 0.1
    heights = (patch.vertices_mm - plane.center_mm) @ plane.normal
    np.testing.assert_allclose(heights, 0, atol=1e-3)


@given(rotations(), st.integers(1, 3))
def test_a_picture_lies_in_3d_where_its_plane_does(turn: Any, times: int) -> None:
    size = 500 * times
    plane = Plane((1, 2, 3), turn[:, 0], turn[:, 1], 0.5 / times, (size, size))
    box = Background((400, 400, 400), np.eye(4) * (2, 2, 2, 1)).corners_mm - 400
    white = np.full((size, size, 4), 255, dtype=np.uint8)
    patch = patch_of(plane, white, box)
    assert patch is not None
    pixels = plane.to_pixels(patch.vertices_mm)[:, :2]
    expected = np.stack(
        [patch.texcoords[:, 0] * size, (1 - patch.texcoords[:, 1]) * size], axis=1
    )
    np.testing.assert_allclose(pixels + 0.5, expected, atol=times)


def test_air_around_a_body_is_left_out_and_holes_are_not() -> None:
    plane = Plane((0, 0, 0), (1, 0, 0), (0, 1, 0), 1.0, (20, 20))
    rgba = np.zeros((20, 20, 4), dtype=np.uint8)
    rgba[..., 3] = 255
    rgba[5:15, 5:15, :3] = 200
    rgba[8:11, 8:11, :3] = 0
    box = Background((40, 40, 40), np.eye(4)).corners_mm - 20
    patch = patch_of(plane, rgba, box)
    assert patch is not None
    assert len(patch.triangles) == 2 * 10
    assert patch_of(plane, np.zeros_like(rgba), box) is None


def test_a_plane_beside_the_box_shows_nothing() -> None:
    plane = Plane((0, 0, 50), (1, 0, 0), (0, 1, 0), 1.0, (20, 20))
    box = Background((10, 10, 10), np.eye(4)).corners_mm
    assert section_of(plane, box).shape == (0, 2)
    white = np.full((20, 20, 4), 255, dtype=np.uint8)
    assert patch_of(plane, white, box) is None
