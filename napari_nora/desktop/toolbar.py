"""The row above the viewports: layout, cases, window, sides, drawing, sharing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qtpy.QtCore import QSize, Qt, Signal
from qtpy.QtGui import QAction, QActionGroup
from qtpy.QtWidgets import QMenu, QSizePolicy, QToolBar, QToolButton, QWidget

from napari_nora.desktop.center import Center
from napari_nora.desktop.layout_picker import LayoutPicker
from napari_nora.opening.windows import WINDOW_PRESETS
from napari_nora.parts.icons import icon
from napari_nora.viewports.keys import KEYS
from napari_nora.viewports.state import Convention

_ICON = QSize(18, 18)
CONVENTIONS = {
    Convention.RADIOLOGICAL: "Radiological: patient's right on the left",
    Convention.NEUROLOGICAL: "Neurological: patient's right on the right",
    Convention.UPSIDE_DOWN: "Upside down: radiological, turned by half",
    Convention.MEMORY: "As stored: along the voxels of the background",
}


class DesktopToolbar(QToolBar):
    """One row of what is done to all viewports."""

    share_clicked = Signal()
    case_wanted = Signal(int)
    """+1 for the next case, -1 for the one before."""
    preset_menu_shown = Signal(object)
    """The presets' menu is about to open and can be filled."""

    def __init__(self, center: Center, parent: QWidget) -> None:
        super().__init__("NORA", parent)
        self.setObjectName("nora toolbar")
        self.setMovable(False)
        self.setIconSize(_ICON)
        self._center = center
        self._desk = center.session.desk
        self._add_layout()
        self.presets = self._add_menu("Presets", "What is loaded where")
        self.presets.aboutToShow.connect(
            lambda: self.preset_menu_shown.emit(self.presets)
        )
        self.addSeparator()
        self._add("left_arrow", "Previous case", "previous_case", self._previous)
        self._add("right_arrow", "Next case", "next_case", self._next)
        self.addSeparator()
        self._add_windows()
        self._add_conventions()
        self.addSeparator()
        self.drawing = self._add("paint", "Draw on the mask", "toggle_drawing", None)
        self.drawing.setCheckable(True)
        self.drawing.triggered.connect(lambda: self._act("toggle_drawing"))
        self.cross = self._add("plus", "Crosshair", "toggle_crosshair", None)
        self.cross.setCheckable(True)
        self.cross.triggered.connect(lambda: self._act("toggle_crosshair"))
        self._add("home", "Reset views and crosshair", "reset_views", self._reset)
        spacer = QWidget()
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.addWidget(spacer)
        self.share = self._add("", "Share", "", self._share)
        self.share.setToolTip("Make a link to what is shown")
        self.swap = self._add("", "napari view", "", None)
        self.swap.setToolTip("Show napari's own canvas in place of the viewports")
        self.swap.setCheckable(True)
        self.swap.toggled.connect(lambda is_on: center.show_viewports(not is_on))
        self._desk.convention_changed.connect(self.refresh)
        self._desk.drawing_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the present state."""
        for convention, action in self._conventions.items():
            action.setChecked(convention is self._desk.convention)
        sides = {Convention.RADIOLOGICAL: "R | L", Convention.NEUROLOGICAL: "L | R"}
        text = sides.get(self._desk.convention, self._desk.convention.value)
        self.sides.setText(text)
        self.drawing.setChecked(self._desk.is_drawing)
        self.cross.setChecked(self._desk.shows_crosshair)

    def _add_layout(self) -> None:
        button = self._button("Layout", "Rows, columns and bars of viewports")
        button.setIcon(icon("canvas-grid-view"))
        picker = LayoutPicker(self._desk, self)
        menu = QMenu(self)
        menu.addAction(picker)
        picker.picked.connect(menu.close)
        menu.aboutToShow.connect(picker.refresh)
        button.setMenu(menu)

    def _add_windows(self) -> None:
        menu = self._add_menu("Window", "Black and white of all images")
        for preset in WINDOW_PRESETS:
            action = menu.addAction(f"{preset.name}\t{preset.key}")
            action.triggered.connect(
                lambda _=False, key=preset.key: self._act(f"window_{key}")
            )

    def _add_conventions(self) -> None:
        self.sides = self._button("", "From where planes are looked at (L)")
        menu = QMenu(self)
        group = QActionGroup(menu)
        self._conventions = {}
        for convention, title in CONVENTIONS.items():
            action = QAction(title, menu)
            action.setCheckable(True)
            action.triggered.connect(
                lambda _=False, to=convention: self._desk.set_convention(to)
            )
            group.addAction(action)
            menu.addAction(action)
            self._conventions[convention] = action
        self.sides.setMenu(menu)

    def _add_menu(self, title: str, tip: str) -> QMenu:
        button = self._button(title, tip)
        menu = QMenu(self)
        button.setMenu(menu)
        return menu

    def _button(self, title: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setText(title)
        button.setToolTip(tip)
        button.setStyleSheet("padding-right: 14px")  # room for the arrow
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.addWidget(button)
        return button

    def _add(
        self, picture: str, tip: str, name: str, act: Callable[[], Any] | None
    ) -> QAction:
        """Add a button; its tooltip names the key of the action ``name``.

        Without a ``picture`` the button shows ``tip``.
        """
        action = QAction(tip, self)
        if picture:
            action.setIcon(icon(picture))
        bindings = self._center.grid.bindings
        keys = bindings.gestures(name) if name else ()
        action.setToolTip(f"{tip} ({keys[0]})" if keys else tip)
        if act is not None:
            action.triggered.connect(lambda: act())
        self.addAction(action)
        return action

    def _act(self, name: str) -> None:
        """Do what a key does, in the chosen viewport."""
        grid = self._center.grid
        KEYS[name](grid.viewport(self._desk.chosen).controller)
        self.refresh()

    def _previous(self) -> None:
        self.case_wanted.emit(-1)

    def _next(self) -> None:
        self.case_wanted.emit(1)

    def _reset(self) -> None:
        self._act("reset_views")

    def _share(self) -> None:
        self.share_clicked.emit()
