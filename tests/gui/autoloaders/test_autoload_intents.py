"""Each key of an intent has its effect on layers and viewports."""

from __future__ import annotations

import numpy as np
import pytest

from napari_nora.viewports.state import Kind
from tests.gui.autoloaders.conftest import loader

INTENTS = {
    "clim": ({"clim": [3, 9]}, "contrast_limits", [3, 9]),
    "windowing": ({"windowing": "lung"}, "contrast_limits", [-1220, 220]),
    "transparent": ({"transparent": 0.25}, "opacity", 0.25),
}


@pytest.mark.parametrize(("intent", "name", "value"), INTENTS.values(), ids=INTENTS)
def test_an_intent_sets_a_property(
    intent, name, value, viewer, auto, case_files, go
) -> None:
    case_files.add(1, "t1.nii")
    auto.book.set(autoloaders=[loader("t1*", **intent)])
    go(1)
    assert getattr(viewer.layers[0], name) == value


def test_colormaps_and_colors_may_differ_by_viewport(
    viewer, session, auto, case_files, go
) -> None:
    case_files.add(1, "t1.nii")
    case_files.add(1, "mask.nii", tags=("mask",))
    auto.book.set(
        autoloaders=[
            loader("t1*", "0,1", cmap="gray,magma"),
            loader("mask*", "0,1", roi=True, color="#ff0000"),
        ]
    )
    go(1)
    image, mask = viewer.layers
    assert session.desk["1"].overrides[str(image.unique_id)] == {"colormap": "magma"}
    assert session.desk["0"].overrides[str(image.unique_id)] == {"colormap": "gray"}
    assert mask.get_color(1).tolist() == [1, 0, 0, 1]


def test_overlays_let_their_zero_through_and_isosurfaces_are_asked_for(
    viewer, session, auto, case_files, go
) -> None:
    case_files.add(1, "t1.nii")
    case_files.add(1, "pet.nii")
    auto.book.set(
        autoloaders=[
            loader("t1*", "3", gl=True, isosurf=42),
            loader("pet*", overlay=True, transparent=True, cmap="viridis"),
        ]
    )
    go(1)
    assert session.desk["3"].kind is Kind.VOLUME
    assert session.desk["3"].overrides[str(viewer.layers[0].unique_id)] == {
        "shown_in_3d": "isosurface",
        "isosurface_threshold": 42,
    }
    assert viewer.layers[1].metadata["nora look"]["clips_below"] is True
    assert viewer.layers[1].colormap.name == "viridis"


def test_viewports_show_their_volume_of_a_4d_image(
    viewer, session, auto, case_files, go
) -> None:
    case_files.add(1, "dwi.nii", shape=(6, 7, 5, 3))
    auto.book.set(autoloaders=[loader("dwi*", "0,1", select="0,2")])
    go(1)
    assert [layer.name for layer in viewer.layers] == ["dwi [0]", "dwi [2]"]
    first, last = (np.asarray(layer.data) for layer in viewer.layers)
    assert first.ndim == 3
    assert (first < last).all()


def test_a_wrong_window_name_is_said_in_its_viewport(
    session, auto, case_files, go
) -> None:
    case_files.add(1, "t1.nii")
    auto.book.set(autoloaders=[loader("t1*", windowing="lunge")])
    go(1)
    assert "no window 'lunge'; known: " in session.desk["0"].note
