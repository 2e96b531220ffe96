"""``nora run TOOL``: run a tool on files, without server and window."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from pydantic import JsonValue

from nora_core.cli.progress import ProgressLine
from nora_core.cli.tool_options import (
    POSITIONAL,
    first_file_argument,
    make_parameters,
)
from nora_core.errors import NoraError, NotFound, ToolFailed
from nora_core.jobs.context import ToolContext
from nora_core.jobs.result_hints import SINGLE_RESULT
from nora_core.jobs.tool import Tool
from nora_core.jobs.values import write_result
from nora_core.plugins.registry import Registry
from nora_core.plugins.sources import load

_REGISTRY = "nora_core.cli.run.registry"


class ToolGroup(click.Group):
    """One command for each tool, its options made from the tool's hints."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_registry(ctx).tools)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        try:
            tool = _registry(ctx).tool(cmd_name)
        except NotFound as error:
            raise click.UsageError(error.message, ctx) from error
        return tool_command(tool)


@click.group(
    cls=ToolGroup,
    invoke_without_command=True,
    subcommand_metavar="TOOL [IMAGE] [OPTIONS]...",
)
@click.option("--list", "show_list", is_flag=True, help="List the tools and end.")
@click.pass_context
def run(ctx: click.Context, show_list: bool) -> None:
    """Run a tool on files; needs neither server nor window.

    'nora run TOOL --help' tells what a tool takes and gives.
    """
    if show_list or ctx.invoked_subcommand is None:
        registry = _registry(ctx)
        for name in sorted(registry.tools):
            click.echo(f"{name:24} {registry.tools[name].title}")
        for broken in registry.broken:
            click.echo(f"skipped: {broken.name} ({broken.error})", err=True)
        ctx.exit(0)


def tool_command(tool: Tool) -> click.Command:
    """Return the command that runs ``tool`` and writes its results."""

    def call(out: Path, **options: Any) -> None:
        for path in run_on_files(tool, options, out):
            click.echo(str(path))

    return click.Command(
        tool.name,
        callback=call,
        params=make_parameters(tool.describe()),
        help=f"{tool.title}.\n\n{tool.description}",
        short_help=tool.title,
    )


def run_on_files(tool: Tool, options: Mapping[str, Any], out: Path) -> list[Path]:
    """Run ``tool`` with what the command line gave; return the written files."""
    files, values = _split(tool, options)
    texts: dict[str, JsonValue] = {
        name: [str(path) for path in paths] for name, paths in files.items() if paths
    }
    checked = tool.check({**values, **texts})
    arguments = {
        name: tool.read(name, files[name]) if texts.get(name) else checked[name]
        for name in checked
    }
    stem = _stem_of([path for paths in files.values() for path in paths])
    with tempfile.TemporaryDirectory(prefix="nora-") as folder:
        results = _run_with_progress(tool, arguments, Path(folder))
        return [
            write_result(
                result, results[result.name], out, f"{stem}{_ending(tool, result.name)}"
            )
            for result in tool.results
            if results[result.name] is not None
        ]


def _run_with_progress(
    tool: Tool, arguments: Mapping[str, object], folder: Path
) -> dict[str, object]:
    with ProgressLine() as line:
        line.show(0.0, tool.title)
        context = ToolContext(progress=line.show, folder=folder)
        try:
            return tool.run(arguments, context)
        except NoraError:
            raise
        except Exception as error:
            raise ToolFailed(
                f"tool {tool.name!r} failed: {type(error).__name__}: {error}"
            ) from error


def _split(
    tool: Tool, options: Mapping[str, Any]
) -> tuple[dict[str, list[Path]], dict[str, JsonValue]]:
    """Return the paths of the file arguments, and the values of the others."""
    given = {name: value for name, value in options.items() if name != POSITIONAL}
    positional = _paths(options.get(POSITIONAL))
    first = first_file_argument(tool.arguments)
    if positional and first is not None:
        if _paths(given.get(first.name)):
            raise click.UsageError(
                f"give {first.name} once: as --{first.name} or without an option"
            )
        given[first.name] = positional
    names = [item.name for item in tool.arguments if item.kind.is_file]
    files = {name: _paths(given.get(name)) for name in names}
    values = {
        name: value
        for name, value in given.items()
        if name not in names and value is not None
    }
    return files, values


def _paths(value: Path | Sequence[Path] | None) -> list[Path]:
    if value is None:
        return []
    return [value] if isinstance(value, Path) else list(value)


def _stem_of(paths: Sequence[Path]) -> str:
    """Return the first input's name without its ending and an underscore."""
    if not paths:
        return ""
    return f"{Path(paths[0].name.removesuffix('.gz')).stem}_"


def _ending(tool: Tool, result: str) -> str:
    return tool.name if result == SINGLE_RESULT else f"{tool.name}_{result}"


def _registry(ctx: click.Context) -> Registry:
    registry = ctx.meta.get(_REGISTRY)
    if not isinstance(registry, Registry):
        registry = ctx.meta[_REGISTRY] = load()
    return registry
