"""Scenes: what is shown where and how, as data that anybody may send."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from nora_core.wire.scene import (
    FileRef,
    Look,
    Scene,
    SceneLayer,
    SceneViewport,
)

MILLIMETERS = st.floats(-1e6, 1e6)
POINTS = st.tuples(MILLIMETERS, MILLIMETERS, MILLIMETERS)
FILES = st.builds(
    FileRef,
    project=st.just("liver"),
    study_id=st.integers(1, 2**31 - 1),
    file_ids=st.lists(st.integers(1, 2**31 - 1), min_size=1, max_size=4),
    relative_name=st.sampled_from(["t1/s003.nii", "ä b.nii.gz"]),
)
LOOKS = st.builds(
    Look,
    colormap=st.sampled_from([None, "gray"]),
    limits=st.none() | st.tuples(st.floats(-1e30, 0), st.floats(0, 1e30)),
    gamma=st.none() | st.floats(0.1, 5),
    color=st.sampled_from([None, "#00ff7f"]),
)
ANGLES = st.floats(-math.pi, math.pi)
ROTATIONS = ANGLES.map(lambda angle: (math.cos(angle), 0.0, math.sin(angle), 0.0))


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    layers = draw(
        st.lists(st.builds(SceneLayer, files=FILES, look=LOOKS), min_size=1, max_size=4)
    )
    items = st.lists(st.integers(0, len(layers) - 1), unique=True)
    viewports = []
    for number in draw(st.lists(st.sampled_from(["0", "1", "12", "b0"]), unique=True)):
        shown = draw(items)
        viewports.append(
            SceneViewport(
                number=number,
                rotation=draw(ROTATIONS),
                focus_mm=draw(POINTS),
                items=shown,
                overrides={index: draw(LOOKS) for index in shown[:1]},
            )
        )
    return Scene(viewports=viewports, layers=layers, crosshair_mm=draw(POINTS))


@given(scenes())
def test_a_scene_comes_back_from_its_json_as_it_was(scene: Scene) -> None:
    assert Scene.model_validate_json(scene.model_dump_json()) == scene


LAYER = {
    "files": {
        "project": "p",
        "study_id": 1,
        "file_ids": [1],
        "relative_name": "a.nii",
    }
}
SERIES = {"files": {**LAYER["files"], "file_ids": list(range(1, 5001))}}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"version": 2}, "version"),
        ({"surprise": 1}, "Extra inputs"),
        ({"layout": {"rows": 9}}, "less than or equal to 8"),
        ({"crosshair_mm": [0, 0, 1e300]}, "less than or equal to"),
        ({"layers": [LAYER] * 201}, "at most 200"),
        ({"layers": [SERIES] * 5}, "25000 files"),
        ({"layers": [{}]}, "from files or from an attachment"),
        ({"layers": [{**LAYER, "attachment": "roi.nii.gz"}]}, "name one"),
        ({"layers": [{"attachment": "../roi.nii.gz"}]}, "pattern"),
        ({"layers": [{"attachment": "roi.nii.gz"}] * 2}, "one attachment"),
        ({"viewports": [{"number": "0"}, {"number": "0"}]}, "one number"),
        ({"viewports": [{"number": "00"}]}, "pattern"),
        ({"viewports": [{"number": "0", "items": [0]}]}, "does not have"),
        ({"viewports": [{"number": "0", "rotation": [0, 0, 0, 0]}]}, "unit quaternion"),
        (
            {"layers": [LAYER], "viewports": [{"number": "0", "items": [0, 0]}]},
            "layer twice",
        ),
        ({"viewports": [{"number": "0", "overrides": {"0": {}}}]}, "not show"),
        ({"layers": [{**LAYER, "look": {"limits": [2, 1]}}]}, "smaller one first"),
        ({"layers": [{**LAYER, "look": {"color": "red"}}]}, "pattern"),
    ],
)
def test_a_scene_that_makes_no_sense_is_refused(change: dict, reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        Scene.model_validate(change)


def test_numbers_that_are_not_finite_are_refused() -> None:
    text = json.dumps({"crosshair_mm": [0.0, 0.0, math.nan]})

    with pytest.raises(ValidationError, match="finite"):
        Scene.model_validate_json(text)
