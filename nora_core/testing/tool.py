"""The contract that every tool keeps, as tests for its author to subclass."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import numpy as np
from pydantic import JsonValue

from nora_core.errors import ArgumentError
from nora_core.jobs.context import ToolContext
from nora_core.jobs.tool import Tool
from nora_core.jobs.values import plain_json, write_result
from nora_core.testing.phantoms import phantom_mask, phantom_volume
from nora_core.wire.tool import ArgumentDescription, ArgumentKind, ToolDescription


class ToolContract:
    """Subclass it, name it ``Test...`` and return your tool from :meth:`make_tool`.

    Runs with pytest::

        class TestThresholdLesion(ToolContract):
            def make_tool(self):
                return threshold_lesion

    Images are a bright ball on an oblique, flipped, anisotropic grid, masks the ball
    alone. A tool that wants other files gets them from :meth:`make_input`.
    """

    same_grid: ClassVar[bool] = True
    """Each image and mask that comes out lies on the grid that went in."""
    deterministic: ClassVar[bool] = True
    """The same input gives the same output."""
    values: ClassVar[Mapping[str, JsonValue]] = {}
    """Arguments other than the defaults; those without a default are needed."""

    def make_tool(self) -> Tool:
        """Return the tool under test."""
        raise NotImplementedError("return your tool from make_tool()")

    def make_input(self, argument: ArgumentDescription, folder: Path) -> object:
        """Return the value for one file argument; ``folder`` is for files."""
        if argument.kind is ArgumentKind.MASK:
            return phantom_mask()
        if argument.kind is ArgumentKind.IMAGE:
            return phantom_volume()
        path = folder / f"{argument.name}.txt"
        path.write_text("text\n", "utf-8")
        return path

    def run(self, folder: Path) -> dict[str, object]:
        """Run the tool once on the phantom and return its results by name."""
        tool = self.make_tool()
        folder.mkdir(parents=True, exist_ok=True)
        files: dict[str, object] = {}
        for argument in tool.arguments:
            if argument.kind.is_file and argument.required:
                value = self.make_input(argument, folder)
                files[argument.name] = [value] if argument.many else value
        checked = tool.check({**dict.fromkeys(files, "file"), **self.values})
        return tool.run({**checked, **files}, ToolContext(folder=folder))

    def test_it_describes_itself(self) -> None:
        """Title, description and results are there, and survive the wire."""
        description = self.make_tool().describe()

        assert description.title
        assert description.description, "write a docstring: panels show it"
        assert description.results
        wire = description.model_dump_json()
        assert ToolDescription.model_validate_json(wire) == description

    def test_its_defaults_are_allowed(self) -> None:
        """What a form shows at first passes the check."""
        tool = self.make_tool()
        files = {item.name: "file" for item in tool.arguments if item.kind.is_file}

        checked = tool.check({**files, **self.values})

        assert tool.check(checked) == checked

    def test_it_refuses_an_unknown_argument(self) -> None:
        """A mistyped name is an error and not ignored."""
        tool = self.make_tool()

        try:
            tool.check({"no_such_argument": 1})
        except ArgumentError as error:
            assert "no_such_argument" in error.message  # noqa: PT017 no pytest needed
        else:
            raise AssertionError("an unknown argument was accepted")

    def test_it_runs_and_its_results_can_be_written(self, tmp_path: Path) -> None:
        """Each result is what the hints promise and becomes a file."""
        tool = self.make_tool()

        results = self.run(tmp_path / "run")

        assert list(results) == [item.name for item in tool.results]
        for item in tool.results:
            if results[item.name] is None:
                continue
            path = write_result(item, results[item.name], tmp_path / "out", item.name)
            assert path.stat().st_size > 0

    def test_its_images_stay_on_their_grid(self, tmp_path: Path) -> None:
        """No result is moved, flipped or resampled unless the class says so."""
        if not self.same_grid:
            return
        grid = phantom_volume().grid

        for name, value in self.run(tmp_path).items():
            found = getattr(value, "grid", None)
            assert found is None or found.is_close(grid), f"{name} lies on {found}"

    def test_it_gives_the_same_result_again(self, tmp_path: Path) -> None:
        """Two runs on one input agree in every voxel and number."""
        if not self.deterministic:
            return

        first, second = self.run(tmp_path / "1"), self.run(tmp_path / "2")

        for name in first:
            assert _content(first[name]) == _content(second[name]), name

    def test_it_leaves_its_input_alone(self, tmp_path: Path) -> None:
        """The arrays that went in are not changed in place."""
        tool = self.make_tool()
        given: list[tuple[object, object]] = []

        class Watched(type(self)):  # type: ignore[misc]
            def make_input(self, argument: ArgumentDescription, folder: Path) -> object:
                value = super().make_input(argument, folder)
                given.append((value, _content(value)))
                return value

        Watched().run(tmp_path)

        assert all(_content(value) == before for value, before in given), tool.name

    def test_its_function_is_documented(self) -> None:
        """The function has a docstring of its own."""
        function = self.make_tool().function
        assert not inspect.isfunction(function) or inspect.getdoc(function)


def _content(value: object) -> object:
    data = getattr(value, "data", None)
    if isinstance(data, np.ndarray):
        return data.shape, str(data.dtype), data.tobytes()
    if isinstance(value, Path):
        return value.read_bytes()
    return repr(plain_json(value))
