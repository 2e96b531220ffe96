"""A tool's arguments as options of a command."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
from pydantic import JsonValue

from nora_core.jobs.arguments import describe_range, read_text
from nora_core.wire.tool import ArgumentDescription, ArgumentKind, ToolDescription

POSITIONAL = "positional_files"
_METAVARS = {
    ArgumentKind.INTEGER: "INTEGER",
    ArgumentKind.NUMBER: "NUMBER",
    ArgumentKind.TEXT: "TEXT",
}


def make_parameters(tool: ToolDescription) -> list[click.Parameter]:
    """Return the command-line parameters of a tool, ``--out`` included."""
    parameters: list[click.Parameter] = []
    first = first_file_argument(tool.arguments)
    if first is not None:
        parameters.append(
            click.Argument(
                [POSITIONAL],
                metavar=f"[{first.name.upper()}]",
                type=click.Path(path_type=Path),
                required=False,
                nargs=-1 if first.many else 1,
            )
        )
    parameters += [_option(argument) for argument in tool.arguments]
    parameters.append(
        click.Option(
            ["--out"],
            type=click.Path(file_okay=False, path_type=Path),
            default=Path(),
            show_default="the current folder",
            metavar="FOLDER",
            help="Where the results are written.",
        )
    )
    return parameters


def first_file_argument(
    arguments: Sequence[ArgumentDescription],
) -> ArgumentDescription | None:
    """Return the argument that needs no option: the first that takes a file."""
    return next((item for item in arguments if item.kind.is_file), None)


def describe_option(argument: ArgumentDescription) -> str:
    """Return the help of an argument: what it is, range, unit and default."""
    parts = [argument.description or argument.title]
    if limits := describe_range(argument):
        parts.append(limits)
    if argument.required:
        parts.append("required")
    elif argument.default is not None:
        parts.append(f"default: {_shown(argument)}")
    return f"{parts[0]}  [{'; '.join(parts[1:])}]" if len(parts) > 1 else parts[0]


def _option(argument: ArgumentDescription) -> click.Option:
    dashed = argument.name.replace("_", "-")
    names = [f"--{dashed}"]
    if dashed != argument.name:
        names.append(f"--{argument.name}")
    help_text = describe_option(argument)
    if argument.kind.is_file:
        return click.Option(
            [*names, argument.name],
            type=click.Path(path_type=Path),
            multiple=argument.many,
            metavar="FILE",
            help=help_text,
        )
    if argument.kind is ArgumentKind.LOGICAL:
        return click.Option(
            [f"--{dashed}/--no-{dashed}", argument.name],
            default=None,
            help=help_text,
        )
    return click.Option(
        [*names, argument.name],
        callback=lambda ctx, option, text: _read(argument, text),
        metavar=_METAVARS.get(argument.kind, f"[{'|'.join(argument.choices)}]"),
        help=help_text,
    )


def _read(argument: ArgumentDescription, text: str | None) -> JsonValue:
    return None if text is None else read_text(argument, text)


def _shown(argument: ArgumentDescription) -> str:
    default = argument.default
    if isinstance(default, float) and default == int(default):
        default = int(default)
    return f"{default} {argument.unit}".strip()
