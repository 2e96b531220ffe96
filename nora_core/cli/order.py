"""``nora order TOOL``: run a tool on many cases of a server's project."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click
from pydantic import JsonValue

from nora_core.cli.archive import all_rows, find_cases, project_option
from nora_core.cli.connection import Server, server_options
from nora_core.cli.progress import ProgressLine
from nora_core.errors import NotFound, ToolFailed
from nora_core.jobs.arguments import check_arguments, read_text
from nora_core.wire.archive import CaseFilter, CaseRow
from nora_core.wire.case import Level, Psid
from nora_core.wire.jobs import JobState, OrderCaseRow, OrderInfo, OrderRequest
from nora_core.wire.tool import ToolDescription, ToolList
from nora_core.words import counted

if TYPE_CHECKING:
    from nora_core.client import Client

_POLL_SECONDS = 0.5


@click.command()
@click.argument("tool")
@project_option
@click.option(
    "-a",
    "--argument",
    "given",
    multiple=True,
    metavar="NAME=VALUE",
    help="An argument; a file argument's value is a pattern in each case.",
)
@click.option(
    "--case",
    "psids",
    multiple=True,
    metavar="PATIENTS_ID[#STUDIES_ID]",
    help="A case; may be repeated.",
)
@click.option("--files", default="", metavar="PATTERN", help="Cases with such files.")
@click.option("--tags", default="", metavar="PATTERN", help="Cases with such tags.")
@click.option("--all", "all_cases", is_flag=True, help="All cases of the project.")
@click.option("--wait", is_flag=True, help="Wait for the end; 1 if a case fails.")
@server_options
def order(  # noqa: PLR0913 one for each option
    tool: str,
    project: str,
    given: tuple[str, ...],
    psids: tuple[str, ...],
    files: str,
    tags: str,
    all_cases: bool,
    wait: bool,
    server: Server,
) -> None:
    """Run TOOL on many cases of a project, as jobs of the server.

    For example: nora order threshold_lesion -p trial -a image='ct*' --tags control
    """
    with server.connect() as client:
        description = find_tool(client.tools(), tool)
        arguments = read_arguments(description, given)
        rows = _choose(
            client, project, psids, CaseFilter(files=files, tags=tags), all_cases
        )
        request = OrderRequest(
            tool=tool,
            arguments=arguments,
            case_ids=[row.study_id for row in rows if row.study_id is not None],
            key=secrets.token_hex(16),  # so a broken connection orders nothing twice
        )
        info = client.submit(project, request)
        studies = counted(len(request.case_ids), "study", "studies")
        click.echo(f"order {info.id}: {tool} on {studies}")
        if wait:
            report_end(client, project, wait_for(client, project, info.id))


def find_tool(tools: ToolList, name: str) -> ToolDescription:
    """Return the server's tool of this name.

    Raises
    ------
    NotFound
        The server has none; the message lists those it has.
    """
    for tool in tools.tools:
        if tool.name == name:
            return tool
    known = ", ".join(tool.name for tool in tools.tools) or "none"
    raise NotFound(f"no tool {name!r}; known: {known}")


def read_arguments(tool: ToolDescription, given: Sequence[str]) -> dict[str, JsonValue]:
    """Return ``NAME=VALUE`` texts as checked arguments of ``tool``."""
    known = {argument.name: argument for argument in tool.arguments}
    values: dict[str, JsonValue] = {}
    for text in given:
        name, separator, value = text.partition("=")
        name = name.strip().replace("-", "_")
        if not separator:
            raise click.UsageError(f"--argument {text!r}: write it as NAME=VALUE")
        values[name] = read_text(known[name], value) if name in known else value
    return check_arguments(tool.name, tool.arguments, values)


def wait_for(client: Client, project: str, order_id: int) -> OrderInfo:
    """Return the order when no case of it will change any more."""
    with ProgressLine() as line:
        while True:
            info = client.order(project, order_id)
            if info.state.is_final:
                return info
            final = sum(n for state, n in info.counts.items() if state.is_final)
            line.show(final / max(sum(info.counts.values()), 1), info.tool_title)
            time.sleep(_POLL_SECONDS)


def _choose(
    client: Client,
    project: str,
    psids: Sequence[str],
    bars: CaseFilter,
    all_cases: bool,
) -> list[CaseRow]:
    is_filtered = bool(bars.files or bars.tags)
    if sum((bool(psids), is_filtered, all_cases)) != 1:
        raise click.UsageError(
            "say on which cases: --case, a filter (--files, --tags), or --all"
        )
    if psids:
        cases = [Psid.parse(psid) for psid in psids]
        rows = find_cases(client, project, cases, Level.STUDY)
    else:
        rows = list(all_rows(client, project, bars, Level.STUDY))
    if not rows:
        raise NotFound(f"no case of {project!r} fits; change the filter")
    return rows


def report_end(client: Client, project: str, info: OrderInfo) -> None:
    """Print how the order ended and why cases failed; raise where any did."""
    counts = ", ".join(f"{count} {state}" for state, count in info.counts.items())
    click.echo(f"order {info.id} is {info.state}: {counts}")
    if info.state is JobState.DONE:
        return
    for row in _cases_of(client, project, info.id):
        if row.state is not JobState.DONE:
            case = f"{row.patients_id}#{row.studies_id or ''}".rstrip("#")
            click.echo(f"  {case} is {row.state}: {row.message}", err=True)
    raise ToolFailed(f"order {info.id} is {info.state}; {info.message or 'see above'}")


def _cases_of(client: Client, project: str, order_id: int) -> Iterator[OrderCaseRow]:
    after: int | None = 0
    while after is not None:
        page = client.order_cases(project, order_id, after=after)
        yield from page.rows
        after = page.next
