"""The button of a viewport itself: plane, mosaic or 3D, slab, full size."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import Qt
from qtpy.QtGui import QAction, QActionGroup
from qtpy.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from napari_nora.viewports.controller import ViewportController
from napari_nora.viewports.state import Kind, Mosaic, Orientation, SlabMode

SLABS_MM = (0.0, 5.0, 10.0, 20.0, 50.0)
MOSAICS = ((None, None), (1, 6), (2, 4), (3, 4), (4, 6), (6, 8))
MOSAIC_STEPS_MM = (None, 1.0, 2.0, 5.0, 10.0)


class ViewportHead(QWidget):
    """Says what kind of view it is, and changes it."""

    def __init__(self, controller: ViewportController, parent: QWidget) -> None:
        super().__init__(parent)
        self._controller = controller
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2, 0, 2, 0)
        layout.setSpacing(0)
        self.button = QToolButton(self)
        self.button.setAutoRaise(True)
        self.button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.button.setToolTip("Plane, mosaic or 3D; slab; full size (F)")
        self.button.setStyleSheet("padding-right: 14px")  # room for the arrow
        self.menu = QMenu(self)
        self.menu.aboutToShow.connect(self._fill)
        self.button.setMenu(self.menu)
        layout.addWidget(self.button)
        self.refresh()

    def refresh(self) -> None:
        """Show the kind of the viewport."""
        state = self._controller.state
        text = state.orientation.value
        if state.kind is Kind.MOSAIC:
            text = f"mosaic {text}"
        elif state.kind is Kind.VOLUME:
            text = "3D"
        elif state.is_turned:
            text = f"oblique {text}"
        if self.button.text() != text:
            self.button.setText(text)

    def _fill(self) -> None:
        self.menu.clear()
        state, desk = self._controller.state, self._controller.desk
        views = QActionGroup(self.menu)
        for kind in (Kind.PLANE, Kind.MOSAIC):
            for orientation in Orientation:
                name = orientation.value.capitalize()
                text = name if kind is Kind.PLANE else f"Mosaic, {orientation.value}"
                is_on = state.kind is kind and state.orientation is orientation
                action = self._choice(self.menu, text, is_on, views)
                changes: dict[str, Any] = {"kind": kind, "orientation": orientation}
                if kind is not state.kind:  # the zoom of a plane suits no tile
                    changes |= {"focus_mm": None, "mm_per_pixel": None}
                action.triggered.connect(
                    lambda _=False, to=changes: desk.change(state.key, **to)
                )
        action = self._choice(self.menu, "3D", state.kind is Kind.VOLUME, views)
        action.triggered.connect(lambda: desk.change(state.key, kind=Kind.VOLUME))
        self.menu.addSeparator()
        if state.kind is not Kind.VOLUME:
            self._fill_slab()
        if state.kind is Kind.MOSAIC:
            self._fill_mosaic()
        self.menu.addAction("Reset the view", self._controller.reset)
        is_full = desk.maximized == state.key
        text = "Show all viewports" if is_full else "All room for this viewport"
        self.menu.addAction(text, lambda: desk.maximize(None if is_full else state.key))

    def _fill_slab(self) -> None:
        state, desk = self._controller.state, self._controller.desk
        menu = self.menu.addMenu("Slab")
        sizes = QActionGroup(menu)
        for size_mm in SLABS_MM:
            text = f"{size_mm:g} mm" if size_mm else "Off"
            action = self._choice(menu, text, state.slab_mm == size_mm, sizes)
            action.triggered.connect(
                lambda _=False, to=size_mm: desk.change(state.key, slab_mm=to)
            )
        menu.addSeparator()
        modes = QActionGroup(menu)
        names = {"max": "Maximum", "mean": "Mean", "min": "Minimum"}
        for mode in SlabMode:
            is_on = state.slab_mode is mode
            action = self._choice(menu, names[mode.value], is_on, modes)
            action.triggered.connect(
                lambda _=False, to=mode: desk.change(state.key, slab_mode=to)
            )

    def _fill_mosaic(self) -> None:
        state, desk = self._controller.state, self._controller.desk
        mosaic = state.mosaic
        menu = self.menu.addMenu("Tiles")
        group = QActionGroup(menu)
        for rows, columns in MOSAICS:
            text = f"{rows} × {columns}" if rows else "As many as fit"
            is_on = (mosaic.rows, mosaic.columns) == (rows, columns)
            wanted = Mosaic(rows, columns, mosaic.step_mm)
            action = self._choice(menu, text, is_on, group)
            action.triggered.connect(
                lambda _=False, to=wanted: desk.change(state.key, mosaic=to)
            )
        menu = self.menu.addMenu("Distance of slices")
        group = QActionGroup(menu)
        for step_mm in MOSAIC_STEPS_MM:
            text = f"{step_mm:g} mm" if step_mm else "Over the whole image"
            wanted = Mosaic(mosaic.rows, mosaic.columns, step_mm)
            action = self._choice(menu, text, mosaic.step_mm == step_mm, group)
            action.triggered.connect(
                lambda _=False, to=wanted: desk.change(state.key, mosaic=to)
            )

    def _choice(
        self, menu: QMenu, text: str, is_on: bool, group: QActionGroup
    ) -> QAction:
        action = QAction(text, menu)
        action.setCheckable(True)
        action.setChecked(is_on)
        group.addAction(action)
        menu.addAction(action)
        return action
