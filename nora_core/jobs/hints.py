"""A function's type hints, read as the arguments of a tool."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import JsonValue
from pydantic.fields import FieldInfo

from nora_core.errors import ArgumentError, PluginError
from nora_core.images import Mask, Volume
from nora_core.jobs.arguments import check_value
from nora_core.jobs.context import ToolContext
from nora_core.jobs.limits import Limits, read_limits
from nora_core.wire.tool import ArgumentDescription, ArgumentKind

RESERVED_NAMES = frozenset({"out", "help", "list"})
"""Options that every tool's command line has already."""

ALLOWED_HINTS = (
    "Volume, Mask, Path, int, float, str, bool, an Enum or a Literal of texts, "
    "list[Volume], list[Mask] or list[Path], each also as Annotated[..., Field(...)]"
)
_KINDS: dict[object, ArgumentKind] = {
    Volume: ArgumentKind.IMAGE,
    Mask: ArgumentKind.MASK,
    Path: ArgumentKind.FILE,
    int: ArgumentKind.INTEGER,
    float: ArgumentKind.NUMBER,
    str: ArgumentKind.TEXT,
    bool: ArgumentKind.LOGICAL,
}
_UNITS = {
    "mm": "mm",
    "ml": "ml",
    "gb": "GB",
    "hu": "HU",
    "ms": "ms",
    "seconds": "s",
    "minutes": "min",
    "percent": "%",
    "degrees": "°",
    "voxels": "voxels",
}
"""Last word of an argument's name -> its unit."""


@dataclass(frozen=True)
class Parameters:
    """What a function's hints say about its parameters."""

    arguments: tuple[ArgumentDescription, ...]
    context_name: str | None = None
    """The parameter that gets the :class:`ToolContext`."""
    options: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    """Argument -> text of a choice -> the value that the function gets for it."""


@dataclass(frozen=True)
class _Hint:
    """One hint without its wrappings."""

    kind: ArgumentKind
    many: bool
    optional: bool
    options: dict[str, object]
    limits: Limits


def resolve_hints(function: Callable[..., object]) -> dict[str, Any]:
    """Return the hints of ``function`` as types, the result under ``return``.

    Raises
    ------
    PluginError
        A hint names something that does not exist when the program runs.
    """
    try:
        return get_type_hints(function, include_extras=True)
    except NameError as error:
        raise PluginError(
            f"tool {function.__name__!r}: the type hint {error.name!r} is unknown when "
            f"the program runs; import {error.name!r} at the top of the file, not "
            "under 'if TYPE_CHECKING:'"
        ) from error
    except (TypeError, SyntaxError, AttributeError) as error:
        raise PluginError(
            f"tool {function.__name__!r}: a type hint cannot be read: {error}"
        ) from error


def read_parameters(function: Callable[..., object]) -> Parameters:
    """Read the arguments of a tool off the hints of ``function``.

    Raises
    ------
    PluginError
        A parameter has no hint, or one that no form and no command line can ask for.
    """
    hints = resolve_hints(function)
    arguments: list[ArgumentDescription] = []
    options: dict[str, dict[str, object]] = {}
    context_name = None
    for parameter in inspect.signature(function).parameters.values():
        where = f"tool {function.__name__!r}, parameter {parameter.name!r}"
        _refuse_unusable(parameter, hints, where)
        hint = hints[parameter.name]
        if hint is ToolContext:
            context_name = parameter.name
            continue
        argument, choices = describe_argument(
            parameter.name, hint, parameter.default, where
        )
        arguments.append(argument)
        if choices:
            options[parameter.name] = choices
    return Parameters(tuple(arguments), context_name, options)


def _refuse_unusable(
    parameter: inspect.Parameter, hints: Mapping[str, object], where: str
) -> None:
    if parameter.kind in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}:
        raise PluginError(f"{where}: '*' and '**' cannot be asked for; name each")
    if parameter.kind is parameter.POSITIONAL_ONLY:
        raise PluginError(f"{where}: remove the '/', tools are called by name")
    if parameter.name.startswith("_"):
        raise PluginError(f"{where}: a form shows its name; remove the first '_'")
    if parameter.name not in hints:
        raise PluginError(f"{where} has no type hint; allowed are {ALLOWED_HINTS}")
    if parameter.name in RESERVED_NAMES:
        raise PluginError(
            f"{where}: the command line uses --{parameter.name} itself; rename it"
        )


def describe_argument(
    name: str, hint: object, default: object, where: str
) -> tuple[ArgumentDescription, dict[str, object]]:
    """Describe one argument; the second value has its choices' real values.

    ``default`` is ``inspect.Parameter.empty`` where there is none.
    """
    read = _read_hint(hint, where)
    required = default is inspect.Parameter.empty and not read.optional
    if default is inspect.Parameter.empty:
        default = None
    argument = ArgumentDescription(
        name=name,
        kind=read.kind,
        title=name.replace("_", " ").capitalize(),
        description=read.limits.description,
        required=required,
        default=_plain_default(default, read, where),
        minimum=read.limits.minimum,
        maximum=read.limits.maximum,
        unit=read.limits.unit or _UNITS.get(name.rpartition("_")[2], ""),
        choices=tuple(read.options),
        many=read.many,
    )
    _check_default(argument, where)
    return argument, read.options


def _check_default(argument: ArgumentDescription, where: str) -> None:
    if argument.default is None:
        return
    try:
        check_value(argument, argument.default)
    except ArgumentError as error:
        raise PluginError(
            f"{where}: the default does not fit its hint: {error.message}"
        ) from error


def _plain_default(default: object, hint: _Hint, where: str) -> JsonValue:
    if default is None:
        return None
    if hint.kind.is_file:
        raise PluginError(f"{where}: a file's default can only be None, not a value")
    for text, value in hint.options.items():
        if value is default or value == default:
            return text
    if hint.options:
        raise PluginError(
            f"{where}: the default {default!r} is none of {', '.join(hint.options)}"
        )
    if hint.kind is ArgumentKind.NUMBER and isinstance(default, int | float):
        return float(default)
    if isinstance(default, bool | int | float | str):
        return default
    raise PluginError(f"{where}: the default {default!r} does not fit its hint")


def _read_hint(hint: object, where: str) -> _Hint:
    metadata: list[object] = []
    optional = many = False
    while True:
        origin, parts = get_origin(hint), get_args(hint)
        if origin is Annotated:
            hint, metadata = parts[0], [*metadata, *parts[1:]]
        elif origin in {Union, types.UnionType} and type(None) in parts:
            rest = [part for part in parts if part is not type(None)]
            if len(rest) != 1:
                break
            hint, optional = rest[0], True
        elif origin in {list, Sequence} and not many and parts:
            hint, many = parts[0], True
        else:
            break
    options = _read_options(hint)
    kind = ArgumentKind.OPTION if options else _kind_of(hint, where)
    if many and not kind.is_file:
        raise PluginError(f"{where}: a list may hold Volume, Mask or Path, not {hint}")
    limits = read_limits(metadata, kind, where)
    return _Hint(kind, many, optional, options, limits)


def _kind_of(hint: object, where: str) -> ArgumentKind:
    if isinstance(hint, FieldInfo) or hint not in _KINDS:
        shown = getattr(hint, "__name__", hint)
        raise PluginError(
            f"{where} has the type hint {shown!r}; allowed are {ALLOWED_HINTS}"
        )
    return _KINDS[hint]


def _read_options(hint: object) -> dict[str, object]:
    if get_origin(hint) is Literal:
        return {str(value): value for value in get_args(hint)}
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {str(member.value): member for member in hint}
    return {}
