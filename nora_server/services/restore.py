"""Restores a server from a backup, into an empty place only."""

from dataclasses import dataclass, field
from pathlib import Path

from nora_core.errors import Conflict
from nora_server.database.dump import holds_nothing, load_dump
from nora_server.database.engine import Database
from nora_server.database.migrate import migrate
from nora_server.services.backup_format import (
    FILES,
    ListedFile,
    Manifest,
    copy_checked,
    hash_file,
    listed_files,
    read_manifest,
)
from nora_server.storage.storage import IN_PLACE, MANAGED


@dataclass
class RestoreReport:
    """What was restored, and what is still missing."""

    manifest: Manifest
    copied: int = 0
    missing: list[str] = field(default_factory=list)
    """Locations of files that the database knows and that are not there."""
    changed: list[str] = field(default_factory=list)
    """Locations of managed files with other bytes than were stored."""

    @property
    def is_complete(self) -> bool:
        """True where every file that the database knows is there, unchanged."""
        return not (self.missing or self.changed)


def restore_backup(
    database: Database, data_folder: Path, folder: Path
) -> RestoreReport:
    """Restore the backup in ``folder``; checks all checksums on the way.

    Of a backup without files, the managed files must be in the data folder
    already (from the lab's own backup of the disk); they are compared too.

    Raises
    ------
    Conflict
        If the database holds tables, or files of the backup would meet others.
    ChecksumMismatch
        If the backup is damaged; nothing was written then.
    """
    manifest = read_manifest(folder)
    _refuse_full(database, data_folder, manifest)
    data_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    report = RestoreReport(manifest)
    if manifest.has_files:
        _copy_back(folder, data_folder, report)
    else:
        _compare(folder, data_folder, report)
    load_dump(database, folder / manifest.database)
    migrate(database)
    return report


def _refuse_full(database: Database, data_folder: Path, manifest: Manifest) -> None:
    if not holds_nothing(database):
        raise Conflict(
            "the database of the settings holds tables; restore into an empty one "
            "(a new data folder, or a new PostgreSQL database)"
        )
    projects = data_folder / "projects"
    if manifest.has_files and projects.is_dir() and any(projects.iterdir()):
        raise Conflict(f"{projects} is not empty; restore into a new data folder")


def _copy_back(folder: Path, data_folder: Path, report: RestoreReport) -> None:
    for file in listed_files(folder):
        if file.location.startswith(IN_PLACE):
            _look_in_place(file, report)
            continue
        relative = file.location.removeprefix(MANAGED)
        source = folder / FILES / relative
        if not source.is_file():
            report.missing.append(file.location)
            continue
        copy_checked(source, data_folder / relative, file.sha256)
        report.copied += 1


def _compare(folder: Path, data_folder: Path, report: RestoreReport) -> None:
    for file in listed_files(folder):
        if file.location.startswith(IN_PLACE):
            _look_in_place(file, report)
            continue
        found = hash_file(data_folder / file.location.removeprefix(MANAGED))
        if not found:
            report.missing.append(file.location)
        elif file.sha256 is not None and found != file.sha256:
            report.changed.append(file.location)


def _look_in_place(file: ListedFile, report: RestoreReport) -> None:
    if not Path(file.location.removeprefix(IN_PLACE)).is_file():
        report.missing.append(file.location)
