"""How layers look in viewports: windows, slabs, readings, layers of other plug-ins."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from qtpy.QtCore import QEvent, QRectF
from qtpy.QtGui import QFontMetricsF
from qtpy.QtWidgets import QApplication

from napari_nora.viewports.annotations import position_text
from napari_nora.viewports.looks import lut_of, set_own
from napari_nora.viewports.mark_cache import MarkCache
from napari_nora.viewports.overlay import Overlay
from napari_nora.viewports.painting import texts_that_fit
from napari_nora.viewports.state import SlabMode
from napari_nora.viewports.viewbars import stack as stack_module
from napari_nora.viewports.viewbars.menu import (
    SYMMETRIC_COLORMAP,
    LayerMenu,
    layer_menu,
)
from tests.gui.viewports.board import Board

AFFINE = np.diag([2.0, 2.0, 3.0, 1.0])
SHAPE = (20, 18, 16)


def color_at(board: Board, key: str, point_mm: Any) -> list[int]:
    """Return red, green and blue at a point of the world."""
    picture = board.picture(key)
    x, y = board.pixel_of(key, point_mm)
    return [int(part) for part in picture[int(y), int(x)]]


def open_image(board: Board, voxels: Any, **options: Any) -> Any:
    options.setdefault("affine", AFFINE)
    return board.viewer.add_image(np.asarray(voxels), **options)


def test_the_symmetric_map_has_its_middle_color_at_0(board: Board) -> None:
    values = np.zeros(SHAPE, np.float32)
    values[:7], values[13:] = -3, 3
    layer = open_image(board, values, contrast_limits=(-1, 3))
    menu = layer_menu(board.controller("0"), layer, board.grid)
    symmetric = next(
        action
        for action in menu.actions()[0].menu().actions()
        if action.text() == "Symmetric about 0"
    )
    symmetric.trigger()
    menu.deleteLater()
    assert tuple(layer.contrast_limits) == (-3, 3)
    lut = lut_of(SYMMETRIC_COLORMAP) * 255
    board.desk.move_crosshair((20, 18, 24))
    assert color_at(board, "0", (20, 18, 24)) == pytest.approx(lut[128, :3], abs=3)
    assert min(color_at(board, "0", (20, 18, 24))) > 230
    assert color_at(board, "0", (4, 18, 24)) == pytest.approx(lut[0, :3], abs=2)
    assert color_at(board, "0", (36, 18, 24)) == pytest.approx(lut[255, :3], abs=2)


@pytest.mark.parametrize(("mode", "value"), [("max", 240), ("min", 0), ("mean", 80)])
def test_a_slab_shows_what_lies_in_it(board: Board, mode: str, value: int) -> None:
    voxels = np.zeros(SHAPE, np.uint8)
    voxels[:, :, 8] = 240
    open_image(board, voxels, contrast_limits=(0, 255), interpolation2d="nearest")
    board.desk.move_crosshair((20, 18, 27))  # one slice above the bright one
    assert color_at(board, "0", (20, 18, 27)) == [0, 0, 0]
    board.desk.change("0", slab_mm=8.0, slab_mode=SlabMode(mode))
    shown = color_at(board, "0", (20, 18, 27))
    assert shown[0] == pytest.approx(value, abs=14)
    assert board.canvas("0").overlay.bottom_left[1] == f"slab 8 mm, {mode}"


def test_color_images_show_their_colors(board: Board) -> None:
    voxels = np.zeros((*SHAPE, 3), np.uint8)
    voxels[:10, ..., 0], voxels[10:, ..., 2] = 200, 150
    open_image(board, voxels, rgb=True)
    board.desk.move_crosshair((20, 18, 24))
    assert color_at(board, "0", (8, 18, 24)) == [200, 0, 0]
    assert color_at(board, "0", (32, 18, 24)) == [0, 0, 150]


@pytest.fixture
def vectors(board: Board) -> Any:
    """Three values per voxel, as (3, i, j, k): along the first voxel axis."""
    voxels = np.zeros((3, *SHAPE), np.float32)
    voxels[0] = 1
    affine = np.eye(5)
    affine[1:, 1:] = AFFINE
    layer = board.viewer.add_image(voxels, affine=affine, contrast_limits=(0, 1))
    board.desk.move_crosshair((20, 18, 24))
    return layer


@pytest.mark.parametrize(
    ("reading", "color"),
    [("rgb", 0), ("brg", 2), ("gbr", 1), ("grb", 1), ("direction", 0)],
)
def test_three_values_are_read_as_colors(
    board: Board, vectors: Any, reading: str, color: int
) -> None:
    set_own(vectors, "reading", reading)
    assert int(np.argmax(color_at(board, "0", (20, 18, 24)))) == color


def test_directions_are_of_the_world_not_of_the_voxels(
    board: Board, vectors: Any
) -> None:
    set_own(vectors, "reading", "direction_fsl")
    turned = np.eye(5)
    turned[1:4, 1:4] = [[0, -2.0, 0], [2.0, 0, 0], [0, 0, 3.0]]  # i runs to A
    vectors.affine = turned
    board.desk.move_crosshair((-16, 18, 24))
    assert int(np.argmax(color_at(board, "0", (-16, 18, 24)))) == 1


def test_a_reading_may_hold_in_one_viewport_alone(board: Board, vectors: Any) -> None:
    board.controller("1").set_look(vectors, "reading", "rgb", only_here=True)
    here, there = (color_at(board, key, (20, 18, 24)) for key in "10")
    assert here == [255, 0, 0]
    assert len({*there}) == 1


def test_the_time_slider_changes_picture_and_values(board: Board) -> None:
    voxels = np.stack([np.full(SHAPE, value, np.uint8) for value in (10, 100, 200)])
    affine = np.eye(5)
    affine[1:, 1:] = AFFINE
    layer = board.viewer.add_image(voxels, affine=affine, contrast_limits=(0, 255))
    seen = []
    for time in range(3):
        board.viewer.dims.set_point(0, time)
        gray = color_at(board, "0", board.desk.crosshair_mm)[0]
        seen.append((gray, board.canvas("0").overlay.bottom_right[0].split()[-1]))
    assert seen == [(10, "10"), (100, "100"), (200, "200")]
    bar = board.viewport("1").viewbars.bars[str(layer.unique_id)]
    bar.slider.setValue(1)
    assert color_at(board, "0", board.desk.crosshair_mm)[0] == 100
    assert bar.name.text().startswith("2/3")


@pytest.mark.parametrize(
    "options",
    [
        {"scale": (2, 3, 1.5), "translate": (5, -7, 11)},
        {"scale": (1, 1, 1), "rotate": (30, 20, 10), "translate": (-4, 2, 1)},
        {"scale": (2, 1, 1), "shear": [0.3, 0.1, -0.2]},
        {"affine": [[0, 2, 0, 4], [-1, 0, 0, 2], [0, 0.5, 3, 0], [0, 0, 0, 1]]},
    ],
)
def test_layers_of_other_plug_ins_show_where_napari_has_them(
    board: Board, options: Any
) -> None:
    voxels = np.zeros(SHAPE, np.float32)
    voxels[12:15, 5:8, 9:12] = 1
    layer = board.viewer.add_image(voxels, contrast_limits=(0, 1), **options)
    bright = layer.data_to_world((13, 6, 10))
    board.desk.move_crosshair(bright)
    board.settle()
    assert board.canvas("0").overlay.bottom_right[0].endswith(" 1")
    for key in "012":
        assert color_at(board, key, bright) == [255, 255, 255]
    board.desk.move_crosshair(layer.data_to_world((3, 6, 10)))
    assert color_at(board, "0", layer.data_to_world((3, 6, 10))) == [0, 0, 0]


def test_a_pyramid_shows_its_finest_level(board: Board) -> None:
    fine = np.zeros((32, 32, 32), np.float32)
    fine[20, 20, 20] = 1
    layer = board.viewer.add_image(
        [fine, fine[::2, ::2, ::2] * 0], multiscale=True, contrast_limits=(0, 1)
    )
    assert layer.multiscale
    board.desk.move_crosshair((20, 20, 20))
    assert color_at(board, "0", (20, 20, 20)) == [255, 255, 255]
    assert board.canvas("0").overlay.bottom_right[0].endswith(" 1")


def test_lazy_arrays_read_only_the_frame_that_is_shown(board: Board) -> None:
    dask = pytest.importorskip("dask.array")
    read: list[int] = []

    def frame(block_info: Any = None) -> Any:
        read.append(block_info[None]["chunk-location"][0])
        return np.full((1, *SHAPE), 100 + read[-1], np.uint8)

    chunks = ((1,) * 5, *((size,) for size in SHAPE))
    lazy = dask.map_blocks(frame, chunks=chunks, dtype=np.uint8, meta=np.empty(0))
    board.viewer.add_image(lazy, contrast_limits=(0, 255))
    board.viewer.dims.set_point(0, 3)
    board.settle()
    read.clear()
    board.viewer.dims.set_point(0, 2)
    assert color_at(board, "0", board.desk.crosshair_mm)[0] == 102
    assert {*read} == {2}


def test_a_flat_image_lies_in_the_last_two_axes(board: Board) -> None:
    flat = np.zeros((20, 30), np.uint8)
    flat[4:7, 20:23] = 255
    board.viewer.add_image(flat, contrast_limits=(0, 255))
    board.desk.move_crosshair((0, 5, 21))
    assert color_at(board, "2", (0, 5, 21)) == [255, 255, 255]
    assert color_at(board, "2", (0, 15, 5)) == [0, 0, 0]


@pytest.mark.parametrize("kind", ["points", "shapes", "vectors", "surface"])
def test_layers_without_voxels_leave_marks_at_their_place(
    board: Board, kind: str
) -> None:
    open_image(board, np.zeros(SHAPE, np.uint8), contrast_limits=(0, 1))
    at = np.array([20.0, 18, 24])
    corners = at + np.array([[-6.0, -6, 0], [6, -6, 0], [6, 6, 0], [-6, 6, 0]])
    if kind == "points":
        board.viewer.add_points([at], size=10, face_color="red")
    elif kind == "shapes":
        board.viewer.add_shapes([corners], edge_color="red", edge_width=2)
    elif kind == "vectors":
        board.viewer.add_vectors([[at, [9, 0, 0]]], edge_color="red", edge_width=2)
    else:
        tips = at + np.array([[-9, 0, -9], [9, 0, -9], [0, 0, 9], [7, 7, 7]])
        faces = np.array([[0, 1, 2], [0, 1, 3], [1, 2, 3], [0, 2, 3]])
        board.viewer.add_surface((tips, faces))
    board.desk.move_crosshair(at)
    board.desk.toggle("shows_text")
    board.desk.toggle("shows_crosshair")
    screen = board.screen("0").astype(int)
    rows, columns = np.nonzero(np.ptp(screen, axis=2) + screen.max(axis=2) > 60)
    inner = (rows > 3) & (columns > 3) & (columns < screen.shape[1] - 4)
    inner &= rows < screen.shape[0] - 4  # without the frame of the chosen viewport
    x, y = board.pixel_of("0", at)
    assert inner.sum() > 8
    spacing = board.controller("0").planner().plane().spacing_mm
    away_mm = np.hypot(columns[inner] - x, rows[inner] - y) * spacing
    assert away_mm.max() < 14


def test_what_naparis_own_brush_paints_is_seen(board: Board) -> None:
    layer = board.viewer.add_labels(np.zeros(SHAPE, np.uint8), affine=AFFINE)
    board.desk.move_crosshair((20, 18, 24))
    board.settle()
    before = board.picture("0")
    layer.paint((10, 9, 8), 1)
    painted = board.picture("0")
    assert (painted != before).any()
    layer.undo()
    np.testing.assert_array_equal(board.picture("0"), before)
    layer.data[9:12, 8:11, 8] = 1
    layer.refresh()
    assert (board.picture("0") != before).any()


class TestBars:
    """The bars at the top right."""

    def test_there_is_one_per_layer_in_their_order(self, board: Board) -> None:
        for name in "abc":
            open_image(board, np.zeros(SHAPE), name=name)
        board.settle()
        bars = board.viewport("1").viewbars.bars
        assert [bar.name.text() for bar in bars.values()] == ["a", "b", "c"]
        board.viewer.layers["b"].name = "renamed"
        board.settle()
        names = [bar.name.text() for bar in bars.values()]
        assert names[1].startswith("rena")

    def test_a_position_without_room_is_told_in_whole_millimeters(self) -> None:
        overlay = Overlay(
            bottom_right=("ct  6", position_text((100.5, 117.5, -1031.0))),
            short_position=position_text((100.5, 117.5, -1031.0), decimals=0),
        )
        metrics = QFontMetricsF(QApplication.font())
        shown = [
            texts_that_fit(overlay, metrics, QRectF(0, 0, width, 400))[1:]
            for width in (1000, metrics.horizontalAdvance(overlay.short_position) * 2.1)
        ]
        assert shown == [overlay.bottom_right[1:], (overlay.short_position,)]
        assert texts_that_fit(overlay, metrics, QRectF(0, 0, 90, 400)) == ("ct  6",)

    def test_the_chosen_layer_is_bold_in_all(self, board: Board) -> None:
        layers = [open_image(board, np.zeros(SHAPE), name=name) for name in "ab"]
        board.viewer.layers.selection.active = layers[0]
        board.settle()
        for key in ("0", "1", "b0"):
            bars = board.viewport(key).viewbars.bars.values()
            assert [bar.name.font().bold() for bar in bars] == [True, False]

    def test_eye_and_cross_act_everywhere(self, board: Board) -> None:
        layer = open_image(board, np.ones(SHAPE))
        board.settle()
        bar = board.viewport("0").viewbars.bars[str(layer.unique_id)]
        bar.eye.click()
        assert not layer.visible
        assert not board.picture("1").any()
        bar.cross.click()
        assert not len(board.viewer.layers)

    def test_small_viewports_show_them_when_pointed_at(self, board: Board) -> None:
        for name in "abcd":
            open_image(board, np.zeros(SHAPE), name=name)
        board.settle()
        stack = board.viewport("b0").viewbars
        assert stack.is_folded
        assert not any(bar.isVisible() for bar in stack.bars.values())
        stack.enterEvent(None)
        assert all(bar.isVisible() for bar in stack.bars.values())
        stack.leaveEvent(None)
        assert stack.is_folded

    def test_with_shift_the_eye_acts_here_only(
        self, board: Board, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        layer = open_image(board, np.ones(SHAPE), contrast_limits=(0, 1))
        board.settle()
        monkeypatch.setattr(stack_module, "shift_is_held", lambda: True)
        board.viewport("0").viewbars.bars[str(layer.unique_id)].eye.click()
        assert layer.visible
        assert not board.picture("0").any()
        assert board.picture("1").any()

    def test_menus_are_not_kept_with_their_layers(
        self, board: Board, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        layer = open_image(board, np.ones(SHAPE))
        board.settle()
        monkeypatch.setattr(LayerMenu, "exec", lambda *_: None)
        bar = board.viewport("0").viewbars.bars[str(layer.unique_id)]
        bar.menu.click()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        assert not board.viewport("0").viewbars.findChildren(LayerMenu)


@pytest.mark.parametrize(("reading", "x"), [("arrows", 1.0), ("arrows_fsl", -1.0)])
def test_arrows_of_fsl_count_x_from_the_other_side(
    board: Board, vectors: Any, reading: str, x: float
) -> None:
    set_own(vectors, "reading", reading)
    marks = MarkCache().marks_on(
        [vectors], board.controller("0").planner().plane(), 1.0, lambda _: 0
    )
    starts, ends = marks[0].lines[0].pixels[0]
    right = board.controller("0").planner().plane().right
    assert np.sign((ends - starts)[0]) == np.sign(right[0] * x)
