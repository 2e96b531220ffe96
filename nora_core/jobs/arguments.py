"""Are these values good for a tool?  The same words in forms, commands and server."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from pydantic import JsonValue

from nora_core.errors import ArgumentError
from nora_core.wire.tool import ArgumentDescription, ArgumentKind

_YES = {"true", "yes", "on", "1"}
_NO = {"false", "no", "off", "0"}
_LARGEST_SHOWN = 10**18


def check_arguments(
    tool_name: str,
    arguments: Sequence[ArgumentDescription],
    values: Mapping[str, JsonValue],
) -> dict[str, JsonValue]:
    """Return ``values`` with the defaults filled in.

    Raises
    ------
    ArgumentError
        A value is missing, unknown, of the wrong kind or out of range.
    """
    known = {argument.name: argument for argument in arguments}
    for name in values:
        if name not in known:
            raise ArgumentError(
                f"tool {tool_name!r} has no argument {name!r}; "
                f"it has {', '.join(known) or 'none'}"
            )
    checked = {}
    for name, argument in known.items():
        value = values.get(name)
        given = argument.default if value is None else value
        checked[name] = check_value(argument, given)
    return checked


def check_value(argument: ArgumentDescription, value: JsonValue) -> JsonValue:
    """Return ``value`` as ``argument`` holds it.

    Raises
    ------
    ArgumentError
        It is missing, of the wrong kind or out of range.
    """
    if value is None or value in ("", []):
        if argument.required:
            raise ArgumentError(f"{argument.name} is missing; give {_wanted(argument)}")
        if argument.kind is not ArgumentKind.TEXT or value is None:
            return None
    if argument.kind.is_file:
        return _check_file(argument, value)
    if argument.kind is ArgumentKind.OPTION:
        return _check_option(argument, value)
    if argument.kind in {ArgumentKind.INTEGER, ArgumentKind.NUMBER}:
        return _check_number(argument, value)
    wanted = bool if argument.kind is ArgumentKind.LOGICAL else str
    if not isinstance(value, wanted):
        raise _wrong(argument, value)
    return value


def read_text(argument: ArgumentDescription, text: str) -> JsonValue:
    """Return ``text`` from a command line as a value that may then be checked.

    Text that is no such value is returned as it is; the check refuses it.
    """
    if argument.kind is ArgumentKind.LOGICAL:
        folded = text.strip().lower()
        return folded in _YES if folded in _YES | _NO else text
    if argument.kind in {ArgumentKind.INTEGER, ArgumentKind.NUMBER}:
        for read in (int, float):
            try:
                return read(text)
            except ValueError:
                continue
    return text


def describe_range(argument: ArgumentDescription) -> str:
    """Return the range and unit in words, such as ``0 to 20 mm``; may be empty."""
    low, high = argument.minimum, argument.maximum
    unit = f" {argument.unit}" if argument.unit else ""
    if low is not None and high is not None:
        return f"{_plain(low)} to {_plain(high)}{unit}"
    if low is not None:
        return f"at least {_plain(low)}{unit}"
    if high is not None:
        return f"at most {_plain(high)}{unit}"
    return f"in {argument.unit}" if argument.unit else ""


def _check_file(argument: ArgumentDescription, value: JsonValue) -> JsonValue:
    texts = value if isinstance(value, list) else [value]
    if not all(isinstance(text, str) and text for text in texts):
        raise _wrong(argument, value)
    if len(texts) > 1 and not argument.many:
        raise ArgumentError(
            f"{argument.name} takes one file, not {len(texts)}; choose one of them"
        )
    return value


def _check_option(argument: ArgumentDescription, value: JsonValue) -> JsonValue:
    if not isinstance(value, bool) and str(value) in argument.choices:
        return str(value)
    raise _wrong(argument, value)


def _check_number(argument: ArgumentDescription, value: JsonValue) -> JsonValue:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(argument, value)
    if isinstance(value, float) and not math.isfinite(value):
        raise _wrong(argument, value)
    if argument.kind is ArgumentKind.INTEGER:
        if value != int(value):
            raise _wrong(argument, value)
        value = int(value)
    else:
        value = _as_float(argument, value)
    low, high = argument.minimum, argument.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        raise ArgumentError(
            f"{argument.name} is {_shown(value)}; allowed: {describe_range(argument)}"
        )
    return value


def _as_float(argument: ArgumentDescription, value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        raise _wrong(argument, value) from None


def _wrong(argument: ArgumentDescription, value: JsonValue) -> ArgumentError:
    return ArgumentError(
        f"{argument.name} is {_shown(value)}; give {_wanted(argument)}"
    )


def _shown(value: JsonValue) -> str:
    if isinstance(value, int) and abs(value) > _LARGEST_SHOWN:
        return "a number that is too large"
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."


def _plain(number: float) -> str:
    """Return a limit without a needless ``.0``."""
    return str(int(number)) if number == int(number) else repr(number)


def _wanted(argument: ArgumentDescription) -> str:
    if argument.kind is ArgumentKind.OPTION:
        return f"one of {_listed(argument.choices)}"
    words = {
        ArgumentKind.IMAGE: "an image",
        ArgumentKind.MASK: "a mask",
        ArgumentKind.FILE: "a file",
        ArgumentKind.INTEGER: "a whole number",
        ArgumentKind.NUMBER: "a number",
        ArgumentKind.TEXT: "a text",
        ArgumentKind.LOGICAL: "true or false",
    }
    wanted = words[argument.kind]
    limits = describe_range(argument)
    return f"{wanted} ({limits})" if limits else wanted


def _listed(choices: Iterable[str]) -> str:
    return ", ".join(choices)
