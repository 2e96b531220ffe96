"""Which gesture does what: as shipped, as changed, as napari's settings keep it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from napari_nora.viewports import bindings
from napari_nora.viewports.actions import ACTIONS, Means
from napari_nora.viewports.bindings import Bindings
from tests.gui.viewports.board import Board


def test_changed_gestures_take_effect(board: Board) -> None:
    board.viewer.add_image(np.zeros((9, 9, 9), np.uint8), contrast_limits=(0, 1))
    board.grid.set_bindings(Bindings({"zoom": "Wheel", "slice": "Ctrl+Wheel"}))
    spacing = board.controller("0").planner().plane().spacing_mm
    board.wheel("0", 1, "Wheel")
    assert board.controller("0").planner().plane().spacing_mm < spacing
    number = board.controller("0").planner().slice_number()
    board.wheel("0", 1, "Ctrl+Wheel")
    assert board.controller("0").planner().slice_number() == number + 1


def test_an_action_can_lose_its_gestures() -> None:
    none = Bindings({"pan": " ", "nonsense": "Left drag"})
    assert none.gestures("pan") == ()
    assert none.action("Right drag", Means.DRAG) is None


def test_two_actions_never_share_a_gesture() -> None:
    drawing = {"draw", "erase"}
    plain = [
        (own.means, gesture)
        for name, own in ACTIONS.items()
        if name not in drawing
        for gesture in own.gestures
    ]
    assert len(plain) == len(set(plain))


def test_the_settings_of_napari_offer_all_actions_as_they_are() -> None:
    manifest = Path(bindings.__file__).parents[1] / "napari.yaml"
    text = manifest.read_text("utf-8")
    written = text.rpartition("scripts/write_key_settings.py\n")[2]
    assert written.splitlines() == bindings.manifest_lines()


def test_kept_settings_are_read_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {name: ", ".join(own.gestures) for name, own in ACTIONS.items()}
    kept["slice"] = "Alt+Wheel"
    settings = SimpleNamespace(keys=SimpleNamespace(**kept))
    monkeypatch.setattr("napari.settings.get_plugin_settings", lambda _: settings)
    read = bindings.kept_bindings()
    assert read.gestures("slice") == ("Alt+Wheel",)
    assert read.gestures("zoom") == ACTIONS["zoom"].gestures
