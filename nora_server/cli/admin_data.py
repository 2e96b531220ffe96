"""``nora admin backup``, ``restore`` and ``migrate``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from nora_core.words import counted
from nora_server.cli.opened import Admin, opened_as_it_is, pass_admin
from nora_server.database import migrate as migrations
from nora_server.folder_lock import FolderLock
from nora_server.services.backup import make_backup
from nora_server.services.restore import RestoreReport, restore_backup
from nora_server.storage.storage import Storage

_SHOWN = 20


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--with-files", is_flag=True, help="Copy the managed files too.")
@pass_admin
def backup(admin: Admin, folder: Path, with_files: bool) -> None:
    """Write a backup into the new FOLDER; the server may go on running.

    Holds the database, the settings file and a list of all files with their
    checksums. Without --with-files, back up the data folder's ``projects`` and
    ``trash`` with the means of your lab. Keep it safe: it holds patients' names.
    """
    with opened_as_it_is(admin.settings) as database:
        manifest = make_backup(
            database,
            Storage(admin.settings.data_folder),
            folder,
            settings_file=admin.settings_file,
            with_files=with_files,
        )
    files = "with" if with_files else "without"
    click.echo(
        f"backed up the database and a list of {counted(manifest.files, 'file')} to "
        f"{folder}, {files} the files themselves"
    )
    if manifest.missing_files:
        ids = ", ".join(map(str, manifest.missing_files[:_SHOWN]))
        click.echo(
            f"not on the disk: {counted(len(manifest.missing_files), 'file')}: {ids}"
        )
        sys.exit(1)


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, exists=True, path_type=Path))
@pass_admin
def restore(admin: Admin, folder: Path) -> None:
    """Restore the backup in FOLDER into the settings' empty database and folder."""
    data_folder = admin.settings.data_folder
    with (
        opened_as_it_is(admin.settings) as database,
        FolderLock(admin.settings.data_folder),
    ):
        report = restore_backup(database, data_folder, folder)
    _tell(report, data_folder)
    if not report.is_complete:
        sys.exit(1)


@click.command()
@pass_admin
def migrate(admin: Admin) -> None:
    """Bring the database to this version's schema; a SQLite one is backed up first."""
    with (
        opened_as_it_is(admin.settings) as database,
        FolderLock(admin.settings.data_folder),
    ):
        before = migrations.current_revision(database)
        copy = migrations.migrate(database)
        after = migrations.current_revision(database)
    click.echo(f"the schema was {before or 'empty'} and is {after}")
    if copy is not None:
        click.echo(f"the database before it: {copy}")


def _tell(report: RestoreReport, data_folder: Path) -> None:
    manifest = report.manifest
    click.echo(
        f"restored the database of {manifest.made_at:%Y-%m-%d %H:%M} UTC and "
        f"{counted(report.copied, 'file')} into {data_folder}"
    )
    for problem, locations in (
        ("missing", report.missing),
        ("changed", report.changed),
    ):
        for location in locations[:_SHOWN]:
            click.echo(f"{problem}: {location}")
        if len(locations) > _SHOWN:
            click.echo(f"{problem}: {len(locations) - _SHOWN} more")
