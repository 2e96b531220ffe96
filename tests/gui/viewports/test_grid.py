"""Grids of viewports: layouts, linking, what is rendered when, and what fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from qtpy.QtWidgets import QApplication

from napari_nora.viewports import rendering
from napari_nora.viewports.overlay import EMPTY
from napari_nora.viewports.state import Kind, Layout, Orientation
from nora_core.errors import BadInput
from tests.gui.viewports.board import Board

AFFINE = np.diag([2.0, 2.0, 3.0, 1.0])
SHAPE = (30, 26, 20)
END = (0, 0, 0, 1)


def ramp(shape: Any = SHAPE) -> Any:
    return np.arange(np.prod(shape), dtype=np.float32).reshape(shape)


@pytest.fixture
def filled(board: Board) -> Board:
    board.viewer.add_image(ramp(), affine=AFFINE, name="image")
    board.settle()
    return board


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the keys of viewports whose pictures are computed, as it happens."""
    keys: list[str] = []
    ask = rendering.Renderer.render

    def count(self: Any, key: str, *rest: Any) -> None:
        keys.append(key)
        ask(self, key, *rest)

    monkeypatch.setattr(rendering.Renderer, "render", count)
    return keys


def test_viewports_without_images_say_how_to_get_some(board: Board) -> None:
    board.settle()
    assert board.canvas("0").overlay.note == EMPTY
    assert not board.canvas("0").overlay.tiles
    board.viewer.add_image(ramp(), affine=AFFINE)
    board.settle()
    assert board.canvas("0").overlay.note == ""


def test_a_longer_name_finds_its_room_at_once(filled: Board) -> None:
    filled.desk.maximize("0")  # small viewports fold their bars
    layer = filled.viewer.layers[0]
    layer.name = "a"
    filled.settle()
    layer.name = "aparc.a2009s+aseg"
    filled.settle()
    (bar,) = filled.viewport("0").viewbars.bars.values()
    assert bar.name.width() >= bar.name.sizeHint().width()


def test_a_smaller_grid_keeps_what_the_others_show(filled: Board) -> None:
    over = filled.viewer.add_labels(np.ones(SHAPE, int), affine=AFFINE, name="mask")
    filled.desk.set_layout(Layout(2, 2, 0))
    filled.desk.change("3", kind=Kind.PLANE, orientation=Orientation.CORONAL)
    filled.desk.hide(str(over.unique_id), "2")
    filled.controller("3").zoom(2, 5, 5)
    before = {key: filled.picture(key) for key in "0123"}
    filled.desk.set_layout(Layout(1, 1, 0))
    filled.settle()
    assert [key for key in "0123" if filled.viewport(key).isVisible()] == ["0"]
    filled.desk.set_layout(Layout(2, 2, 0))
    for key, picture in before.items():
        np.testing.assert_array_equal(filled.picture(key), picture)


def test_more_viewports_show_what_the_first_one_shows(filled: Board) -> None:
    filled.desk.set_layout(Layout(2, 3, 2))
    filled.desk.change("3", kind=Kind.PLANE)
    filled.settle()
    assert filled.desk["5"].items == filled.desk["b1"].items == filled.desk["0"].items
    assert filled.picture("5").any()


def test_viewports_stand_row_by_row_and_bars_below_in_order(filled: Board) -> None:
    filled.desk.set_layout(Layout(2, 2, 2))
    filled.desk.change("3", kind=Kind.PLANE)
    for key in ("b0", None):
        filled.desk.maximize(key)
        filled.settle()
    corner = {
        key: filled.viewport(key).mapTo(filled.grid, filled.grid.rect().topLeft())
        for key in filled.desk.visible_keys
    }
    assert corner["0"].y() == corner["1"].y() < corner["2"].y() == corner["3"].y()
    assert corner["0"].x() == corner["2"].x() < corner["1"].x() == corner["3"].x()
    assert corner["3"].y() < corner["b0"].y() < corner["b1"].y()


def test_full_size_is_left_by_escape_and_chooses_the_viewport(filled: Board) -> None:
    filled.desk.maximize("2")
    filled.settle()
    assert filled.desk.chosen == "2"
    assert filled.viewport("2").height() == filled.grid.height()
    filled.type("2", "Esc")
    filled.settle()
    assert all(filled.viewport(key).isVisible() for key in ("0", "1", "2", "b0"))


def test_full_size_shows_what_was_seen_in_more_pixels(filled: Board) -> None:
    filled.controller("0").zoom(4, 50, 50)
    filled.settle()
    before = filled.desk["0"].mm_per_pixel * min(filled.canvas("0").pixel_size)
    filled.desk.maximize("0")
    filled.settle()
    assert min(filled.canvas("0").pixel_size) > 300
    after = filled.desk["0"].mm_per_pixel * min(filled.canvas("0").pixel_size)
    assert after == pytest.approx(before)
    filled.desk.maximize(None)
    filled.settle()
    back = filled.desk["0"].mm_per_pixel * min(filled.canvas("0").pixel_size)
    assert back == pytest.approx(before)


