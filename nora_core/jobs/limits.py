"""The range, unit and description that ``Annotated[..., Field(...)]`` gives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import annotated_types
from pydantic.fields import FieldInfo

from nora_core.errors import PluginError
from nora_core.wire.tool import ArgumentKind

_NUMERIC = {ArgumentKind.INTEGER, ArgumentKind.NUMBER}


@dataclass(frozen=True)
class Limits:
    """Smallest and largest value (both allowed), unit and description."""

    minimum: float | None = None
    maximum: float | None = None
    unit: str = ""
    description: str = ""


def read_limits(metadata: Iterable[object], kind: ArgumentKind, where: str) -> Limits:
    """Collect what the ``metadata`` of an ``Annotated`` hint says.

    Raises
    ------
    PluginError
        A constraint which the form and the command line would not keep.
    """
    limits = Limits()
    for item in metadata:
        if not isinstance(item, FieldInfo):
            limits = _apply(limits, item, kind, where)
            continue
        limits = replace(
            limits,
            description=item.description or limits.description,
            unit=_unit_of(item) or limits.unit,
        )
        for constraint in item.metadata:
            limits = _apply(limits, constraint, kind, where)
    return limits


def _unit_of(field: FieldInfo) -> str:
    extra = field.json_schema_extra
    return str(extra.get("unit", "")) if isinstance(extra, dict) else ""


def _apply(limits: Limits, item: object, kind: ArgumentKind, where: str) -> Limits:
    if not isinstance(item, annotated_types.BaseMetadata):
        return limits
    if kind in _NUMERIC:
        if isinstance(item, annotated_types.Ge):
            return replace(limits, minimum=_number(item.ge, where))
        if isinstance(item, annotated_types.Le):
            return replace(limits, maximum=_number(item.le, where))
    if kind is ArgumentKind.INTEGER:
        if isinstance(item, annotated_types.Gt):
            return replace(limits, minimum=_number(item.gt, where) + 1)
        if isinstance(item, annotated_types.Lt):
            return replace(limits, maximum=_number(item.lt, where) - 1)
    raise PluginError(
        f"{where}: the constraint {item} is not supported here; a number may have "
        "ge= and le=, an integer gt= and lt= too"
    )


def _number(value: object, where: str) -> float:
    if isinstance(value, int | float):
        return float(value)
    raise PluginError(f"{where}: the limit {value!r} is no number")
