"""What the menus of a 3D viewport offer, and what they change."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from napari.layers import Image, Labels, Points
from qtpy.QtWidgets import QMenu, QWidget

from napari_nora.viewports.three_d.items import (
    SHOWN_KEY,
    THRESHOLD_KEY,
    Item3D,
    Shown,
    items_of,
)
from napari_nora.viewports.three_d.menu import view_menu

VOXELS = np.arange(27, dtype=np.uint8).reshape(3, 3, 3)


def action(menu: QMenu, text: str) -> Any:
    return next(one for one in menu.actions() if one.text() == text)


@pytest.fixture
def parent(qtbot: Any) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    return widget


def test_one_can_look_from_each_side(parent: QWidget) -> None:
    sides: list[str] = []
    menu = view_menu(parent, [], lambda *_: None, sides.append)
    for text in ("From the front", "From the patient's left", "From above"):
        action(menu, text).trigger()
    assert sides == ["A", "L", "S"]


def test_each_layer_says_how_it_is_shown_and_changes(parent: QWidget) -> None:
    image, mask = Image(VOXELS, name="t1"), Labels(VOXELS, name="mask")
    points = Points(np.zeros((1, 3)), name="points")
    changes: list[Any] = []
    items = items_of([image, mask, points], {})
    menu = view_menu(parent, items, lambda *change: changes.append(change), print)
    texts = [one.text() for one in menu.actions() if one.menu()]
    assert texts == ["points", "mask", "t1"]
    checked = {
        text: [one.text() for one in action(menu, text).menu().actions()
               if one.isChecked()]
        for text in texts
    }  # fmt: skip
    assert checked == {"points": ["Shown"], "mask": ["Surface"], "t1": ["Volume"]}
    action(action(menu, "t1").menu(), "Surface").trigger()
    assert changes == [(str(image.unique_id), SHOWN_KEY, "isosurface")]


def test_the_threshold_of_a_surface_can_be_chosen(parent: QWidget) -> None:
    image = Image(VOXELS, name="t1")
    changes: list[Any] = []
    item = Item3D(image, Shown.ISOSURFACE, threshold=20.0)
    menu = view_menu(parent, [item], lambda *change: changes.append(change), print)
    choices = action(menu, "t1").menu()
    edit = next(one for one in choices.actions() if hasattr(one, "slider"))
    edit.slider.setValue(50)
    action(choices, "Automatic threshold").trigger()
    key = str(image.unique_id)
    assert changes == [(key, THRESHOLD_KEY, 127.5), (key, THRESHOLD_KEY, None)]
