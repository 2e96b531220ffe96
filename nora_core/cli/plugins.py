"""``nora plugins``: the tools that there are, and the plug-ins that are broken."""

from __future__ import annotations

import click

from nora_core.cli.connection import Server, server_options
from nora_core.wire.tool import BrokenPlugin, ToolList


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def plugins(ctx: click.Context, as_json: bool) -> None:
    """List tools and plug-ins, or load them anew.

    Plug-ins are shipped, installed as packages with an entry point in the group
    'nora', or files and folders that the variable NORA_PLUGINS names.
    """
    if ctx.invoked_subcommand is not None:
        return
    from nora_core.plugins.sources import load

    show(load().tool_list(), as_json)


@plugins.command("reload")
@server_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def reload_plugins(server: Server, as_json: bool) -> None:
    """Ask a running server to load its plug-ins anew, and list them."""
    with server.connect() as client:
        show(client.reload_tools(), as_json)


def show(found: ToolList, as_json: bool) -> None:
    """Print tools and broken plug-ins."""
    if as_json:
        click.echo(found.model_dump_json(indent=2))
        return
    rows = [(tool.name, tool.title, tool.source) for tool in found.tools]
    widths = [max((len(row[i]) for row in rows), default=0) for i in range(2)]
    for name, title, source in rows:
        click.echo(f"{name:{widths[0]}}  {title:{widths[1]}}  {source}")
    for broken in found.broken:
        click.echo(describe_broken(broken))


def describe_broken(broken: BrokenPlugin) -> str:
    """Return what is wrong with a plug-in, in two lines."""
    return f"broken: {broken.name} ({broken.source})\n    {broken.error}"
