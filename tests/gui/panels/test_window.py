"""The real window: the panels have their places and napari's menu opens them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from qtpy.QtCore import QSize, Qt
from qtpy.QtWidgets import QDockWidget, QMainWindow

from napari_nora.desktop.layout import open_desktop
from napari_nora.readers import reader_of
from napari_nora.session import session_of
from tests.gui.fake_client import FakeArchive

pytestmark = pytest.mark.window


@pytest.mark.parametrize("size", [QSize(1280, 800), QSize(1600, 1000)])
def test_the_desktop_fits_and_images_have_the_room(
    make_napari_viewer: Callable[..., Any], qtbot: Any, size: QSize
) -> None:
    viewer = make_napari_viewer(show=True)

    desktop = open_desktop(viewer, size)
    qtbot.wait(300)

    main = desktop.batch_dock.parentWidget()
    assert isinstance(main, QMainWindow)
    assert main.size() == size
    browser_dock = next(
        d for d in main.findChildren(QDockWidget) if d.windowTitle() == "Browser"
    )
    left = Qt.DockWidgetArea.LeftDockWidgetArea
    assert main.dockWidgetArea(browser_dock) == left
    assert browser_dock.width() < 0.4 * size.width()
    assert browser_dock.height() > 0.8 * size.height()
    assert desktop.batch.width() < 0.3 * size.width()
    desktop.session.close()


def test_panels_of_one_window_share_a_session(
    make_napari_viewer: Callable[..., Any],
) -> None:
    first, second = make_napari_viewer(), make_napari_viewer()

    _, browser = first.window.add_plugin_dock_widget("napari-nora", "Browser")
    _, batch = first.window.add_plugin_dock_widget("napari-nora", "Batch")

    assert browser.session is batch.session is session_of(first)
    assert session_of(second) is not session_of(first)
    session_of(first).close()


def test_the_reader_takes_only_files_of_its_own_session(
    make_napari_viewer: Callable[..., Any], qtbot: Any
) -> None:
    viewer = make_napari_viewer()
    session = session_of(viewer)
    dropped: list[tuple[int, int]] = []
    session.file_dropped.connect(lambda *ids: dropped.append(ids))

    viewer.open(f"nora-file://{session.key}/3/4", plugin="napari-nora")
    viewer.open("nora-file://another/3/4", plugin="napari-nora")

    assert dropped == [(3, 4)]
    assert reader_of(["a.nii", "b.nii"]) is None
    session.close()


def test_closing_the_window_ends_its_work(
    make_napari_viewer: Callable[..., Any], qtbot: Any
) -> None:
    viewer = make_napari_viewer()
    desktop = open_desktop(viewer, QSize(1280, 800))
    archive = FakeArchive()
    seen: list[object] = []
    desktop.session.tasks.run(lambda _: archive.client.tools(), seen.append)

    desktop.session.close()
    qtbot.wait(100)

    assert seen == []
