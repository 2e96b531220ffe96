"""Menus of the 3D viewport: from where to look, and how each layer is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from napari.layers import Image
from qtpy.QtGui import QAction, QActionGroup, QColor, QIcon, QPixmap
from qtpy.QtWidgets import QMenu, QWidget

from napari_nora.viewports.controller import ViewportController
from napari_nora.viewports.state import Kind
from napari_nora.viewports.three_d.items import (
    COLOR_KEY,
    ISOSURFACE_COLORS,
    SHOWN_KEY,
    THRESHOLD_KEY,
    Item3D,
    Shown,
    choices_of,
    items_of,
)
from napari_nora.viewports.viewbars.numbers import NumberEdit

SIDES = {
    "A": "From the front",
    "P": "From behind",
    "R": "From the patient's right",
    "L": "From the patient's left",
    "S": "From above",
    "I": "From below",
}
NAMES = {
    Shown.VOLUME: "Volume",
    Shown.ISOSURFACE: "Surface",
    Shown.AS_IT_IS: "Shown",
    Shown.HIDDEN: "Hidden",
}
Change = Callable[[str, str, Any], None]
"""Sets a property of the layer of an id in this viewport."""


def view_menu(
    parent: QWidget,
    items: Sequence[Item3D],
    change: Change,
    look_from: Callable[[str], None],
) -> QMenu:
    """Return the menu of a 3D viewport."""
    menu = QMenu(parent)
    for side, text in SIDES.items():
        action = menu.addAction(text)
        action.triggered.connect(lambda _=False, side=side: look_from(side))
    menu.addSeparator()
    for item in reversed(items):  # the uppermost first, as in the bars
        add_choices(menu.addMenu(item.layer.name), item, change)
    return menu


def add_3d(menu: QMenu, controller: ViewportController, layer: Any) -> None:
    """Add how a layer is shown in a 3D viewport to its menu."""
    desk, key = controller.desk, controller.key
    has_planes = any(desk[other].kind is Kind.PLANE for other in desk.visible_keys)
    layers, overrides = controller.shown_layers(), controller.state.overrides

    def change(layer_id: str, name: str, value: Any) -> None:
        desk.override(layer_id, key, **{name: value})

    for item in items_of(layers, overrides, has_planes=has_planes):
        if item.layer is layer:
            add_choices(menu.addMenu("In 3D"), item, change)


def add_choices(menu: QMenu, item: Item3D, change: Change) -> None:
    """Add how a layer may be shown in 3D."""
    group = QActionGroup(menu)
    for shown in choices_of(item.layer):
        action = QAction(NAMES[shown], menu)
        action.setCheckable(True)
        action.setChecked(shown is item.shown)
        action.triggered.connect(
            lambda _=False, to=shown: change(item.key, SHOWN_KEY, to.value)
        )
        group.addAction(action)
        menu.addAction(action)
    if item.shown is Shown.ISOSURFACE and isinstance(item.layer, Image):
        menu.addSeparator()
        _add_threshold(menu, item, change)
        _add_colors(menu, item, change)


def _add_threshold(menu: QMenu, item: Item3D, change: Change) -> None:
    low, high = item.layer.contrast_limits_range
    value = item.threshold if item.threshold is not None else (low + high) / 2
    value = float(np.clip(value, low, high))
    edit = NumberEdit("Threshold", value, (low, high), menu)
    edit.changed_to.connect(lambda to: change(item.key, THRESHOLD_KEY, to))
    menu.addAction(edit)
    automatic = menu.addAction("Automatic threshold")
    automatic.setCheckable(True)
    automatic.setChecked(item.threshold is None)
    automatic.triggered.connect(lambda _: change(item.key, THRESHOLD_KEY, None))


def _add_colors(menu: QMenu, item: Item3D, change: Change) -> None:
    colors = menu.addMenu("Color")
    for color in ISOSURFACE_COLORS:
        picture = QPixmap(32, 12)
        picture.fill(QColor(color))
        action = colors.addAction(QIcon(picture), color)
        action.setCheckable(True)
        action.setChecked(color == item.color)
        action.triggered.connect(
            lambda _=False, to=color: change(item.key, COLOR_KEY, to)
        )
