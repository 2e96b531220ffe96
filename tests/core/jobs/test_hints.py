"""A function's hints become the arguments and results of a tool."""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple, NotRequired, TypedDict

import pytest
from pydantic import Field

from nora_core import Mask, ToolContext, Volume, tool
from nora_core.errors import PluginError, ToolFailed
from nora_core.testing import phantom_volume
from nora_core.wire.tool import ArgumentKind, ResultKind

if TYPE_CHECKING:
    from nora_core.images import Surface


class Side(Enum):
    LEFT = "left"
    RIGHT = "right"


class Pair(TypedDict):
    mask: Mask
    table: dict[str, float]


class Tuple(NamedTuple):
    image: Volume
    file: Path


@dataclass
class Record:
    image: Volume
    mask: Mask


class Numbers(TypedDict):
    mean: float
    count: int


def described(function):
    return tool(title="A tool")(function).describe()


def test_each_hint_has_its_kind():
    def all_kinds(
        image: Volume,
        mask: Mask,
        file: Path,
        count: int,
        width: float,
        label: str,
        fast: bool,
        side: Literal["left", "right"],
        enum: Side,
    ) -> Volume:
        return image

    kinds = [argument.kind for argument in described(all_kinds).arguments]

    assert kinds == [
        ArgumentKind.IMAGE,
        ArgumentKind.MASK,
        ArgumentKind.FILE,
        ArgumentKind.INTEGER,
        ArgumentKind.NUMBER,
        ArgumentKind.TEXT,
        ArgumentKind.LOGICAL,
        ArgumentKind.OPTION,
        ArgumentKind.OPTION,
    ]


def test_a_field_gives_range_unit_and_description():
    width = Annotated[float, Field(ge=0, le=20, description="Of the kernel")]

    def smooth(image: Volume, width_mm: width = 6) -> Volume:
        return image

    argument = described(smooth).arguments[1]

    assert (argument.minimum, argument.maximum) == (0, 20)
    assert argument.unit == "mm"
    assert argument.description == "Of the kernel"
    assert argument.default == 6.0
    assert not argument.required


def test_a_unit_can_be_named():
    limit = Annotated[float, Field(json_schema_extra={"unit": "HU"})]

    def threshold(image: Volume, lower: limit = 60) -> Volume:
        return image

    assert described(threshold).arguments[1].unit == "HU"


def test_an_open_integer_limit_is_closed():
    def count(number: Annotated[int, Field(gt=0, lt=10)]) -> dict[str, int]:
        return {}

    argument = described(count).arguments[0]

    assert (argument.minimum, argument.maximum) == (1, 9)


def test_a_list_of_images_takes_many():
    def average(images: list[Volume]) -> Volume:
        return images[0]

    argument = described(average).arguments[0]

    assert argument.many
    assert argument.kind is ArgumentKind.IMAGE


def test_an_optional_image_is_not_required():
    def measure(image: Volume, mask: Mask | None = None) -> dict[str, float]:
        return {}

    assert [argument.required for argument in described(measure).arguments] == [
        True,
        False,
    ]


def test_choices_reach_the_function_as_their_values():
    def turn(side: Side = Side.LEFT) -> dict[str, str]:
        return {"side": side.name}

    made = tool(title="Turn")(turn)

    assert made.describe().arguments[0].choices == ("left", "right")
    assert made.describe().arguments[0].default == "left"
    results = made.run(made.check({"side": "right"}), ToolContext())
    assert results == {"result": {"side": "RIGHT"}}


def test_the_context_is_no_argument():
    def wait(image: Volume, context: ToolContext) -> Volume:
        context.progress(1.0, "done")
        return image

    made = tool(title="Wait")(wait)
    seen: list[float] = []
    context = ToolContext(progress=lambda done, text: seen.append(done))

    made.run({"image": phantom_volume()}, context)

    assert [argument.name for argument in made.arguments] == ["image"]
    assert seen == [1.0]


@pytest.mark.parametrize(
    ("hint", "expected"),
    [
        (Volume, {"result": ResultKind.IMAGE}),
        (Mask, {"result": ResultKind.MASK}),
        (Path, {"result": ResultKind.FILE}),
        (dict[str, float], {"result": ResultKind.TABLE}),
        (list[dict[str, float]], {"result": ResultKind.TABLE}),
        (list[Numbers], {"result": ResultKind.TABLE}),
        (Numbers, {"result": ResultKind.TABLE}),
        (Pair, {"mask": ResultKind.MASK, "table": ResultKind.TABLE}),
        (Tuple, {"image": ResultKind.IMAGE, "file": ResultKind.FILE}),
        (Record, {"image": ResultKind.IMAGE, "mask": ResultKind.MASK}),
    ],
)
def test_each_return_hint_has_its_results(hint, expected):
    def give():
        return None

    give.__annotations__["return"] = hint

    results = described(give).results

    assert {result.name: result.kind for result in results} == expected


