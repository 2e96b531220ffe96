"""Puts the panels into napari's window: which case, see, do, from left to right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from qtpy.QtCore import QSize, Qt, QTimer
from qtpy.QtWidgets import QDockWidget, QLabel, QMainWindow, QTabWidget

from napari_nora.autoloaders.loading import Autoloading
from napari_nora.desktop.center import Center
from napari_nora.desktop.closing import ClosingGuard
from napari_nora.desktop.presets_and_links import PresetsAndLinks
from napari_nora.desktop.requests import Requests
from napari_nora.desktop.toolbar import DesktopToolbar
from napari_nora.opening.memory import give_back_when_changed
from napari_nora.session import Session, session_of
from napari_nora.widgets.batch.panel import BatchPanel
from napari_nora.widgets.browser.panel import BrowserPanel

PLUGIN = "napari-nora"
LARGEST = QSize(1600, 1000)
_LEFT_PART, _RIGHT_PART = 0.34, 0.22


@dataclass(frozen=True)
class Desktop:
    """The viewer with its panels."""

    viewer: Any
    session: Session
    browser: BrowserPanel
    batch: BatchPanel
    batch_dock: QDockWidget
    controls_dock: QDockWidget | None
    center: Center
    toolbar: DesktopToolbar
    autoloading: Autoloading
    autoloaders_dock: QDockWidget

    def raise_batch(self) -> None:
        """Bring the batch panel to the front of its tabs."""
        self.batch_dock.raise_()

    def raise_autoloaders(self) -> None:
        """Bring the autoloaders to the front of their tabs."""
        self.autoloaders_dock.show()
        self.autoloaders_dock.raise_()

    def hide_panels(self, *, all_of_them: bool) -> None:
        """Leave the room to the viewports: without the table, or without any panel."""
        main = self.batch_dock.parentWidget()
        assert main is not None
        for dock in main.findChildren(QDockWidget):
            if all_of_them or dock.windowTitle() == "Browser":
                dock.hide()

    def raise_controls(self) -> None:
        """Bring napari's layer controls to the front."""
        if self.controls_dock is not None:
            self.controls_dock.raise_()


def open_desktop(viewer: Any, size: QSize | None = None) -> Desktop:
    """Open the panels, arrange them and show the window.

    Parameters
    ----------
    viewer : napari.Viewer
        May be shown already.
    size : QSize, optional
        Of the window; most of the screen where not given.
    """
    browser_dock, browser = viewer.window.add_plugin_dock_widget(PLUGIN, "Browser")
    batch_dock, batch = viewer.window.add_plugin_dock_widget(PLUGIN, "Batch")
    loaders_dock, loaders = viewer.window.add_plugin_dock_widget(PLUGIN, "Autoloaders")
    main = browser_dock.parentWidget()
    _name_dock(browser_dock, "Browser")
    _name_dock(batch_dock, "Batch")
    _name_dock(loaders_dock, "Autoloaders")
    main.setTabPosition(
        Qt.DockWidgetArea.RightDockWidgetArea, QTabWidget.TabPosition.North
    )
    docks = {dock.windowTitle(): dock for dock in main.findChildren(QDockWidget)}
    controls, layers = docks.get("layer controls"), docks.get("layer list")
    _arrange(main, browser_dock, batch_dock, controls, layers)
    main.tabifyDockWidget(batch_dock, loaders_dock)
    viewer.window.show()
    size = size or _fitting(main)
    viewer.window.resize(size.width(), size.height())

    def share_room() -> None:
        parts = (_LEFT_PART, _RIGHT_PART)
        widths = [round(size.width() * part) for part in parts]
        main.resizeDocks([browser_dock, batch_dock], widths, Qt.Orientation.Horizontal)
        if layers is not None:
            heights = [round(size.height() * part) for part in (0.68, 0.24)]
            main.resizeDocks([batch_dock, layers], heights, Qt.Orientation.Vertical)

        batch_dock.raise_()

    share_room()
    QTimer.singleShot(0, main, share_room)  # once more, in the window's final size
    session = session_of(viewer)
    give_back_when_changed(viewer, session)
    center = Center(viewer, session, main)
    toolbar = DesktopToolbar(center, main)
    main.addToolBar(Qt.ToolBarArea.TopToolBarArea, toolbar)
    toolbar.case_wanted.connect(session.case_step)
    desktop = Desktop(
        viewer,
        session,
        browser,
        batch,
        batch_dock,
        controls,
        center,
        toolbar,
        loaders.auto,
        loaders_dock,
    )
    session.jobs_wanted.connect(lambda _: desktop.raise_batch())
    _name_window(desktop)
    Requests(desktop, main)
    PresetsAndLinks(desktop, main)
    center.watch_masks(loaders.auto)
    ClosingGuard(main, viewer, loaders.auto)
    return desktop


def _name_dock(dock: QDockWidget, title: str) -> None:
    """Give a dock a short title; napari writes the plug-in's name behind it."""

    def name(_: object = None) -> None:
        bar = dock.titleBarWidget()  # napari makes another one at each move
        for label in bar.findChildren(QLabel) if bar is not None else ():
            label.setText(title)

    dock.setWindowTitle(title)
    dock.dockLocationChanged.connect(name)
    dock.topLevelChanged.connect(name)
    name()


def _arrange(
    main: QMainWindow,
    browser: QDockWidget,
    batch: QDockWidget,
    controls: QDockWidget | None,
    layers: QDockWidget | None,
) -> None:
    left, right = (
        Qt.DockWidgetArea.LeftDockWidgetArea,
        (Qt.DockWidgetArea.RightDockWidgetArea),
    )
    main.addDockWidget(left, browser)
    main.addDockWidget(right, batch)
    if layers is not None:
        main.addDockWidget(right, layers)
        main.splitDockWidget(batch, layers, Qt.Orientation.Vertical)
    if controls is not None:
        main.addDockWidget(right, controls)
        main.tabifyDockWidget(batch, controls)
        batch.raise_()


def _fitting(main: QMainWindow) -> QSize:
    screen = main.screen().availableGeometry().size()
    return QSize(
        min(screen.width(), LARGEST.width()), min(screen.height(), LARGEST.height())
    )


def _name_window(desktop: Desktop) -> None:
    viewer, session = desktop.viewer, desktop.session

    def rename() -> None:
        project = session.project.name if session.project is not None else ""
        viewer.title = f"{project} · NORA" if project else "NORA"
        if session.connection is not None:
            where = (
                "this computer"
                if session.connection.is_embedded
                else (session.connection.url)
            )
            viewer.status = f"{session.connection.user} on {where}"

    def tell(sentence: str) -> None:
        viewer.status = sentence

    session.project_changed.connect(rename)
    session.noticed.connect(tell)
    rename()
