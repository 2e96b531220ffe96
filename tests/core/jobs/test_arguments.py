"""Values are checked once, with the same words everywhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nora_core.errors import ArgumentError
from nora_core.jobs.arguments import check_arguments, check_value, read_text
from nora_core.wire.tool import ArgumentDescription, ArgumentKind

LOWER = ArgumentDescription(
    name="lower",
    kind=ArgumentKind.NUMBER,
    title="Lower",
    required=False,
    default=60.0,
    minimum=-1024,
    maximum=3071,
    unit="HU",
)
COUNT = ArgumentDescription(name="count", kind=ArgumentKind.INTEGER, title="Count")
IMAGE = ArgumentDescription(name="image", kind=ArgumentKind.IMAGE, title="Image")
SIDE = ArgumentDescription(
    name="side", kind=ArgumentKind.OPTION, title="Side", choices=("left", "right")
)
FAST = ArgumentDescription(name="fast", kind=ArgumentKind.LOGICAL, title="Fast")


def test_defaults_are_filled_in():
    checked = check_arguments("threshold", [IMAGE, LOWER], {"image": "t1*.nii"})

    assert checked == {"image": "t1*.nii", "lower": 60.0}


@pytest.mark.parametrize(
    ("argument", "value", "message"),
    [
        (LOWER, 4000, "lower is 4000.0; allowed: -1024 to 3071 HU"),
        (LOWER, "abc", "lower is 'abc'; give a number (-1024 to 3071 HU)"),
        (LOWER, True, "lower is True; give a number (-1024 to 3071 HU)"),
        (LOWER, float("nan"), "lower is nan; give a number (-1024 to 3071 HU)"),
        (COUNT, 1.5, "count is 1.5; give a whole number"),
        (COUNT, None, "count is missing; give a whole number"),
        (IMAGE, None, "image is missing; give an image"),
        (IMAGE, ["a", "b"], "image takes one file, not 2; choose one of them"),
        (IMAGE, 3, "image is 3; give an image"),
        (SIDE, "up", "side is 'up'; give one of left, right"),
        (FAST, "yes", "fast is 'yes'; give true or false"),
    ],
)
def test_a_wrong_value_is_named_with_the_way_out(argument, value, message):
    with pytest.raises(ArgumentError) as caught:
        check_value(argument, value)

    assert caught.value.message == message


def test_an_unknown_argument_is_named():
    with pytest.raises(ArgumentError, match="has no argument 'lowr'; it has image"):
        check_arguments("threshold", [IMAGE, LOWER], {"lowr": 3})


@pytest.mark.parametrize("argument", [LOWER, COUNT])
def test_a_huge_number_is_refused_quietly(argument):
    limited = argument.model_copy(update={"maximum": 5.0})

    with pytest.raises(ArgumentError, match="too large"):
        check_value(limited, 10**400)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=4,
)


@given(st.sampled_from([LOWER, COUNT, IMAGE, SIDE, FAST]), ANY_JSON)
def test_a_checked_value_passes_again_and_nothing_else_is_raised(argument, value):
    try:
        checked = check_value(argument, value)
    except ArgumentError:
        return
    assert check_value(argument, checked) == checked


@pytest.mark.parametrize(
    ("argument", "text", "value"),
    [
        (LOWER, "60", 60),
        (LOWER, "6e1", 60.0),
        (LOWER, "abc", "abc"),
        (FAST, "Yes", True),
        (FAST, "0", False),
        (FAST, "maybe", "maybe"),
        (SIDE, "left", "left"),
    ],
)
def test_text_of_a_command_line_becomes_a_value(argument, text, value):
    assert read_text(argument, text) == value
