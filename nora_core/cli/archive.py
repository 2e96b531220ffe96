"""``nora projects``, ``nora select`` and ``nora upload``."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import click

from nora_core.cli.connection import Server, server_options
from nora_core.cli.progress import ProgressLine
from nora_core.errors import BadInput, NotFound
from nora_core.wire.archive import CaseFilter, CaseQuery, CaseRow, NewStudy, SelectQuery
from nora_core.wire.case import Level, Psid
from nora_core.wire.names import check_relative_name, check_tag

if TYPE_CHECKING:
    from nora_core.client import Client

project_option = click.option(
    "-p", "--project", required=True, metavar="PROJECT", help="Name of the project."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.command()
@server_options
@json_option
def projects(server: Server, as_json: bool) -> None:
    """List the projects of a server that you may see."""
    with server.connect() as client:
        found = client.projects()
    if as_json:
        click.echo(json.dumps([item.model_dump(mode="json") for item in found]))
        return
    for item in found:
        click.echo(f"{item.name}\t{item.title}\t{' '.join(item.actions)}")


@click.command()
@click.argument("pattern")
@project_option
@server_options
@json_option
def select(pattern: str, project: str, server: Server, as_json: bool) -> None:
    """List the files of a project that PATTERN picks.

    For example: 't1*/s0*.nii & STAG:control'. There is no wildcard at the end of
    its words, and all words of one '&' chain speak of the same file.
    """
    with server.connect() as client:
        files = client.select(project, SelectQuery(pattern=pattern))
    if as_json:
        click.echo(json.dumps([item.model_dump(mode="json") for item in files]))
        return
    for item in files:
        click.echo(f"{item.study_id}\t{item.relative_name}\t{' '.join(item.tags)}")


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@project_option
@click.option(
    "--case",
    "psid",
    required=True,
    metavar="PATIENTS_ID#STUDIES_ID",
    help="The study to store them in.",
)
@click.option("--folder", default="", metavar="FOLDER", help="Folder inside the study.")
@click.option("--tag", "tags", multiple=True, help="Tag of the files; may be repeated.")
@click.option("--replace", is_flag=True, help="Put present files into the trash.")
@click.option("--new", is_flag=True, help="Make the study where it is missing.")
@server_options
def upload(  # noqa: PLR0913 one for each option
    paths: tuple[Path, ...],
    project: str,
    psid: str,
    folder: str,
    tags: tuple[str, ...],
    replace: bool,
    new: bool,
    server: Server,
) -> None:
    """Store files, or all files of folders, in a study of a project."""
    case = Psid.parse(psid)
    inside = folder.strip("/")
    files = [
        (path, check_relative_name(f"{inside}/{name}" if inside else name))
        for path, name in files_below(paths)
    ]
    for tag in tags:
        check_tag(tag)
    with server.connect() as client, ProgressLine() as line:
        study_id = find_study(client, project, case, new)
        for number, (path, name) in enumerate(files):
            row = client.upload(
                project,
                path,
                study_id,
                name,
                tags=tags,
                replace=replace,
                progress=_show_bytes(line, number, len(files), name),
            )
            line.clear()
            click.echo(row.relative_name)


def find_study(client: Client, project: str, case: Psid, new: bool) -> int:
    """Return the id of the study that ``case`` names, made where ``new`` allows it.

    Raises
    ------
    NotFound
        The project has no such study.
    """
    if case.studies_id is None:
        raise BadInput(f"{case} names a subject; name a study: PATIENTS_ID#STUDIES_ID")
    rows = find_cases(client, project, [case], Level.STUDY)
    if rows:
        return rows[0].study_id or 0
    if not new:
        raise NotFound(f"the project {project!r} has no study {case}; --new makes it")
    study = NewStudy(patients_id=case.patients_id, studies_id=case.studies_id)
    return client.create_study(project, study).study_id


def find_cases(
    client: Client, project: str, cases: Sequence[Psid], level: Level
) -> list[CaseRow]:
    """Return the rows of the named cases that the project has."""
    found = []
    for case in cases:
        bars = CaseFilter(
            patients_id=quote_word(case.patients_id),
            studies_id=quote_word(case.studies_id) if case.studies_id else "",
        )
        found += [
            row
            for row in all_rows(client, project, bars, level)
            if row.patients_id == case.patients_id
            and case.studies_id in {None, row.studies_id}
        ]
    return found


def all_rows(
    client: Client, project: str, bars: CaseFilter, level: Level
) -> Iterator[CaseRow]:
    """Return every row that the filter bars let through, page by page."""
    query = CaseQuery(level=level, filter=bars, limit=1000)
    while True:
        page = client.page(project, query)
        yield from page.rows
        if page.next is None:
            return
        query = query.model_copy(update={"after": page.next})


def quote_word(text: str) -> str:
    """Return ``text`` as one word of a pattern that means just this."""
    return "".join(
        f"\\{character}" if not character.isalnum() else character for character in text
    )


def files_below(paths: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """Return each file with its name inside the study, from the given folder on."""
    for path in paths:
        if path.is_file():
            yield path, path.name
            continue
        if not path.is_dir():
            raise NotFound(f"there is no file or folder {path}")
        top = path.resolve().name if path.name in {"", ".."} else path.name
        for file in sorted(path.rglob("*")):
            if file.is_file():
                yield file, PurePosixPath(top, file.relative_to(path)).as_posix()


def _show_bytes(
    line: ProgressLine, number: int, count: int, name: str
) -> Callable[[int, int], None]:
    def show(done: int, size: int) -> None:
        line.show((number + done / max(size, 1)) / count, name)

    return show