@pytest.mark.parametrize("make", [lambda i, m: Record(i, m), lambda i, m: Both(i, m)])
def test_several_results_come_out_by_name(make):
    def both() -> Record:
        return make("image", "mask")

    results = tool(title="Both")(both).run({}, ToolContext())

    assert results == {"image": "image", "mask": "mask"}


class Some(TypedDict):
    image: Volume
    mask: Mask | None
    table: NotRequired[dict[str, float]]


def test_a_result_may_be_left_out_where_its_hint_says_so():
    def some() -> Some:
        return {"image": "image", "mask": None}

    made = tool(title="Some")(some)

    assert [result.required for result in made.results] == [True, False, False]
    found = made.run({}, ToolContext())
    assert found == {"image": "image", "mask": None, "table": None}


def test_a_forgotten_return_is_an_error():
    def forgetful(image: Volume) -> Volume:
        image.turned_to("RAS")

    with pytest.raises(ToolFailed, match="returned nothing as 'result'"):
        tool(title="Forgetful")(forgetful).run(
            {"image": phantom_volume()}, ToolContext()
        )


class Both(NamedTuple):
    image: str
    mask: str


def refused(function) -> str:
    with pytest.raises(PluginError) as caught:
        tool(title="Broken")(function)
    return caught.value.message


def test_a_parameter_without_hint_is_refused():
    def broken(image) -> Volume:
        return image

    assert "parameter 'image' has no type hint; allowed are Volume" in refused(broken)


def test_an_unknown_hint_is_refused():
    def broken(image: bytes) -> Volume:
        return image

    assert "has the type hint 'bytes'; allowed are" in refused(broken)


def test_a_missing_return_hint_is_refused():
    def broken(image: Volume):
        return image

    assert "has no return hint" in refused(broken)


def test_a_typing_only_import_is_explained():
    def broken(image: "Surface") -> Volume:
        return image

    message = refused(broken)

    assert "import 'Surface' at the top of the file" in message
    assert "TYPE_CHECKING" in message


@pytest.mark.parametrize(
    "hint",
    [
        Annotated[float, Field(gt=0)],
        Annotated[float, Field(multiple_of=2)],
        Annotated[str, Field(max_length=3)],
    ],
)
def test_a_limit_that_nothing_would_check_is_refused(hint):
    def broken(value: hint) -> dict[str, float]:
        return {}

    assert "is not supported here" in refused(broken)


Share = Annotated[float, Field(ge=0, le=1)]


@pytest.mark.parametrize(
    ("hint", "default"), [(int, "a"), (int, 1.5), (bool, 3), (str, 3), (Share, -5)]
)
def test_a_default_that_does_not_fit_its_hint_is_refused(hint, default):
    def broken(image: Volume, x=default) -> Volume:
        return image

    broken.__annotations__["x"] = hint

    with pytest.raises(PluginError, match=r"parameter 'x': the default"):
        tool(title="Broken")(broken)


def test_a_default_that_is_no_choice_is_refused():
    def broken(side: Literal["left", "right"] = "up") -> dict[str, float]:
        return {}

    assert "'up' is none of left, right" in refused(broken)


def test_star_arguments_are_refused():
    def broken(*images: Volume) -> Volume:
        return images[0]

    assert "name each" in refused(broken)


def test_an_option_of_the_command_line_is_no_argument_name():
    def broken(out: str) -> dict[str, float]:
        return {}

    assert "rename it" in refused(broken)


def test_a_private_parameter_is_refused():
    def broken(_image: Volume) -> Volume:
        return _image

    assert "remove the first '_'" in refused(broken)


def test_a_bad_name_is_refused():
    def broken(image: Volume) -> Volume:
        return image

    with pytest.raises(PluginError, match="cannot be named 'No Spaces'"):
        tool(title="Broken", name="No Spaces")(broken)


@pytest.mark.parametrize("resources", [{"ram": 3}, {"memory_gb": -1}])
def test_bad_resources_are_refused(resources):
    def broken(image: Volume) -> Volume:
        return image

    with pytest.raises(PluginError, match=next(iter(resources))):
        tool(title="Broken", **resources)(broken)
