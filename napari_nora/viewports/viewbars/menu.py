"""The menu of a bar: how its layer looks, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from napari.layers import Image
from qtpy.QtCore import QSize, Signal
from qtpy.QtGui import QAction, QActionGroup, QIcon, QImage, QPixmap
from qtpy.QtWidgets import QMenu, QWidget

from napari_nora.opening.windows import WINDOW_PRESETS
from napari_nora.viewports.controller import ViewportController
from napari_nora.viewports.looks import lut_of, value_of
from napari_nora.viewports.sources import frame_of, is_sampled
from napari_nora.viewports.state import Kind
from napari_nora.viewports.three_d.items import (
    SHOWN_KEY,
    THRESHOLD_KEY,
    Shown,
    choices_of,
)
from napari_nora.viewports.three_d.menu import add_3d
from napari_nora.viewports.vector_axes import DIRECTIONS
from napari_nora.viewports.viewbars.numbers import NumberEdit, WindowEdit
from napari_nora.viewports.viewbars.rows import RowKind, kind_of

COLORMAPS = (
    "gray",
    "gray_r",
    "hot",
    "viridis",
    "magma",
    "inferno",
    "turbo",
    "HiLo",
    "PiYG",
    "red",
    "green",
    "blue",
    "cyan",
    "magenta",
    "yellow",
    "bop orange",
)
SYMMETRIC_COLORMAP = "RdBu_r"
BLENDINGS = {
    "translucent_no_depth": "Over what lies below",
    "additive": "Added to it",
    "multiplicative": "Multiplied with it",
    "minimum": "The darker of both",
    "opaque": "Instead of it",
}
_COLORS = {
    "rgb": "Red, green, blue",
    "brg": "Blue, red, green",
    "gbr": "Green, blue, red",
    "grb": "Green, red, blue",
    "sos": "Length (root of the sum of squares)",
}
READINGS = {None: "One frame at a time"} | DIRECTIONS | _COLORS
CONTOURS_PX = (0, 1, 2, 3)
EXTRAS = {
    "new_mask": "New mask on this image",
    "header": "Header …",
    "isosurface": "Create surface …",
    "burn_in": "Save with this position …",
    "reformat": "Save on the background's grid …",
    "screenshot": "Picture of this viewport …",
    "save_copy": "Save the file …",
}
"""What a menu asks for outside the viewports, and how it is called."""
SHOWN_TITLES = {
    Shown.VOLUME: "As a volume",
    Shown.ISOSURFACE: "As a surface",
    Shown.AS_IT_IS: "In 3D",
    Shown.HIDDEN: "Not in 3D",
}
_SWATCH = QSize(48, 12)


class LayerMenu(QMenu):
    """Changes of a layer go to all viewports; to one if Shift is held."""

    extra_wanted = Signal(str)

    def __init__(
        self, controller: ViewportController, layer: Any, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.controller = controller
        self.layer = layer
        self.setToolTipsVisible(True)

    def value(self, name: str) -> Any:
        """Return a property as this viewport shows it."""
        overrides = self.controller.state.overrides
        return value_of(self.layer, name, overrides.get(str(self.layer.unique_id), {}))

    def set(self, name: str, value: Any) -> None:
        """Change a property everywhere, or here while Shift is held."""
        from napari_nora.viewports.viewbars.stack import shift_is_held

        only_here = shift_is_held()
        self.controller.set_look(self.layer, name, value, only_here=only_here)

    def choices(
        self, title: str, name: str, options: Iterable[tuple[Any, str, QIcon | None]]
    ) -> QMenu:
        """Add a submenu of which one is chosen."""
        menu = self.addMenu(title)
        group = QActionGroup(menu)
        present = self.value(name)
        present = getattr(present, "name", present)
        for value, text, icon in options:
            action = QAction(text, menu)
            if icon is not None:
                action.setIcon(icon)
            action.setCheckable(True)
            action.setChecked(value == present)
            action.triggered.connect(lambda _=False, to=value: self.set(name, to))
            group.addAction(action)
            menu.addAction(action)
        return menu

    def switch(self, title: str, is_on: bool, change: Callable[[bool], None]) -> None:
        """Add something that is on or off."""
        action = QAction(title, self)
        action.setCheckable(True)
        action.setChecked(is_on)
        action.toggled.connect(change)
        self.addAction(action)

    def number(self, title: str, name: str, low: float, high: float) -> None:
        """Add a slider."""
        action = NumberEdit(title, float(self.value(name)), (low, high), self)
        action.changed_to.connect(lambda value: self.set(name, value))
        self.addAction(action)


def layer_menu(
    controller: ViewportController, layer: Any, parent: QWidget
) -> LayerMenu:
    """Return the menu of a layer in a viewport."""
    menu = LayerMenu(controller, layer, parent)
    kind = kind_of(layer)
    if controller.state.kind is Kind.VOLUME:
        _add_3d(menu)
    if kind is RowKind.IMAGE:
        _add_window(menu)
        _add_colors(menu)
    if controller.state.kind is Kind.VOLUME:
        add_3d(menu, controller, layer)
    menu.number("Opacity", "opacity", 0.0, 1.0)
    if kind is RowKind.IMAGE:
        menu.number("Gamma", "gamma", 0.2, 3.0)
        menu.switch(
            "Hide what is below the window",
            bool(menu.value("clips_below")),
            lambda is_on: menu.set("clips_below", is_on),
        )
        if layer.ndim == 4 and layer.data.shape[0] in {3, 4}:
            readings = ((value, text, None) for value, text in READINGS.items())
            menu.choices("Three values per voxel", "reading", readings)
    if kind in {RowKind.IMAGE, RowKind.COLORS}:
        menu.switch(
            "Smooth between voxels",
            str(menu.value("interpolation2d")) != "nearest",
            lambda is_on: menu.set("interpolation2d", "linear" if is_on else "nearest"),
        )
    if kind is RowKind.LABELS:
        widths = ((px, f"{px} px" if px else "Filled", None) for px in CONTOURS_PX)
        menu.choices("Outline", "contour", widths)
    if is_sampled(layer):
        blendings = ((value, text, None) for value, text in BLENDINGS.items())
        menu.choices("Drawn", "blending", blendings)
    _add_extras(menu, kind)
    return menu


def _add_3d(menu: LayerMenu) -> None:
    """Add how the layer appears in this 3D view; that is no matter of planes."""
    controller, layer = menu.controller, menu.layer
    key, item = controller.key, str(layer.unique_id)
    own = controller.state.overrides.get(item, {})

    def set_own(name: str, value: Any) -> None:
        controller.desk.override(item, key, **{name: value})

    group = QActionGroup(menu)
    for shown in choices_of(layer):
        action = QAction(SHOWN_TITLES[shown], menu)
        action.setCheckable(True)
        action.setChecked(own.get(SHOWN_KEY) == shown.value)
        action.triggered.connect(lambda _=False, to=shown.value: set_own(SHOWN_KEY, to))
        group.addAction(action)
        menu.addAction(action)
    if isinstance(layer, Image) and own.get(SHOWN_KEY) == Shown.ISOSURFACE.value:
        low, high = (float(limit) for limit in layer.contrast_limits_range)
        value = float(own.get(THRESHOLD_KEY) or (low + high) / 2)
        edit = NumberEdit("Surface at", value, (low, high), menu)
        edit.settled_at.connect(lambda value: set_own(THRESHOLD_KEY, value))
        menu.addAction(edit)
    menu.addSeparator()


def _add_window(menu: LayerMenu) -> None:
    window = menu.addMenu("Window")
    for preset in WINDOW_PRESETS:
        action = window.addAction(f"{preset.name}\t{preset.key}")
        action.triggered.connect(
            lambda _=False, to=preset: menu.set(
                "contrast_limits", to.limits(frame_of(menu.layer, 0))
            )
        )
    symmetric = window.addAction("Symmetric about 0")
    symmetric.setToolTip("For z and t values: 0 has the middle color")
    symmetric.triggered.connect(lambda: _make_symmetric(menu))
    edit = WindowEdit(menu.value("contrast_limits"), menu)
    edit.changed_to.connect(lambda limits: menu.set("contrast_limits", limits))
    menu.addAction(edit)


def _make_symmetric(menu: LayerMenu) -> None:
    """Center the window on 0 and take a colormap whose middle is white."""
    low, high = menu.value("contrast_limits")
    largest = max(abs(low), abs(high))
    menu.set("contrast_limits", (-largest, largest))
    menu.set("colormap", SYMMETRIC_COLORMAP)


def _add_colors(menu: LayerMenu) -> None:
    names = (*COLORMAPS, SYMMETRIC_COLORMAP)
    menu.choices("Colors", "colormap", ((name, name, swatch(name)) for name in names))


def _add_extras(menu: LayerMenu, kind: RowKind) -> None:
    menu.addSeparator()
    for name, title in EXTRAS.items():
        if kind is RowKind.OTHER and name not in {"screenshot", "save_copy"}:
            continue
        action = menu.addAction(title)
        action.triggered.connect(
            lambda _=False, what=name: menu.extra_wanted.emit(what)
        )


def swatch(colormap: str) -> QIcon:
    """Return a picture of a colormap."""
    row = (lut_of(colormap) * 255).astype("uint8")
    image = QImage(row.tobytes(), len(row), 1, QImage.Format.Format_RGBA8888)
    return QIcon(QPixmap.fromImage(image.copy()).scaled(_SWATCH))
