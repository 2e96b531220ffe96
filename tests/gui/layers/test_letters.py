import numpy as np
import pytest
from napari.components import ViewerModel

from napari_nora.opening.letters import letters_of
from napari_nora.opening.plan import plan_volume
from napari_nora.opening.show import show_plan
from nora_core import Volume
from nora_core.geometry.grid import Grid


def _letters(viewer):
    names = ("nora top", "nora bottom", "nora left", "nora right")
    overlays = [viewer.canvas.overlays[name] for name in names]
    return "".join(overlay.text for overlay in overlays if overlay.visible)


@pytest.fixture
def viewer():
    viewer = ViewerModel()
    grid = Grid((4, 5, 6), np.diag([-1.0, 1.0, 2.0, 1.0]))
    volume = Volume(np.ones((4, 5, 6), np.float32), grid)
    show_plan(viewer, plan_volume(volume, name="t1"))
    return viewer


def test_axial_view_has_the_patients_right_on_the_left(viewer):
    assert _letters(viewer) == "APRL"


def test_letters_follow_the_plane_and_the_camera(viewer):
    viewer.dims.order = (1, 2, 0)
    assert _letters(viewer) == "SIRL"
    viewer.scene.camera.orientation2d = ("down", "right")
    assert _letters(viewer) == "ISLR"


def test_no_letters_in_3d_or_without_our_layers(viewer):
    viewer.dims.ndisplay = 3
    assert _letters(viewer) == ""
    viewer.dims.ndisplay = 2
    assert _letters(viewer) == "APRL"
    viewer.layers.clear()
    assert _letters(viewer) == ""


def test_time_is_no_direction():
    assert letters_of((2, 1), 4, ("up", "left")) == ("A", "P", "R", "L")
    assert letters_of((0, 1), 4, ("up", "left")) == ("", "", "", "")
