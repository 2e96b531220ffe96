"""What each action of mouse and keys must be seen to do; run by ``test_actions``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_nora.opening.windows import WINDOW_PRESETS
from napari_nora.viewports.state import Convention
from tests.gui.viewports.board import Board

Act = Callable[..., None]
"""Does the gesture under test; takes where, for the mouse."""
Check = Callable[[Board, Act], None]
AFFINE = np.diag([2.0, 2.0, 3.0, 1.0])
SHAPE = (30, 26, 20)
CHECKS: dict[str, Check] = {}


def effect(*names: str) -> Callable[[Check], Check]:
    """Say which actions a check is of."""

    def keep(check: Check) -> Check:
        for name in names:
            assert name not in CHECKS
            CHECKS[name] = check
        return check

    return keep


def ct(shape: Any = SHAPE) -> Any:
    """Return an image whose values differ along each axis, as CT has them."""
    ramps = np.indices(shape) / np.reshape(shape, (3, 1, 1, 1))
    return (ramps.sum(axis=0) * 800 - 1000).astype(np.int16)


@effect("move_crosshair")
def moves_the_crosshair_of_all(board: Board, act: Act) -> None:
    before = board.picture("1"), board.picture("2")
    place = board.pixel_of("0", (20, 16, 0))
    act(board.middle("0"), place)
    assert board.desk.crosshair_mm[:2] == pytest.approx((20, 16))
    assert (board.picture("1") != before[0]).any()
    assert (board.picture("2") != before[1]).any()


@effect("pan")
def moves_the_image_here_only(board: Board, act: Act) -> None:
    before, other = board.picture("0"), board.picture("1")
    act((100, 100), (130, 90))
    np.testing.assert_array_equal(
        board.picture("0")[20:-20, 60:-20], before[30:-10, 30:-50]
    )
    np.testing.assert_array_equal(board.picture("1"), other)


@effect("window")
def changes_the_window_everywhere(board: Board, act: Act) -> None:
    before = board.picture("1")
    act((100, 100), (160, 130))
    low, high = board.viewer.layers["ct"].contrast_limits
    assert high - low == pytest.approx(1800 * np.exp(60 / 200))
    assert (low + high) / 2 > 100
    assert (board.picture("1") != before).any()


@effect("window_here")
def changes_the_window_here_only(board: Board, act: Act) -> None:
    before = [board.picture(key) for key in "012"]
    act((100, 100), (160, 130))
    assert tuple(board.viewer.layers["ct"].contrast_limits) == (-900, 900)
    changed = [(board.picture(key) != before[int(key)]).any() for key in "012"]
    assert changed == [True, False, False]


@effect("turn")
def tilts_the_plane(board: Board, act: Act) -> None:
    plane = board.controller("0").planner().plane()
    lines = board.canvas("1").overlay.tiles[0].lines
    act((30, 30), (90, 30))  # to the right: about the line that goes down
    after = board.controller("0").planner().plane()
    angle = 60 * np.pi / 500
    assert plane.normal @ after.normal == pytest.approx(np.cos(angle))
    np.testing.assert_allclose(after.down, plane.down, atol=1e-9)
    assert board.canvas("1").overlay.tiles[0].lines != lines
    assert "oblique" in board.viewport("0").viewbars.head.button.text()


@effect("roll")
def turns_the_image_with_the_pointer(board: Board, act: Act) -> None:
    plane = board.controller("0").planner().plane()
    x, y = board.pixel_of("0", board.desk.crosshair_mm)
    spot = board.controller("0").world_at(x + 60, y)
    act((x + 60, y), (x, y + 60))  # a quarter, clockwise
    after = board.controller("0").planner().plane()
    np.testing.assert_allclose(after.normal, plane.normal, atol=1e-9)
    assert board.pixel_of("0", spot) == pytest.approx((x, y + 60), abs=1e-6)


@effect("draw")
def draws_a_stroke(board: Board, act: Act) -> None:
    layer = board.viewer.layers["mask"]
    before, picture = layer.data.copy(), board.picture("0")
    board.desk.draw(True, 4.0)
    start, end = (board.pixel_of("0", (x, 40, 30)) for x in (10, 46))
    act(start, end)
    drawn = np.argwhere(layer.data != before)
    assert {*drawn[:, 2]} == {board.controller("0").planner().slice_number()}
    assert np.ptp(drawn[:, 0]) in {20, 21, 22}  # 36 mm and a radius at either end
    assert np.ptp(drawn[:, 1]) == 4
    assert (board.picture("0") != picture).any()


@effect("erase")
def takes_out_of_the_mask(board: Board, act: Act) -> None:
    layer = board.viewer.layers["mask"]
    board.desk.move_crosshair((24, 24, 27))
    board.desk.draw(True, 2.0)
    before, picture = layer.data.copy(), board.picture("0")
    act(*(board.pixel_of("0", (x, 24, 27)) for x in (10, 46)))
    assert layer.data.sum() < before.sum()
    assert (layer.data <= before).all()
    assert (board.picture("0") != picture).any()


@effect("slice")
def goes_to_another_slice(board: Board, act: Act) -> None:
    number, picture = board.controller("0").planner().slice_number(), board.picture("0")
    act(2)
    assert board.controller("0").planner().slice_number() == number + 2
    assert (board.picture("0") != picture).any()
    for _ in range(4):
        act(0.5)
    assert board.controller("0").planner().slice_number() == number + 4
    act(-4)
    np.testing.assert_array_equal(board.picture("0"), picture)


@effect("zoom")
def zooms_at_the_pointer(board: Board, act: Act) -> None:
    controller, before = board.controller("0"), board.picture("0")
    point = controller.world_at(90, 70)
    spacing = controller.planner().plane().spacing_mm
    act(2, (90, 70))
    assert controller.planner().plane().spacing_mm == pytest.approx(spacing / 1.15**2)
    np.testing.assert_allclose(controller.world_at(90, 70), point, atol=1e-9)
    assert (board.picture("0") != before).any()


@effect("brush_size")
def shows_a_larger_brush(board: Board, act: Act) -> None:
    board.desk.draw(True, 5.0)
    board.settle()
    board.move("0", (100, 100), "Left drag")
    small = board.screen("0")
    act(3)
    assert board.desk.brush_radius_mm == pytest.approx(5 * 1.15**3)
    assert (board.screen("0") != small).any()


@effect("maximize")
def gives_all_room_and_takes_it_back(board: Board, act: Act) -> None:
    act((60, 60), key="1")
    shown = [key for key in board.grid.viewports if board.viewport(key).isVisible()]
    assert shown == ["1"]
    assert board.canvas("1").width() > 800
    act((60, 60), key="1")
    assert all(board.viewport(key).isVisible() for key in ("0", "1", "2", "b0"))


@effect(*(f"window_{preset.key}" for preset in WINDOW_PRESETS))
def sets_a_window(board: Board, act: Act) -> None:
    before = board.picture("0")
    act()
    low, high = board.viewer.layers["ct"].contrast_limits
    auto = [preset.limits(ct()) for preset in WINDOW_PRESETS[:2]]
    known = {(50, 100), (500, 2000), (50, 350), (100, 200), (-500, 1440)}
    fixed = ((low + high) / 2, high - low)
    assert fixed in known or (low, high) in auto
    assert (board.picture("0") != before).any()


@effect("slice_down")
def goes_down(board: Board, act: Act) -> None:
    number = board.controller("0").planner().slice_number()
    act()
    assert board.controller("0").planner().slice_number() == number - 1
    assert board.canvas("0").overlay.bottom_left[0] == f"axial {number}/20"


@effect("slice_up")
def goes_up(board: Board, act: Act) -> None:
    number = board.controller("0").planner().slice_number()
    act()
    assert board.controller("0").planner().slice_number() == number + 1
    assert board.canvas("0").overlay.bottom_left[0] == f"axial {number + 2}/20"


@effect("scroll_faster")
def doubles_the_slices_per_step(board: Board, act: Act) -> None:
    act()
    board.settle()
    assert board.canvas("0").overlay.bottom_left[0].endswith("wheel ×2")
    number = board.controller("0").planner().slice_number()
    board.wheel("0", 1, "Wheel")
    assert board.controller("0").planner().slice_number() == number + 2


@effect("scroll_slower")
def halves_the_slices_per_step(board: Board, act: Act) -> None:
    board.desk.scroll_steps = 4
    act()
    assert board.desk.scroll_steps == 2
    act()
    act()
    assert board.desk.scroll_steps == 1


@effect(
    "previous_case", "next_case", "open_batch", "open_jobs", "open_settings",
    "show_keys",
)  # fmt: skip
def asks_the_window(board: Board, act: Act) -> None:
    from napari_nora.desktop import requests

    asked: list[str] = []
    board.desk.requested.connect(asked.append)
    act()
    assert len(asked) == 1
    assert f'"{asked[0]}":' in Path(requests.__file__).read_text("utf-8")


@effect("toggle_drawing")
def starts_and_stops_drawing(board: Board, act: Act) -> None:
    act()
    assert board.desk.is_drawing
    assert any(
        "draws on mask" in text for text in board.canvas("0").overlay.bottom_left
    )
    act()
    assert not board.desk.is_drawing


@effect("stop_drawing")
def stops_drawing_then_leaves_full_size(board: Board, act: Act) -> None:
    board.desk.maximize("0")
    board.desk.draw(True)
    act()
    assert not board.desk.is_drawing
    assert board.desk.maximized == "0"
    act()
    assert board.viewport("1").isVisible()


@effect("undo")
def takes_a_stroke_back(board: Board, act: Act) -> None:
    layer = board.viewer.layers["mask"]
    before, picture = layer.data.copy(), board.picture("0")
    stroke(board)
    assert (board.picture("0") != picture).any()
    act()
    np.testing.assert_array_equal(layer.data, before)
    np.testing.assert_array_equal(board.picture("0"), picture)


@effect("redo")
def does_a_stroke_again(board: Board, act: Act) -> None:
    layer = board.viewer.layers["mask"]
    stroke(board)
    drawn, picture = layer.data.copy(), board.picture("0")
    board.type("0", "Ctrl+Z")
    assert (layer.data != drawn).any()
    act()
    np.testing.assert_array_equal(layer.data, drawn)
    np.testing.assert_array_equal(board.picture("0"), picture)


def stroke(board: Board) -> None:
    """Draw a stroke of several moves."""
    board.desk.draw(True, 4.0)
    start, end = (board.pixel_of("0", (x, 40, 30)) for x in (10, 46))
    board.drag("0", start, end, "Left drag")
    board.desk.draw(False)
    board.settle()


@effect("toggle_masks")
def hides_the_masks(board: Board, act: Act) -> None:
    board.desk.move_crosshair((24, 24, 27))
    before = board.picture("0")
    act()
    assert (board.picture("0") != before).any()
    assert not board.viewer.layers["mask"].visible
    act()
    np.testing.assert_array_equal(board.picture("0"), before)


@effect("reset_views")
def shows_the_whole_again(board: Board, act: Act) -> None:
    before = [board.picture(key) for key in "012"]
    board.drag("0", (30, 30), (90, 40), "Ctrl+Left drag")
    board.drag("1", (30, 30), (90, 40), "Right drag")
    board.wheel("2", 3, "Ctrl+Wheel")
    board.wheel("2", 3, "Wheel")
    board.settle()
    act()
    for key in "012":
        np.testing.assert_array_equal(board.picture(key), before[int(key)])


@effect("center")
def brings_the_crosshair_into_the_middle(board: Board, act: Act) -> None:
    board.desk.move_crosshair((12, 14, 20))
    act()
    for key in "012":
        place = board.pixel_of(key, board.desk.crosshair_mm)
        assert place == pytest.approx(board.middle(key), abs=1e-6)


@effect("maximize_chosen")
def gives_the_chosen_all_room(board: Board, act: Act) -> None:
    act()
    assert board.desk.maximized == "0"
    assert not board.viewport("1").isVisible()
    act()
    assert board.viewport("1").isVisible()


@effect("toggle_crosshair")
def hides_the_crosshair(board: Board, act: Act) -> None:
    before = board.screen("0")
    act()
    assert (board.screen("0") != before).any()
    assert not board.canvas("0").overlay.tiles[0].lines
    act()
    np.testing.assert_array_equal(board.screen("0"), before)


@effect("toggle_text")
def hides_letters_and_texts(board: Board, act: Act) -> None:
    act()
    overlay = board.canvas("0").overlay
    assert overlay.letters is None
    assert not (*overlay.top_left, *overlay.bottom_left, *overlay.bottom_right)
    assert overlay.tiles[0].lines
    act()
    assert board.canvas("0").overlay.letters.left == "R"


@effect("flip_sides")
def looks_from_the_other_side(board: Board, act: Act) -> None:
    board.desk.set_convention(Convention.RADIOLOGICAL)
    before = board.picture("0")
    act()
    difference = board.picture("0").astype(int) - before[:, ::-1]
    assert abs(difference).max() <= 8  # half pixels are rounded the other way
    assert board.canvas("0").overlay.letters.left == "L"
