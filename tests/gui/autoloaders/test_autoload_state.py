"""Rows say in words what an autoloader does and what it found."""

from __future__ import annotations

from typing import Any

import pytest

from napari_nora.widgets.autoloaders.state import (
    Role,
    changed,
    role_fields,
    role_of,
    rows_of,
)
from nora_core.wire.preset import Autoloader


def loader(pattern: str = "t1*", **fields: Any) -> Autoloader:
    return Autoloader.model_validate({"pattern": pattern, **fields})


@pytest.mark.parametrize(
    ("one", "count", "sentence", "feedback", "is_problem"),
    [
        (loader(), None, "", "", False),
        (loader(), 1, "", "1 image", False),
        (loader(), 3, "", "3 images, first shown", False),
        (loader(intent={"onmultimatches": "loadall"}), 3, "", "3 images", False),
        (loader(), 0, "no file t1*", "no file t1*", True),
        (loader(), 0, "new mask m.nii.gz", "new mask m.nii.gz", False),
        (loader(enabled=False), None, "", "off", False),
    ],
)
def test_feedback_is_short(one, count, sentence, feedback, is_problem) -> None:
    counts = {} if count is None else {0: count}
    (row,) = rows_of([one], counts, {0: sentence} if sentence else {})
    assert (row.feedback, row.is_problem) == (feedback, is_problem)


def test_a_pattern_that_cannot_be_read_says_why() -> None:
    (row,) = rows_of([loader('t1 "x')], {}, {})
    assert row.is_problem
    assert "not closed" in row.feedback
    (row,) = rows_of([loader("t1*")], {}, {})
    assert "t1" in row.tip


@pytest.mark.parametrize("role", Role)
def test_a_role_is_what_its_fields_make(role: Role) -> None:
    one = changed(loader(), intent=role_fields(role)).autoloader
    assert one is not None
    assert role_of(one.intent) is role


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"viewports": "0, x"}, "viewports are numbers"),
        ({"intent": {"intended_name": "../x"}}, "intended_name"),
        ({"viewports": "0,1,2", "intent": {"color": ("red", "blue")}}, "2 values"),
    ],
)
def test_a_wrong_field_is_explained(fields: dict[str, Any], word: str) -> None:
    outcome = changed(loader(), **fields)
    assert outcome.autoloader is None
    assert word in outcome.error


def test_changed_fields_leave_the_others() -> None:
    one = loader(viewports="0,1", intent={"roi": True, "color": "#ff0000"})
    after = changed(one, pattern="m*", intent={"windowing": "lung"}).autoloader
    assert after is not None
    assert (after.pattern, after.viewports) == ("m*", ("0", "1"))
    assert (after.intent.roi, after.intent.windowing) == (True, "lung")
