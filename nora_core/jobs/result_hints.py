"""A function's return hint, read as the named results of a tool."""

from __future__ import annotations

import dataclasses
import inspect
import types
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import (
    Any,
    NotRequired,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from nora_core.errors import PluginError, ToolFailed
from nora_core.images import Mask, Volume
from nora_core.jobs.hints import resolve_hints
from nora_core.wire.tool import ResultDescription, ResultKind

SINGLE_RESULT = "result"
"""The name of a tool's result where it has only one."""

ALLOWED_RESULTS = (
    "Volume, Mask, Path, dict or list[dict] (a table), or a TypedDict, NamedTuple or "
    "dataclass of these for several results"
)
_SUFFIXES = {
    ResultKind.IMAGE: ".nii.gz",
    ResultKind.MASK: ".nii.gz",
    ResultKind.TABLE: ".json",
    ResultKind.FILE: "",
}
_CELLS = (int, float, str, bool)


def read_results(function: Callable[..., object]) -> tuple[ResultDescription, ...]:
    """Read the results of a tool off the return hint of ``function``.

    Raises
    ------
    PluginError
        There is no return hint, or it cannot be written to a file.
    """
    where = f"tool {function.__name__!r}"
    hints = resolve_hints(function)
    if hints.get("return") in {None, type(None)}:
        raise PluginError(
            f"{where} has no return hint; say what it returns: {ALLOWED_RESULTS}"
        )
    return describe_results(_named_hints(hints["return"]), where)


def describe_results(
    hints: Mapping[str, Any], where: str
) -> tuple[ResultDescription, ...]:
    """Describe the results that have these names and hints."""
    described = []
    for name, hint in hints.items():
        plain = _without_none(hint)
        kind = _kind_of(plain, f"{where}, result {name!r}")
        described.append(
            ResultDescription(
                name=name, kind=kind, suffix=_SUFFIXES[kind], required=plain is hint
            )
        )
    return tuple(described)


def name_results(
    value: object, results: tuple[ResultDescription, ...]
) -> dict[str, object]:
    """Return what a tool returned by the names of its results; None where left out.

    Raises
    ------
    ToolFailed
        A result is missing that the tool's hints promise.
    """
    named = _by_name(value, [result.name for result in results])
    for result in results:
        if result.required and named[result.name] is None:
            raise ToolFailed(
                f"the tool returned nothing as {result.name!r}; is a 'return' missing?"
            )
    return named


def _by_name(value: object, names: list[str]) -> dict[str, object]:
    if names == [SINGLE_RESULT] and not _has_field(value, SINGLE_RESULT):
        return {SINGLE_RESULT: value}
    if isinstance(value, Mapping):
        return {name: value.get(name) for name in names}
    return {name: getattr(value, name, None) for name in names}


def _has_field(value: object, name: str) -> bool:
    if isinstance(value, Mapping):
        return name in value
    return name in getattr(value, "_fields", ()) or (
        dataclasses.is_dataclass(value)
        and any(field.name == name for field in dataclasses.fields(value))
    )


def _named_hints(hint: Any) -> dict[str, Any]:
    """Return the hints by name: one, or the fields of a record of several."""
    if hint in {Volume, Mask} or not inspect.isclass(hint):
        return {SINGLE_RESULT: hint}
    if not _is_record(hint):
        return {SINGLE_RESULT: hint}
    fields = get_type_hints(hint, include_extras=True)
    if all(field in _CELLS for field in fields.values()):
        return {SINGLE_RESULT: dict}
    return fields


def _is_record(hint: type) -> bool:
    return (
        is_typeddict(hint) or dataclasses.is_dataclass(hint) or hasattr(hint, "_fields")
    )


def _without_none(hint: Any) -> Any:
    """Return ``Mask`` for ``Mask | None`` and ``NotRequired[Mask]``, else the hint."""
    if get_origin(hint) is NotRequired:
        return get_args(hint)[0]
    rest = [part for part in get_args(hint) if part is not type(None)]
    is_union = get_origin(hint) in {Union, types.UnionType}
    return rest[0] if is_union and len(rest) == 1 else hint


def _kind_of(hint: Any, where: str) -> ResultKind:
    if hint is Volume:
        return ResultKind.IMAGE
    if hint is Mask:
        return ResultKind.MASK
    if inspect.isclass(hint) and issubclass(hint, Path):
        return ResultKind.FILE
    if _is_table(hint):
        return ResultKind.TABLE
    shown = getattr(hint, "__name__", hint)
    raise PluginError(
        f"{where} has the type hint {shown!r}; it may be {ALLOWED_RESULTS}"
    )


def _is_table(hint: Any) -> bool:
    origin = get_origin(hint) or hint
    if origin is list:
        return bool(get_args(hint)) and _is_table(get_args(hint)[0])
    if is_typeddict(hint) or (inspect.isclass(hint) and _is_record(hint)):
        return all(field in _CELLS for field in get_type_hints(hint).values())
    return inspect.isclass(origin) and issubclass(origin, Mapping)
