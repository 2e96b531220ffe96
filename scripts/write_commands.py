"""Print docs/commands.md: every command of ``nora``, as the program knows it."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click

from nora_core.cli.main import main

HEAD = """# Commands

Written by the program itself (`make commands`).
`nora COMMAND --help` says the same. Exit status: 0 done, 1 failed, 2 wrong usage.
"""


def sections(
    command: click.Command, path: str, parent: click.Context | None = None
) -> Iterator[str]:
    """Yield the page's lines for ``command`` and all below it."""
    context = click.Context(command, info_name=path.rpartition(" ")[2], parent=parent)
    if parent is not None:
        yield from _describe(command, path)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None and not below.hidden:
                yield from sections(below, f"{path} {name}", context)


def _describe(command: click.Command, path: str) -> Iterator[str]:
    arguments = [
        parameter.human_readable_name + (" ..." if parameter.nargs == -1 else "")
        for parameter in command.params
        if isinstance(parameter, click.Argument)
    ]
    yield ""
    yield f"## `{' '.join([path, *arguments])}`"
    yield ""
    yield " ".join((command.help or "").replace("\b", "").split())
    options = [item for item in command.params if isinstance(item, click.Option)]
    rows = [_row(option) for option in options if not option.hidden]
    if rows:
        yield from ["", "| option | meaning |", "|---|---|", *rows]


def _row(option: click.Option) -> str:
    names = ", ".join([*option.opts, *option.secondary_opts])
    return f"| `{names}` | {' '.join((option.help or '').split())} |".replace("  ", " ")


def write() -> None:
    """Print the page."""
    lines = [HEAD.rstrip(), *sections(main, "nora")]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    write()