@pytest.mark.parametrize("layout", [(0, 1, 0), (1, 9, 0), (1, 1, 5), (1, 1, -1)])
def test_impossible_layouts_are_refused_with_their_numbers(layout: Any) -> None:
    with pytest.raises(ValueError, match=f"{layout[0]} x {layout[1]}"):
        Layout(*layout)


def test_placed_layers_go_where_they_should_others_everywhere(filled: Board) -> None:
    with filled.desk.placing(["1"]):
        here = filled.viewer.add_image(ramp(), affine=AFFINE)
    there = filled.viewer.add_image(ramp(), affine=AFFINE)
    assert filled.desk.showing(str(here.unique_id)) == ("1",)
    assert set(filled.desk.showing(str(there.unique_id))) == {"0", "1", "2", "b0", "3"}


def test_a_layer_without_a_viewport_is_closed(filled: Board) -> None:
    with filled.desk.placing(["1", "2"]):
        layer = filled.viewer.add_image(ramp(), affine=AFFINE)
    filled.desk.hide(str(layer.unique_id), "1")
    assert layer in filled.viewer.layers
    filled.desk.hide(str(layer.unique_id), "2")
    assert layer not in filled.viewer.layers


def test_a_removed_layer_is_gone_from_all_viewports(filled: Board) -> None:
    filled.viewer.layers.clear()
    assert not filled.picture("0").any()
    assert not any(viewport.items for viewport in filled.desk.viewports)
    filled.viewer.add_image(ramp(), affine=AFFINE)
    assert filled.picture("0").any()


def test_the_order_of_the_list_is_the_order_of_the_viewports(filled: Board) -> None:
    filled.viewer.add_image(np.zeros(SHAPE), affine=AFFINE, contrast_limits=(0, 1))
    assert not filled.picture("0").any()
    filled.viewer.layers.move(1, 0)
    assert filled.picture("0").any()


class TestLinking:
    """A property changes everywhere, or with Shift in one viewport."""

    def test_a_change_goes_to_all(self, filled: Board) -> None:
        filled.controller("0").set_look(filled.viewer.layers[0], "colormap", "red")
        for key in ("0", "1", "2", "b0"):
            assert filled.picture(key)[..., 0].any()
            assert not filled.picture(key)[..., 1].any()

    def test_one_that_differs_keeps_differing(self, filled: Board) -> None:
        layer = filled.viewer.layers[0]
        filled.controller("1").set_look(layer, "colormap", "red", only_here=True)
        assert filled.picture("0")[..., 1].any()
        for colormap in ("green", "blue"):
            filled.controller("0").set_look(layer, "colormap", colormap)
            assert not filled.picture("1")[..., 1:].any()
            assert filled.picture("1")[..., 0].any()
        assert filled.picture("0")[..., 2].any()
        bar = next(iter(filled.viewport("1").viewbars.bars.values()))
        assert "different in this viewport" in bar.name.toolTip()

    def test_a_change_in_the_one_that_differs_joins_it_again(
        self, filled: Board
    ) -> None:
        layer = filled.viewer.layers[0]
        filled.controller("1").set_look(layer, "gamma", 2.0, only_here=True)
        filled.controller("1").set_look(layer, "gamma", 0.5)
        assert filled.desk["1"].overrides == {}
        assert layer.gamma == 0.5

    def test_a_layer_hidden_in_one_viewport_leaves_no_marks_there(
        self, filled: Board
    ) -> None:
        points = filled.viewer.add_points([[30, 26, 30]], size=8)
        filled.controller("0").set_look(points, "visible", False, only_here=True)
        filled.settle()
        here, there = (filled.canvas(key).overlay.tiles[0].marks for key in "01")
        assert not here
        assert there

    def test_naparis_own_controls_change_the_viewports(self, filled: Board) -> None:
        filled.viewer.layers[0].colormap = "red"
        assert not filled.picture("0")[..., 1].any()
        filled.viewer.layers[0].opacity = 0.5
        half = filled.picture("0").max()
        assert 120 <= half <= 135
        filled.viewer.layers[0].visible = False
        assert not filled.picture("0").any()


class TestCost:
    """What is hidden or unchanged is not computed."""

    def test_many_changes_are_one_picture(
        self, filled: Board, rendered: list[str]
    ) -> None:
        for step in range(1, 30):
            filled.desk.move_crosshair((2 * step, 2 * step, 3 * (step % 18)))
            filled.viewer.layers[0].gamma = 1 + step / 50
        filled.settle()
        assert sorted(rendered) == ["0", "1", "2", "b0"]

    def test_a_move_within_a_plane_leaves_its_picture(
        self, filled: Board, rendered: list[str]
    ) -> None:
        x, y, z = filled.desk.crosshair_mm
        filled.desk.move_crosshair((x + 6, y, z))
        filled.settle()
        assert rendered == ["2"]  # sagittal

    def test_hidden_viewports_compute_nothing(
        self, filled: Board, rendered: list[str]
    ) -> None:
        filled.desk.maximize("0")
        filled.settle()
        rendered.clear()
        filled.desk.move_crosshair((10, 12, 30))
        filled.viewer.layers[0].gamma = 2
        filled.settle()
        assert rendered == ["0"]
        filled.grid.hide()
        filled.desk.move_crosshair((10, 12, 12))
        filled.settle()
        assert rendered == ["0"]
        filled.grid.show()
        filled.desk.maximize(None)
        assert filled.controller("0").planner().slice_number() == 4
        assert filled.canvas("0").overlay.bottom_left[0] != ""

    def test_nothing_happens_while_nothing_changes(
        self, filled: Board, rendered: list[str]
    ) -> None:
        filled.grid.refresh_all()
        filled.desk.choose("1")
        filled.desk.toggle("shows_text")
        filled.settle()
        assert not rendered


