"""Fills the toolbar's menu of presets, and makes links of what is shown."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from qtpy.QtCore import QObject, QPoint, QRect
from qtpy.QtGui import QColor, QImage, QPainter, QPixmap
from qtpy.QtWidgets import QMainWindow, QMenu

from napari_nora.autoloaders.loading import Autoloading
from napari_nora.autoloaders.presets import MARKS
from napari_nora.scenes.share import ShareDialog
from napari_nora.viewports.grid import ViewportGrid
from napari_nora.viewports.view import Viewport

if TYPE_CHECKING:
    from napari_nora.desktop.layout import Desktop


class PresetsAndLinks(QObject):
    """Answers two buttons of the toolbar, as long as the window lives."""

    def __init__(self, desktop: Desktop, main: QMainWindow) -> None:
        super().__init__(main)
        self._desktop = desktop
        auto = desktop.autoloading
        self.share = ShareDialog(
            desktop.viewer,
            desktop.session,
            lambda: picture_of(desktop.center.grid),
            auto.unsaved.is_unsaved,
            main,
        )
        session = desktop.session
        desktop.toolbar.share_clicked.connect(
            lambda: self.share.open_for(session.opened_link)
        )
        desktop.toolbar.preset_menu_shown.connect(partial(fill_menu, auto, desktop))


def fill_menu(auto: Autoloading, desktop: Desktop, menu: QMenu) -> None:
    """List the presets; the one in use is checked."""
    menu.clear()
    presets = auto.presets
    for info in presets.infos:
        action = menu.addAction(info.name)
        action.setCheckable(True)
        in_use = presets.in_use
        action.setChecked(in_use is not None and in_use.name == info.name)
        action.setToolTip(f"{MARKS[info.mark]}; by {info.owner}")
        action.triggered.connect(lambda _=False, name=info.name: presets.choose(name))
    if not presets.infos:
        menu.addAction("no presets yet").setEnabled(False)
    menu.addSeparator()
    follows = menu.addAction("Load the images of each case")
    follows.setCheckable(True)
    follows.setChecked(auto.book.is_enabled)
    follows.toggled.connect(lambda is_on: auto.book.set(is_enabled=is_on))
    menu.addAction("Autoloaders …").triggered.connect(
        lambda: desktop.raise_autoloaders()
    )


def picture_of(grid: ViewportGrid) -> QPixmap:
    """Return a picture of the viewports without any text, so without names."""
    picture = QPixmap(grid.size())
    picture.fill(QColor("black"))
    painter = QPainter(picture)
    for key in grid.desk.visible_keys:
        viewport = grid.viewport(key)
        place = QRect(viewport.mapTo(grid, QPoint(0, 0)), viewport.size())
        image = _image_of(viewport)
        if image is not None:
            painter.drawImage(place, image)
    painter.end()
    return picture


def _image_of(viewport: Viewport) -> QImage | None:
    if not viewport.shows_planes:
        return viewport.grab_picture()
    pixels = viewport.canvas.pixels
    if pixels is None:
        return None
    pixels = np.ascontiguousarray(pixels)
    rows, columns = pixels.shape[:2]
    format_ = QImage.Format.Format_RGBA8888
    return QImage(pixels.data, columns, rows, columns * 4, format_).copy()
