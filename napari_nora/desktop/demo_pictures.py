"""Pictures of the demo's window for README and docs: each is shown, then saved."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from napari_nora.desktop.layout import Desktop
from napari_nora.desktop.tour import Steps, pause
from napari_nora.viewports.state import Point
from napari_nora.viewports.turns import turn_about
from nora_core.wire.archive import CaseRow

_THALAMUS_MM: Point = (-14.0, -20.0, 8.0)
_OUTLINE_PX = 1
_TILT_RAD = math.radians(28)
_NEAR_MM_PER_PIXEL = 0.62
_SIDE_RAD = math.radians(-50)


def open_row(desktop: Desktop, study_id: int | None) -> Steps:
    """Open the row of a study in the table, and choose it."""
    browser = desktop.browser
    rows = browser.model.rows
    for number in range(len(rows)):
        case = rows.case_at(number)
        if case is not None and case.study_id == study_id:
            browser.page.table.selectRow(number)
            if not rows.open.is_open(rows.place(number).case):
                browser.loader.toggle(number)
            break
    yield pause(0.5)


def take_pictures(desktop: Desktop, folder: Path) -> Steps:
    """Go through the window and save what it shows."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = _Pictures(desktop, folder)
    yield from pictures.of_planes()
    yield from pictures.of_the_batch_panel()
    yield from pictures.of_a_surface()
    yield from pictures.of_windows()
    yield from pictures.of_filters()


class _Pictures:
    def __init__(self, desktop: Desktop, folder: Path) -> None:
        self._desktop = desktop
        self._desk = desktop.session.desk
        self._folder = folder

    def of_planes(self) -> Steps:
        """A T1 image with an atlas on another grid and the outline of a mask."""
        desk, layers = self._desk, self._desktop.viewer.layers
        desk.move_crosshair(_THALAMUS_MM)
        mask = layers["white"]
        mask.contour = _OUTLINE_PX
        desk.show(str(mask.unique_id), ["1", "2"])
        self._desktop.raise_controls()
        yield from self._save_window("desktop")
        for key in "012":
            desk.change(key, turn=turn_about(np.array([1.0, 0.5, 0.0]), _TILT_RAD))
        yield from self._save_viewports("oblique")
        for key in "012":
            desk.reset_view(key)

    def of_the_batch_panel(self) -> Steps:
        """The form of a tool, filled in as for the last order."""
        batch = self._desktop.batch
        self._desktop.raise_batch()
        yield lambda: bool(batch.run_tab.all_tools)
        batch.tabs.setCurrentWidget(batch.run_tab)
        order = batch.follower.order
        if order is not None:
            batch.run_tab.choose_tool(order.tool)
            batch.run_tab.fill(order.arguments)
        yield from self._save_window("batch")

    def of_a_surface(self) -> Steps:
        """The surface of a hemisphere with the planes of the other viewports."""
        desktop, desk = self._desktop, self._desk
        study_id = desktop.session.selection.study_id
        assert study_id is not None
        files = desktop.session.client.files("demo", study_id)
        surface = next(file for file in files if "surfaces/" in file.relative_name)
        with desk.placing("3"):
            desktop.browser.actions_.show_files([surface])
            yield lambda: any("pial" in layer.name for layer in desktop.viewer.layers)
        side = turn_about(np.array([0.0, 0.0, 1.0]), _SIDE_RAD)
        desk.change("3", turn=side, mm_per_pixel=_NEAR_MM_PER_PIXEL)
        yield from self._save_viewports("surface")
        desktop.viewer.layers.remove("lh.pial")

    def of_windows(self) -> Steps:
        """One CT image in two windows, by a preset."""
        self._desktop.raise_autoloaders()
        self._desktop.autoloading.presets.choose("ct windows")
        yield lambda: len(self._desktop.autoloading.book.autoloaders) == 2
        yield from self._show_case(lambda case: case.modality == "CT")
        yield from self._save_window("ct")

    def of_filters(self) -> Steps:
        """Filters, and one with a mistake."""
        browser = self._desktop.browser
        browser.page.search.setText("t1/*")
        browser.state.set_bar("files", "t1/* & STAG:control")
        yield pause(0.6)
        yield from self._save_window("filter")
        browser.state.set_bar("files", "t1* & COLOR:red")
        yield pause(0.4)
        yield from self._save_window("filter-error")

    def _show_case(self, is_wanted: Callable[[CaseRow], bool]) -> Any:
        """Choose a case, wait for its images, and return its study's id."""
        rows, auto = self._desktop.browser.model.rows, self._desktop.autoloading
        cases = rows.pages.loaded(0, len(rows.pages) - 1)
        study = next(case.study_id for case in cases if is_wanted(case))
        yield from open_row(self._desktop, study)
        yield lambda: auto.stage.case is not None and auto.stage.case.study_id == study
        yield lambda: auto.is_idle
        return study

    def _settle(self) -> Steps:
        yield pause(1.0)  # surfaces are computed, columns find their width
        yield lambda: self._desktop.center.grid.is_idle
        yield lambda: not self._desktop.session.tasks.titled
        yield pause(0.5)

    def _save_window(self, name: str) -> Steps:
        yield from self._settle()
        path = self._folder / f"{name}.png"
        window = self._desktop.viewer.window
        window.screenshot(str(path), flash=False, canvas_only=False)

    def _save_viewports(self, name: str) -> Steps:
        yield from self._settle()
        self._desktop.center.grid.grab().save(str(self._folder / f"{name}.png"))