class TestCaptions:
    """A name stands over its own picture, however quickly cases follow."""

    @pytest.fixture
    def slow(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Semaphore]:
        """Lets pictures be computed one by one."""
        go, render = threading.Semaphore(0), rendering.render

        def wait(*scene: Any) -> Any:
            go.acquire(timeout=5)
            return render(*scene)

        monkeypatch.setattr(rendering, "render", wait)
        yield go
        go.release(50)

    def test_the_next_name_comes_with_its_picture(
        self, filled: Board, slow: threading.Semaphore
    ) -> None:
        slow.release(50)
        filled.desk.maximize("0")
        filled.settle()
        while slow.acquire(blocking=False):
            pass
        layer, seen = filled.viewer.layers[0], set()

        def note() -> None:
            QApplication.processEvents()
            canvas = filled.canvas("0")
            assert canvas.pixels is not None
            seen.add((canvas.overlay.top_left, int(canvas.pixels[..., 0].max())))

        layer.colormap = "gray"
        for name, value in (("second", 0), ("third", 1e6)):
            layer.name, layer.data = name, np.full(SHAPE, value, np.float32)
            note()
            time.sleep(0.02)
            note()
        slow.release(50)
        while not filled.grid.is_idle:
            note()
        note()
        assert {name for name, _ in seen} == {("image",), ("third",)}
        assert (("third",), 255) in seen
        assert (("third",), 0) not in seen
        assert (("image",), 0) not in seen

    def test_a_picture_that_fails_takes_the_one_before_with_it(
        self, filled: Board, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: Any) -> Any:
            raise BadInput("no memory")

        monkeypatch.setattr(rendering, "render", fail)
        layer = filled.viewer.layers[0]
        layer.name, layer.data = "second", ramp() + 1
        filled.settle()
        assert filled.canvas("0").pixels is None
        assert filled.canvas("0").overlay.top_left == ("second",)


class TestProblems:
    """What cannot be drawn says so, and the rest goes on."""

    def test_a_failing_viewport_says_why_and_others_go_on(
        self, filled: Board, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        failed: list[str] = []
        filled.grid.failed.connect(lambda key, _: failed.append(key))
        render = rendering.render

        def break_one(scene: Any, *rest: Any) -> Any:
            if len(scene.tiles) > 1:
                raise BadInput("no memory for 3 GB; close some images")
            return render(scene, *rest)

        monkeypatch.setattr(rendering, "render", break_one)
        filled.viewer.layers[0].gamma = 2
        filled.settle()
        assert failed == ["b0"]
        filled.desk.toggle("shows_text")  # written over anew, but for the problem
        filled.settle()
        assert "3 GB" in filled.canvas("b0").overlay.note
        assert filled.picture("0").any()
        monkeypatch.undo()
        filled.viewer.layers[0].gamma = 1
        assert filled.picture("b0").any()
        assert not filled.canvas("b0").overlay.note

    @pytest.mark.parametrize("is_first", [False, True])
    def test_a_singular_affine_is_told_and_others_are_shown(
        self, board: Board, is_first: bool
    ) -> None:
        names = ["flat", "good"] if is_first else ["good", "flat"]
        for name in names:
            layer = board.viewer.add_image(ramp(), affine=AFFINE, name=name)
            if name == "flat":
                layer.affine = [[1, 1, 0, 0], [1, 1 + 1e-9, 0, 0], [0, 0, 1, 0], END]
        board.settle()
        for key in ("0", "1", "2", "b0"):
            assert board.picture(key).any()
            note = board.canvas(key).overlay.note
            assert note.startswith("flat: affine is singular")

    def test_an_empty_layer_is_told(self, filled: Board) -> None:
        filled.viewer.add_labels(np.zeros((0, 4, 4), int), name="nothing")
        assert filled.picture("0").any()
        assert "nothing:" in filled.canvas("0").overlay.note

    def test_an_image_of_nothing_but_nan_is_black(self, board: Board) -> None:
        board.viewer.add_image(np.full(SHAPE, np.nan, np.float32), affine=AFFINE)
        assert not board.picture("0").any()
        board.type("0", "1")
        board.type("0", "0")
        board.drag("0", (50, 50), (90, 90), "Middle drag")
        assert not board.picture("0").any()
        assert any("–" in text for text in board.canvas("0").overlay.bottom_right)
