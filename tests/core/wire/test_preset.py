"""Presets and autoloaders: NORA's keys are read, wrong ones are refused."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from nora_core.wire.preset import (
    Autoloader,
    AutoloaderLevel,
    Intent,
    PresetContent,
    PresetMark,
)
from nora_core.wire.scene import Orientation

WHOLE_INTENT = {
    "overlay": True,
    "roi": True,
    "cmap": "gray",
    "color": "red,#00ff00,blue",
    "clim": [0, 100.5],
    "windowing": "lung",
    "transparent": True,
    "gl": False,
    "slicing": "axial,coronal,sagittal",
    "select": [0, 1, 2],
    "isosurf": 120.0,
    "createFiberTracking": True,
    "onmultimatches": "loadall",
    "autocreateroi": 0,
    "autocreate_ano": {"type": "points", "showPanel": True, "templates": ["a"]},
    "defaultform": "reading",
    "intendedName": "rois/lesion.$USER.nii.gz",
    "auto_tag": "mask,mine",
}


def test_noras_own_spelling_is_read_and_comes_back_from_its_json() -> None:
    loader = Autoloader.model_validate(
        {"pattern": "t1*", "viewports": "0,1,b0", "intent": WHOLE_INTENT}
    )

    assert loader.viewports == ("0", "1", "b0")
    assert loader.intent.intended_name == "rois/lesion.$USER.nii.gz"
    assert loader.intent.auto_tag == ("mask", "mine")
    assert set(Intent.model_fields) == loader.intent.model_fields_set
    assert Autoloader.model_validate_json(loader.model_dump_json()) == loader


def test_parallel_lists_go_to_their_viewports() -> None:
    loader = Autoloader(
        pattern="t1*",
        viewports="0,1",
        intent=Intent(slicing="axial,sagittal", cmap="hot"),
    )

    assert [(p.viewport, p.slicing, p.cmap, p.color) for p in loader.placements()] == [
        ("0", Orientation.AXIAL, "hot", None),
        ("1", Orientation.SAGITTAL, "hot", None),
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"pattern": "a", "viewports": "0,1,2", "intent": {"color": "red,blue"}},
        {"pattern": "a", "viewports": ""},
        {"pattern": "a", "viewports": "left"},
        {"pattern": "a" * 1001},
        {"pattern": "a", "intent": {"clim": [1, 0]}},
        {"pattern": "a", "intent": {"intendedName": "../../etc/passwd"}},
        {"pattern": "a", "intent": {"script": "x"}},
    ],
)
def test_an_autoloader_that_makes_no_sense_is_refused(wrong: dict) -> None:
    with pytest.raises(ValidationError):
        Autoloader.model_validate(wrong)


@pytest.mark.parametrize(("number", "level"), list(enumerate(AutoloaderLevel)))
def test_levels_are_noras_numbers_too(number: int, level: AutoloaderLevel) -> None:
    assert PresetContent(autoloader_level=number).autoloader_level is level


def test_a_preset_holds_no_images() -> None:
    viewport = {"number": "0", "items": [0]}

    with pytest.raises(ValidationError, match="autoloaders"):
        PresetContent.model_validate({"viewports": [viewport]})


def test_marks_are_noras() -> None:
    assert [mark.value for mark in PresetMark] == ["--", "r-", "s-", "sw"]
    assert [mark.is_standard for mark in PresetMark] == [False, False, True, True]
