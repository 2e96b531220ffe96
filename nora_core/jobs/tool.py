"""A tool: a typed function that is form, command line, check and job at once."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypedDict, Unpack

from pydantic import JsonValue, ValidationError

from nora_core.errors import PluginError
from nora_core.jobs.arguments import check_arguments
from nora_core.jobs.context import ToolContext
from nora_core.jobs.hints import read_parameters
from nora_core.jobs.result_hints import name_results, read_results
from nora_core.jobs.values import read_argument
from nora_core.wire.tool import (
    ArgumentDescription,
    Resources,
    ResultDescription,
    ToolDescription,
)

_ALLOWED_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


class ResourceHints(TypedDict, total=False):
    """What one case needs: ``cpus``, ``memory_gb``, ``minutes``, ``gpus``."""

    cpus: int
    memory_gb: float
    minutes: int
    gpus: int


@dataclass(frozen=True)
class Tool:
    """A function with everything that panels, commands and workers ask about it."""

    name: str
    title: str
    description: str
    arguments: tuple[ArgumentDescription, ...]
    results: tuple[ResultDescription, ...]
    function: Callable[..., object] = field(repr=False)
    resources: Resources = field(default_factory=Resources)
    context_name: str | None = None
    """The function's parameter that gets the :class:`ToolContext`."""
    options: Mapping[str, Mapping[str, object]] = field(
        default_factory=dict, repr=False
    )
    """Argument -> text of a choice -> the value that the function gets for it."""
    source: str = ""
    """The plug-in that brought it."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function itself, with its own arguments."""
        return self.function(*args, **kwargs)

    def describe(self) -> ToolDescription:
        """Return the tool as panels and command lines show it."""
        return ToolDescription(
            name=self.name,
            title=self.title,
            description=self.description,
            arguments=self.arguments,
            results=self.results,
            resources=self.resources,
            source=self.source,
        )

    def check(self, values: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        """Return ``values`` with the defaults filled in.

        Raises
        ------
        ArgumentError
            A value is missing, unknown, of the wrong kind or out of range.
        """
        return check_arguments(self.name, self.arguments, values)

    def read(self, name: str, paths: Sequence[Path]) -> object:
        """Return the file argument ``name`` as the function wants it.

        That is a ``Volume``, a ``Mask``, a path, or a list of these.

        Raises
        ------
        ArgumentError
            There are too many or too few paths.
        ImageFileError
            A file cannot be read.
        """
        read = getattr(self.function, "read", read_argument)
        argument = next(item for item in self.arguments if item.name == name)
        return read(argument, paths)

    def run(
        self, arguments: Mapping[str, object], context: ToolContext
    ) -> dict[str, object]:
        """Call the function and return its results by name.

        Parameters
        ----------
        arguments
            Checked values by name; files already read (see :meth:`read`). What is
            missing gets the function's own default.
        context
            How the function reports progress and learns that it shall stop.
        """
        real = {
            name: self.options.get(name, {}).get(str(value), value)
            for name, value in arguments.items()
        }
        if self.context_name is not None:
            real[self.context_name] = context
        return name_results(self.function(**real), self.results)


def tool(
    *, title: str, name: str | None = None, **resources: Unpack[ResourceHints]
) -> Callable[[Callable[..., Any]], Tool]:
    """Make a typed function a tool.

    Parameters
    ----------
    title
        What panels show.
    name
        What commands and orders call it; the function's name where not given.
    **resources
        What one case needs: ``cpus``, ``memory_gb``, ``minutes``, ``gpus``.

    Raises
    ------
    PluginError
        A parameter has no usable hint, or there is no return hint.
    """

    def make(function: Callable[..., Any]) -> Tool:
        parameters = read_parameters(function)
        return Tool(
            name=check_tool_name(name or function.__name__),
            title=title,
            description=_first_paragraph(function),
            arguments=parameters.arguments,
            results=read_results(function),
            function=function,
            resources=check_resources(name or function.__name__, resources),
            context_name=parameters.context_name,
            options=parameters.options,
        )

    return make


def check_tool_name(name: str) -> str:
    """Return ``name`` if a tool may be called so.

    Raises
    ------
    PluginError
        It would not do as a command, a folder's name and an argument of a job.
    """
    if _ALLOWED_NAME.fullmatch(name):
        return name
    raise PluginError(
        f"a tool cannot be named {name!r}; use at most 64 small letters, digits and "
        "'_', a letter first"
    )


def check_resources(name: str, resources: ResourceHints) -> Resources:
    """Return ``resources`` with what is not given filled in.

    Raises
    ------
    PluginError
        Something unknown is asked for, or a number is not positive.
    """
    unknown = set(resources) - set(Resources.model_fields)
    if unknown:
        raise PluginError(
            f"tool {name!r}: there is no resource {', '.join(sorted(unknown))}; "
            f"there are {', '.join(Resources.model_fields)}"
        )
    try:
        return Resources.model_validate(resources)
    except ValidationError as error:
        first = error.errors()[0]
        raise PluginError(
            f"tool {name!r}: {first['loc'][0]} is {first['input']!r}; {first['msg']}"
        ) from error


def _first_paragraph(function: Callable[..., object]) -> str:
    text = inspect.getdoc(function) or ""
    return " ".join(text.split("\n\n")[0].split()).replace("``", "")
