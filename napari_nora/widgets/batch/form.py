"""A form for a tool's arguments, made by magicgui from their types."""

from __future__ import annotations

from typing import Any

from magicgui.widgets import (
    CheckBox,
    ComboBox,
    Container,
    FloatSpinBox,
    LineEdit,
    SpinBox,
)
from magicgui.widgets.bases import ValueWidget
from psygnal import Signal
from pydantic import JsonValue
from qtpy.QtCore import QStringListModel, Qt
from qtpy.QtWidgets import QCompleter, QLineEdit, QWidget

from nora_core.wire.tool import ArgumentDescription, ArgumentKind, ToolDescription

_NO_LOWEST, _NO_HIGHEST = -1e9, 1e9
_MAX_INTEGER = 2**31 - 1


class ToolForm:
    """One field per argument; FILE patterns complete to names of files."""

    changed = Signal()

    def __init__(self, tool: ToolDescription) -> None:
        self.tool = tool
        self.file_names = QStringListModel()
        self.fields: dict[str, ValueWidget[Any]] = {
            argument.name: self._field(argument) for argument in tool.arguments
        }
        self._container = Container(widgets=list(self.fields.values()), labels=True)
        self._container.margins = (0, 0, 0, 0)
        self._container.changed.connect(lambda _: self.changed.emit())

    @property
    def widget(self) -> QWidget:
        """The form as a Qt widget."""
        native: QWidget = self._container.native
        return native

    @property
    def values(self) -> dict[str, JsonValue]:
        """What the fields hold, by argument."""
        return {
            name: field.value.strip() if isinstance(field.value, str) else field.value
            for name, field in self.fields.items()
        }

    @property
    def patterns(self) -> dict[str, str]:
        """The FILE patterns that are given, by argument."""
        values = self.values
        return {
            argument.name: str(values[argument.name])
            for argument in self.tool.arguments
            if argument.kind.is_file and values[argument.name]
        }

    def offer_names(self, names: list[str]) -> None:
        """Complete FILE patterns to these names."""
        self.file_names.setStringList(names)

    def _field(self, argument: ArgumentDescription) -> ValueWidget[Any]:
        field = _FIELDS[argument.kind](argument)
        field.label = label_of(argument)
        field.tooltip = _tooltip(argument)
        native = field.native
        if argument.kind.is_file and isinstance(native, QLineEdit):
            native.setPlaceholderText("file pattern, such as t1*/s0*.nii*")
            completer = QCompleter(self.file_names, native)
            completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
            completer.setFilterMode(Qt.MatchFlag.MatchContains)
            native.setCompleter(completer)
        return field


def label_of(argument: ArgumentDescription) -> str:
    """Return such as ``Radius [mm]``, with a star where a value is needed."""
    title, unit = argument.title, argument.unit
    if unit and title.casefold().endswith(f" {unit.casefold()}"):
        title = title[: -len(unit) - 1]
    unit = f" [{unit}]" if unit else ""
    star = " *" if argument.required and argument.default is None else ""
    return f"{title}{unit}{star}"


def _tooltip(argument: ArgumentDescription) -> str:
    lines = [argument.description] if argument.description else []
    if argument.minimum is not None and argument.maximum is not None:
        lines.append(
            f"{argument.minimum:g} to {argument.maximum:g} {argument.unit}".strip()
        )
    if argument.kind.is_file:
        many = "one or more files" if argument.many else "exactly one file"
        lines.append(f"A pattern that picks {many} of each case")
    return "\n".join(lines)


def _spin(argument: ArgumentDescription) -> ValueWidget[Any]:
    lowest = -_MAX_INTEGER if argument.minimum is None else int(argument.minimum)
    highest = _MAX_INTEGER if argument.maximum is None else int(argument.maximum)
    value = argument.default if isinstance(argument.default, int) else max(lowest, 0)
    return SpinBox(name=argument.name, min=lowest, max=highest, value=value)


def _float(argument: ArgumentDescription) -> ValueWidget[Any]:
    lowest = _NO_LOWEST if argument.minimum is None else argument.minimum
    highest = _NO_HIGHEST if argument.maximum is None else argument.maximum
    default = argument.default
    value = float(default) if isinstance(default, int | float) else max(lowest, 0.0)
    return FloatSpinBox(
        name=argument.name, min=lowest, max=highest, value=value, step=_step(argument)
    )


def _step(argument: ArgumentDescription) -> float:
    if argument.minimum is None or argument.maximum is None:
        return 1.0
    return 1.0 if argument.maximum - argument.minimum > 20 else 0.05


def _text(argument: ArgumentDescription) -> ValueWidget[Any]:
    default = argument.default if isinstance(argument.default, str) else ""
    return LineEdit(name=argument.name, value=default)


def _check(argument: ArgumentDescription) -> ValueWidget[Any]:
    return CheckBox(name=argument.name, value=bool(argument.default), text="")


def _choice(argument: ArgumentDescription) -> ValueWidget[Any]:
    value: Any = argument.default if argument.default in argument.choices else None
    box = ComboBox(name=argument.name, choices=list(argument.choices))
    if value is not None:
        box.value = value
    return box


_FIELDS = {
    ArgumentKind.IMAGE: _text,
    ArgumentKind.MASK: _text,
    ArgumentKind.FILE: _text,
    ArgumentKind.TEXT: _text,
    ArgumentKind.INTEGER: _spin,
    ArgumentKind.NUMBER: _float,
    ArgumentKind.LOGICAL: _check,
    ArgumentKind.OPTION: _choice,
}
