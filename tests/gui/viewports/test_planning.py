"""Planes of viewports in the world: crosshair, slices, zoom, turns, mosaics."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from napari.layers import Image
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from napari_nora.viewports.background import Background
from napari_nora.viewports.controller import ViewportController
from napari_nora.viewports.planning import Planner
from napari_nora.viewports.rendering import render
from napari_nora.viewports.scene import scene_of
from napari_nora.viewports.sources import source_of
from napari_nora.viewports.state import (
    NO_TURN,
    Convention,
    Desk,
    Kind,
    Layout,
    Mosaic,
    Orientation,
    ViewportState,
)
from napari_nora.viewports.turns import combined, matrix_of, turn_about
from nora_core.geometry.affine import apply_affine
from nora_core.geometry.planes import sample_plane
from tests.strategies import affines, rotations, shapes, sheared_affines

any_affine = st.one_of(affines(), sheared_affines())
sizes = st.tuples(st.integers(40, 400), st.integers(40, 400))
axes_of_turns = st.tuples(*(st.floats(-1, 1),) * 3).filter(
    lambda axis: np.linalg.norm(axis) > 0.1
)


@st.composite
def turns(draw: st.DrawFn) -> Any:
    """No turn, or any."""
    if draw(st.booleans()):
        return NO_TURN
    return turn_about(np.array(draw(axes_of_turns)), draw(st.floats(-3, 3)))


@dataclass
class Planes:
    """One controller per orientation, without a window."""

    layers: dict[str, Any]
    desk: Desk = field(default_factory=lambda: Desk(Layout(1, 3, 0)))

    def __post_init__(self) -> None:
        for layer in self.layers:
            self.desk.show(layer)
        self.controllers = {
            key: ViewportController(self.desk, key, None, self.layers)
            for key in self.desk.layout.keys
        }

    def crosshair_error_mm(self, key: str) -> float:
        """Return how far the plane is from the crosshair."""
        plane = self.controllers[key].planner().plane()
        return abs(float(plane.to_pixels(self.desk.crosshair_mm)[2]))


def image_of(affine: Any, shape: Any) -> Image:
    return Image(np.zeros(shape, np.uint8), affine=affine, contrast_limits=(0, 1))


@st.composite
def grids_of_planes(draw: st.DrawFn) -> Planes:
    """Three linked planes on an image, in any convention, turned or not, any size."""
    image = image_of(draw(any_affine), draw(shapes(12)))
    planes = Planes({"image": image})
    planes.desk.set_convention(draw(st.sampled_from(Convention)))
    for key, controller in planes.controllers.items():
        planes.desk.change(key, turn=draw(turns()))
        controller.size = draw(sizes)
    return planes


def inside(draw: Any, layer: Any) -> NDArray[np.float64]:
    """Return a point inside the voxels of a layer."""
    parts = [draw.draw(st.floats(0, 1)) for _ in range(3)]
    voxel = np.array(parts) * np.array(layer.data.shape) - 0.5
    return apply_affine(np.asarray(layer.affine), voxel[np.newaxis])[0]


@given(grids_of_planes(), st.data())
def test_every_plane_is_within_half_a_voxel_of_the_crosshair(
    planes: Planes, data: Any
) -> None:
    image = planes.layers["image"]
    planes.desk.move_crosshair(inside(data, image))
    for key, controller in planes.controllers.items():
        controller.zoom(data.draw(st.floats(-5, 10)), 20, 30)
        controller.pan(data.draw(st.floats(-90, 90)), data.draw(st.floats(-90, 90)))
        step_mm = controller.planner().step_mm()
        assert planes.crosshair_error_mm(key) <= step_mm / 2 * (1 + 1e-6)


@given(grids_of_planes(), st.sampled_from("012"), st.data())
def test_a_click_puts_the_crosshair_under_the_pointer(
    planes: Planes, key: str, data: Any
) -> None:
    controller = planes.controllers[key]
    controller.zoom(data.draw(st.floats(-5, 10)), 20, 30)
    rows, columns = controller.size
    x, y = data.draw(st.floats(0, columns)), data.draw(st.floats(0, rows))
    controller.move_crosshair(x, y)
    column, row, away = controller.planner().plane().to_pixels(planes.desk.crosshair_mm)
    assert (column + 0.5, row + 0.5) == pytest.approx((x, y), abs=1e-4)
    assert abs(away) <= controller.planner().step_mm() / 2 * (1 + 1e-6)


@given(any_affine, rotations(), shapes(12), st.data())
def test_images_of_different_affines_stay_linked(
    first: Any, turn: Any, shape: Any, data: Any
) -> None:
    second = first.copy()  # lies over the first, turned about its middle
    middle = Background(shape, first).center_mm
    second[:3, :3] = turn @ first[:3, :3]
    second[:3, 3] = middle + turn @ (first[:3, 3] - middle)
    layers = {"one": image_of(first, shape), "other": image_of(second, shape)}
    planes = Planes(layers)
    for key in planes.controllers:
        planes.desk.hide("other" if key == "0" else "one", key)
    point = inside(data, layers["one"])
    planes.controllers["0"].size = (300, 300)
    x, y, _ = planes.controllers["0"].planner().plane().to_pixels(point)
    planes.controllers["0"].move_crosshair(float(x) + 0.5, float(y) + 0.5)
    nearly = planes.controllers["0"].planner().step_mm() * 0.05  # taken for a slice
    assert planes.crosshair_error_mm("0") == pytest.approx(0, abs=nearly)
    inverse = np.linalg.inv(second)
    voxel = apply_affine(inverse, np.array([planes.desk.crosshair_mm]))[0]
    is_inside = ((voxel >= -0.5) & (voxel <= np.array(shape) - 0.5)).all()
    for key in "12" if is_inside else ():
        half = planes.controllers[key].planner().step_mm() / 2
        assert planes.crosshair_error_mm(key) <= half * (1 + 1e-6)


@given(any_affine, shapes(12))
def test_the_wheel_visits_each_slice_once(affine: Any, shape: Any) -> None:
    planes = Planes({"image": image_of(affine, shape)})
    planes.desk.set_convention(Convention.MEMORY)
    for key, controller in planes.controllers.items():
        right, down = controller.planner().axes()
        axis = Background(shape, affine).slice_axis(right, down)
        assert axis is not None
        planes.desk.move_crosshair(Background(shape, affine).center_mm)
        for _ in range(shape[axis]):
            controller.step(-1)
        seen = [controller.planner().slice_number()]
        for _ in range(shape[axis] - 1):
            controller.step(1)
            seen.append(controller.planner().slice_number())
        assert seen in (list(range(shape[axis])), list(range(shape[axis]))[::-1]), key
        controller.step(1)
        assert controller.planner().slice_number() == seen[-1]


@given(grids_of_planes(), st.integers(1, 5))
def test_the_wheel_there_and_back_is_where_it_began(
    planes: Planes, slices: int
) -> None:
    for controller in planes.controllers.values():
        planes.desk.move_crosshair(controller.planner().fitted.center_mm)
        controller.step(0)
        before = planes.desk.crosshair_mm
        controller.step(slices)
        moved = np.subtract(planes.desk.crosshair_mm, before)
        controller.step(-slices)
        normal = np.cross(*controller.planner().axes())
        assert np.linalg.norm(np.cross(moved, normal)) == pytest.approx(0, abs=1e-6)
        planner = controller.planner()
        low, high = planner.fitted.range_mm(normal)
        room = (high - low) / 2 - planner.step_mm() * (slices + 1.1)
        if room > 0:
            assert planes.desk.crosshair_mm == pytest.approx(before, abs=1e-6)


@given(grids_of_planes(), st.floats(-5, 10), st.data())
def test_zoom_keeps_the_point_under_the_pointer(
    planes: Planes, steps: float, data: Any
) -> None:
    for controller in planes.controllers.values():
        rows, columns = controller.size
        x, y = data.draw(st.floats(0, columns)), data.draw(st.floats(0, rows))
        before, spacing = controller.world_at(x, y), controller.planner().plane()
        controller.zoom(steps, x, y)
        after = controller.world_at(x, y)
        np.testing.assert_allclose(after, before, atol=1e-6)
        wanted = np.clip(spacing.spacing_mm / 1.15**steps, 0.002, 50)
        assert controller.planner().plane().spacing_mm == pytest.approx(wanted)


@given(grids_of_planes(), st.integers(-99, 99), st.integers(-99, 99))
def test_pan_moves_the_image_with_the_pointer(planes: Planes, dx: int, dy: int) -> None:
    for controller in planes.controllers.values():
        point, spacing = controller.world_at(20, 30), controller.planner().plane()
        controller.pan(dx, dy)
        np.testing.assert_allclose(
            controller.world_at(20 + dx, 30 + dy), point, atol=1e-6
        )
        assert controller.planner().plane().spacing_mm == spacing.spacing_mm


@given(grids_of_planes(), axes_of_turns, st.floats(-3, 3), st.data())
def test_a_turn_leaves_the_crosshair_where_it_is_on_the_screen(
    planes: Planes, axis: Any, angle: float, data: Any
) -> None:
    planes.desk.move_crosshair(inside(data, planes.layers["image"]))
    for controller in planes.controllers.values():
        before = controller.planner().plane()
        place = before.to_pixels(planes.desk.crosshair_mm)[:2]
        controller.turn_by(np.array(axis), angle)
        after = controller.planner().plane()
        again = after.to_pixels(planes.desk.crosshair_mm)[:2]
        np.testing.assert_allclose(again, place, atol=1e-3)
        assert after.spacing_mm == pytest.approx(before.spacing_mm)
        turn = matrix_of(turn_about(np.array(axis), angle))
        np.testing.assert_allclose(after.right, turn @ before.right, atol=1e-6)
        np.testing.assert_allclose(after.down, turn @ before.down, atol=1e-6)


@given(grids_of_planes())
def test_reset_takes_turns_zoom_and_pan_back(planes: Planes) -> None:
    for key, controller in planes.controllers.items():
        planes.desk.change(key, turn=NO_TURN)
        planes.desk.move_crosshair(controller.planner().fitted.center_mm)
        before = controller.planner().plane()
        controller.turn_by(np.array([0.3, 0.2, 1]), 0.4)
        controller.zoom(3, 10, 10)
        controller.pan(5, 6)
        controller.reset()
        after = controller.planner().plane()
        np.testing.assert_allclose(after.points_mm(), before.points_mm(), atol=1e-6)


@given(any_affine, shapes(12), st.sampled_from(Orientation), sizes)
def test_a_view_that_fits_shows_the_whole_image(
    affine: Any, shape: Any, orientation: Orientation, size: Any
) -> None:
    background = Background(shape, affine)
    state = ViewportState("0", orientation=orientation)
    planner = Planner(
        state, Convention.RADIOLOGICAL, tuple(background.center_mm), size, background
    )
    pixels = planner.plane().to_pixels(background.corners_mm)[:, :2] + 0.5
    assert (pixels >= 0).all()
    assert (pixels <= size[::-1]).all()


@given(affines(), axes_of_turns, st.floats(0.2, 1))
def test_a_plane_turned_by_30_degrees_equals_scipy(
    affine: Any, axis: Any, share: float
) -> None:
    random = np.random.default_rng(7)
    voxels = random.normal(size=(9, 8, 7)).astype(np.float32)
    image = Image(voxels, affine=affine)
    planes = Planes({"image": image})
    controller = planes.controllers["0"]
    controller.size = (60, 70)
    center = Background(voxels.shape, affine).center_mm
    planes.desk.move_crosshair(center * share + (1 - share) * (center + 0.3))
    controller.turn_by(np.array(axis), np.radians(30))
    plane = controller.planner().plane()
    sampled = sample_plane(source_of(image, 0, is_nearest=False), plane)
    places = apply_affine(np.linalg.inv(affine), plane.points_mm().reshape(-1, 3)).T
    expected = map_coordinates(voxels, places, order=1, mode="nearest")
    size = np.array(voxels.shape)[:, np.newaxis]
    is_inside = ((places > -0.499) & (places < size - 0.501)).all(axis=0)
    assert is_inside.any()
    got = sampled.reshape(-1)[is_inside]
    np.testing.assert_allclose(got, expected[is_inside], rtol=1e-4, atol=2e-5)


@given(
    st.sampled_from(Orientation),
    st.sampled_from(Convention),
    st.integers(1, 4),
    st.integers(1, 5),
    st.sampled_from((None, 1.0, 2.0, 7.0)),
    st.integers(0, 29),
)
def test_slice_numbers_of_tiles_are_arithmetic(
    orientation: Any, convention: Any, rows: int, columns: int, step: Any, at: int
) -> None:
    affine = np.diag([2.0, -2.0, 2.0, 1.0])
    background = Background((30, 30, 30), affine)
    mosaic = Mosaic(rows, columns, step)
    state = ViewportState("b0", Kind.MOSAIC, orientation, mosaic=mosaic)
    crosshair = tuple(affine[:3, :3] @ np.array([at, at, at]))
    planner = Planner(state, convention, crosshair, (300, 400), background)
    tiles = planner.tiles()
    assert len(tiles) == rows * columns
    along = [tile.plane.center_mm @ np.abs(tile.plane.normal) for tile in tiles]
    slices = 30 / len(tiles) if step is None else step / 2
    steps = np.diff(along)
    assert (steps > 0).all()  # from I, P or L upwards
    assert steps == pytest.approx(max(1, np.ceil(slices - 0.5)) * 2, abs=2.01)
    assert np.ptp(steps) == pytest.approx(0, abs=1e-6) if len(steps) else True
    numbers = [tile.slice_number for tile in tiles]
    assert at in numbers
    known = [number for number in numbers if number is not None]
    assert len({*np.diff(known)}) <= 1
    assert {(tile.row, tile.column) for tile in tiles} == {
        (row * (300 // rows), column * (400 // columns))
        for row in range(rows)
        for column in range(columns)
    }


def test_the_wheel_moves_all_tiles_of_a_mosaic_by_a_slice() -> None:
    image = image_of(np.diag([2.0, 2, 3, 1]), (20, 20, 24))
    planes = Planes({"image": image}, Desk(Layout(1, 1, 1)))
    bar = planes.controllers["b0"]
    planes.desk.change("b0", mosaic=Mosaic(1, 4))
    bar.size = (100, 400)
    planes.desk.move_crosshair((20, 20, 30))
    before = [tile.slice_number for tile in bar.planner().tiles()]
    bar.step(1)
    after = [tile.slice_number for tile in bar.planner().tiles()]
    assert before == [4, 10, 16, 22]
    assert after == [5, 11, 17, 23]


def test_a_click_into_a_tile_chooses_its_slice() -> None:
    image = image_of(np.diag([2.0, 2, 3, 1]), (20, 20, 24))
    planes = Planes({"image": image}, Desk(Layout(1, 1, 1)))
    bar = planes.controllers["b0"]
    planes.desk.change("b0", mosaic=Mosaic(1, 4))
    bar.size = (100, 400)
    planes.desk.move_crosshair((20, 20, 30))
    bar.move_crosshair(250.0, 50.0)
    assert planes.desk.crosshair_mm[2] == pytest.approx(16 * 3)
    assert planes.controllers["0"].planner().slice_number() == 16


@given(axes_of_turns, st.floats(-6, 6), axes_of_turns, st.floats(-6, 6))
def test_turns_combine_as_their_matrices_do(
    first: Any, angle: float, second: Any, other: float
) -> None:
    one, two = turn_about(np.array(first), angle), turn_about(np.array(second), other)
    both = matrix_of(combined(two, one))
    np.testing.assert_allclose(both, matrix_of(two) @ matrix_of(one), atol=1e-9)
    np.testing.assert_allclose(both @ both.T, np.eye(3), atol=1e-9)
    assert np.linalg.det(both) == pytest.approx(1)


def test_turns_follow_the_right_hand_rule() -> None:
    quarter = matrix_of(turn_about(np.array([0, 0, 2.0]), np.pi / 2))
    np.testing.assert_allclose(quarter @ [1, 0, 0], [0, 1, 0], atol=1e-12)


@given(rotations(), st.integers(-3, 3))
def test_a_viewport_without_an_image_has_planes_all_the_same(
    turn: Any, slices: int
) -> None:
    assume(np.isfinite(turn).all())
    planes = Planes({})
    for key, controller in planes.controllers.items():
        controller.size = (80, 90)
        controller.step(slices)
        controller.zoom(1, 3, 4)
        scene = scene_of(
            planes.desk[key], controller.planner(), planes.layers, lambda _: 0
        )
        assert not render(scene)[..., :3].any()
