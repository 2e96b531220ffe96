"""The brush in the world: which voxels a stroke covers, on any plane and grid."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from napari.layers import Labels

from napari_nora.viewports import brush
from napari_nora.viewports.background import Background
from napari_nora.viewports.state import Mosaic
from nora_core.geometry.plane import Plane
from tests.gui.viewports.board import Board
from tests.strategies import affines, rotations, shapes, sheared_affines

any_affine = st.one_of(affines(), sheared_affines())


def covered(
    mask: Background, plane: Plane, start: Any, end: Any, radius_mm: float
) -> Any:
    """Return the covered voxels, asked one by one, as the docstring says it."""
    found = set()
    for voxel in np.ndindex(*mask.shape):
        center = mask.affine[:3, :3] @ voxel + mask.affine[:3, 3]
        corners = [
            mask.affine[:3, :3] @ (np.array(voxel) + corner) + mask.affine[:3, 3]
            for corner in np.ndindex(2, 2, 2)
            for corner in [np.array(corner) - 0.5]
        ]
        away = (np.array(corners) - start) @ plane.normal
        flat = center - plane.normal * ((center - start) @ plane.normal)
        way = end - start
        length = way @ way
        share = np.clip((flat - start) @ way / length, 0, 1) if length > 0 else 0
        distance = np.linalg.norm(flat - start - share * way)
        if away.min() < -1e-9 and away.max() > 1e-9 and distance <= radius_mm:
            found.add(voxel)
    under = {mask.nearest_voxel(point) for point in (start, end)}
    return found | (under - {None})


@given(any_affine, shapes(6), rotations(), st.data())
def test_a_stroke_covers_exactly_the_voxels_near_its_way(
    affine: Any, shape: Any, turn: Any, data: Any
) -> None:
    mask = Background(shape, affine)
    plane = Plane(mask.center_mm, turn[:, 0], turn[:, 1], 1.0, (9, 9))
    places = st.floats(-8, 8).map(lambda x: round(x, 2))
    start, end = (
        plane.center_mm + turn[:, :2] @ [data.draw(places), data.draw(places)]
        for _ in range(2)
    )
    radius_mm = data.draw(st.floats(0.2, 9).map(lambda x: round(x, 2)))
    got = set(zip(*brush.disc(mask, plane, start, end, radius_mm), strict=True))
    inner = covered(mask, plane, start, end, radius_mm - 1e-6)
    outer = covered(mask, plane, start, end, radius_mm + 1e-6)
    assert inner <= got <= outer


def test_a_stroke_beside_the_mask_changes_nothing() -> None:
    layer = Labels(np.zeros((4, 4, 4), np.uint8))
    plane = Plane((0, 0, 40), (1, 0, 0), (0, 1, 0), 1.0, (9, 9))
    assert brush.paint(layer, plane, ((0, 0, 40), (3, 3, 40)), 2.0, 1) == 0


@pytest.mark.parametrize("shape", [(12, 12), (3, 12, 12), (2, 3, 12, 12)])
def test_masks_of_any_number_of_axes_are_painted(shape: Any) -> None:
    layer = Labels(np.zeros(shape, np.uint8))
    layer.affine = np.eye(len(shape) + 1)
    way = ((0, 4, 4), (0, 4, 8))
    plane = Plane((0, 5, 5), (0, 1, 0), (0, 0, 1), 1.0, (9, 9))
    brush.paint(layer, plane, way, 1.0, 1, time=len(shape) - 3)
    painted = layer.data if len(shape) == 2 else layer.data[..., 0, :, :]
    painted = painted[1] if painted.ndim == 3 else painted
    assert painted.sum() == layer.data.sum() == 3 * 5 + 2


def open_mask(board: Board, affine: Any, shape: Any = (30, 28, 26)) -> Any:
    board.viewer.add_image(np.ones(shape, np.uint8), affine=affine, name="image")
    layer = board.viewer.add_labels(np.zeros(shape, np.uint8), affine=affine)
    board.desk.draw(True, 4.0)
    board.settle()
    return layer


def test_a_stroke_in_an_oblique_viewport_is_one_step_of_the_history(
    board: Board,
) -> None:
    affine = np.array([[2, 0.1, 0, 4], [0, -2, 0.3, 5], [0.2, 0, 3, 6], [0, 0, 0, 1.0]])
    layer = open_mask(board, affine)
    board.controller("0").turn_by(np.array([1, 0.4, 0.2]), 0.5)
    board.settle()
    start, end = (100, 100), (180, 150)
    plane = board.controller("0").planner().plane()
    way = [plane.to_world(x - 0.5, y - 0.5) for x, y in (start, end)]
    board.drag("0", start, end, "Left drag")
    mask = Background(layer.data.shape, affine)
    exact = np.zeros(mask.shape, np.uint8)
    exact[brush.disc(mask, plane, *way, 4.0)] = 1
    assert exact.sum() > 30
    # ends of the parts of a way are rounder than the way, by the voxels under them
    np.testing.assert_array_equal(layer.data & exact, exact)
    assert (layer.data != exact).sum() <= 5
    board.type("0", "Ctrl+Z")
    assert not layer.data.any()
    board.type("0", "Ctrl+Shift+Z")
    np.testing.assert_array_equal(layer.data & exact, exact)


def test_a_stroke_over_two_tiles_stays_on_their_slices(board: Board) -> None:
    layer = open_mask(board, np.diag([2.0, 2, 3, 1]))
    board.desk.change("b0", mosaic=Mosaic(1, 4))
    board.settle()
    tiles = board.controller("b0").planner().tiles()
    rows, columns = tiles[0].plane.shape
    ends = [(tile.column + columns / 2, rows / 2) for tile in tiles[1:3]]
    board.drag("b0", *ends, "Left drag")
    painted = {*np.nonzero(layer.data.any(axis=(0, 1)))[0]}
    assert painted == {tiles[1].slice_number, tiles[2].slice_number}


@pytest.mark.parametrize("comes", ["another layer", "other voxels"])
def test_a_stroke_ends_where_another_case_comes(board: Board, comes: str) -> None:
    layer = open_mask(board, np.eye(4))
    board.press("0", (140, 150), "Left drag")
    voxels, before = layer.data, int(layer.data.sum())
    assert before
    if comes == "another layer":
        board.viewer.layers.remove(layer)
        open_mask(board, np.eye(4))
    else:
        layer.data = np.zeros_like(voxels)
    for x in (150, 170, 190):
        board.move("0", (x, 150), "Left drag")
    board.release("0", (190, 150), "Left drag")
    assert int(voxels.sum()) == before
    assert not board.viewer.layers[-1].data.any()


def test_drawing_without_a_mask_says_so(board: Board) -> None:
    board.viewer.add_image(np.ones((9, 9, 9)))
    said: list[str] = []
    board.session.noticed.connect(said.append)
    board.desk.draw(True)
    board.settle()
    board.drag("0", (90, 90), (100, 100), "Left drag")
    assert said == ["There is no mask here to draw on; Space makes one"]
    assert not board.desk.is_drawing


def test_drawing_on_a_hidden_mask_says_so(board: Board) -> None:
    layer = open_mask(board, np.eye(4))
    layer.visible = False
    said: list[str] = []
    board.session.noticed.connect(said.append)
    board.drag("0", (90, 90), (100, 100), "Left drag")
    assert "is hidden here" in said[0]
    assert not layer.data.any()


def test_space_without_a_mask_asks_for_one(board: Board) -> None:
    board.viewer.add_image(np.ones((9, 9, 9)))
    asked: list[str] = []
    board.desk.requested.connect(asked.append)
    board.type("0", "Space")
    assert asked == ["new_mask"]


def test_the_chosen_label_is_painted(board: Board) -> None:
    layer = open_mask(board, np.eye(4))
    layer.selected_label = 5
    board.drag("0", (140, 150), (150, 150), "Left drag")
    assert {*np.unique(layer.data)} == {0, 5}
