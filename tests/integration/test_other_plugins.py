"""Well-known plug-ins of others, and napari's own controls, beside the viewports."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_nora.remembered import Remembered
from napari_nora.session import Session, set_session
from nora_core.images import write_volume
from nora_core.testing import phantom_volume

pytestmark = pytest.mark.window


@pytest.fixture
def desktop(make_napari_viewer: Callable[..., Any], tmp_path: Path, qtbot: Any) -> Any:
    """The window with an image that lies obliquely, opened by napari's own menu."""
    from napari_nora.desktop.layout import open_desktop

    viewer = make_napari_viewer(show=True)
    set_session(viewer, Session(Remembered(tmp_path / "window.ini")))
    desktop = open_desktop(viewer)
    image = tmp_path / "head.nii.gz"
    write_volume(image, phantom_volume())
    viewer.open(str(image), plugin="napari-nora")
    grid = desktop.center.grid
    qtbot.waitUntil(lambda: grid.is_idle and len(grid.layers) == 1, timeout=30_000)
    yield desktop
    grid.close_down()
    desktop.session.close()


def picture(desktop: Any, qtbot: Any) -> Any:
    """Return what the axial viewport shows, once it is at rest."""
    grid = desktop.center.grid
    qtbot.wait(50)
    qtbot.waitUntil(lambda: grid.is_idle, timeout=20_000)
    return grid.viewport("0").canvas.pixels.copy()


def test_filters_of_napari_skimage_work_on_our_layers(desktop: Any, qtbot: Any) -> None:
    viewer = desktop.viewer
    layer = viewer.layers[0]
    _, widget = viewer.window.add_plugin_dock_widget(
        "napari-skimage", "Gaussian filter"
    )
    widget()
    qtbot.waitUntil(lambda: len(viewer.layers) == 2, timeout=20_000)
    result = viewer.layers[-1]
    for index in ((0, 0, 0), (5, 7, 3)):
        assert np.allclose(result.data_to_world(index), layer.data_to_world(index))
    shown = desktop.session.desk.showing(str(result.unique_id))
    assert set(desktop.session.desk.layout.keys) <= set(shown)
    assert picture(desktop, qtbot).any()


def test_napari_animation_keeps_and_restores_what_is_shown(
    desktop: Any, qtbot: Any
) -> None:
    viewer = desktop.viewer
    _, wizard = viewer.window.add_plugin_dock_widget("napari-animation", "wizard")
    before = picture(desktop, qtbot)
    wizard.animation.capture_keyframe()
    viewer.layers[0].opacity = 0.3
    faded = picture(desktop, qtbot)
    assert faded.astype(int).sum() < before.astype(int).sum()
    wizard.animation.capture_keyframe()
    wizard.animation.set_to_keyframe(0)
    assert (picture(desktop, qtbot) == before).all()


def test_sliders_of_naparis_controls_reach_the_viewports(
    desktop: Any, qtbot: Any
) -> None:
    from superqt import QRangeSlider

    before = picture(desktop, qtbot)
    desktop.raise_controls()
    viewer = desktop.viewer
    viewer.layers.selection.active = viewer.layers[0]
    slider = next(iter(desktop.controls_dock.findChildren(QRangeSlider)))
    low, high = slider.value()
    slider.setValue((low, low + (high - low) / 4))
    assert viewer.layers[0].contrast_limits[1] < high
    assert (picture(desktop, qtbot) != before).any()


def test_naparis_own_canvas_can_be_shown_again(desktop: Any, qtbot: Any) -> None:
    desktop.toolbar.swap.trigger()
    assert not desktop.center.shows_viewports
    desktop.viewer.dims.set_point(0, 1.0)
    desktop.toolbar.swap.trigger()
    assert desktop.center.shows_viewports
    assert picture(desktop, qtbot).any()
