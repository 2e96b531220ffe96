"""What a backup folder holds.

``manifest.json``
    When, by which version, and the checksums of the other parts.
``database.sqlite`` or ``database.dump``
    The database at one moment.
``files.jsonl``
    Each file that the database knew at that moment, one JSON object a line.
``settings.toml``
    The settings file, where there was one.
``files/``
    The managed files, if asked for, laid out as in the data folder.
"""

import hashlib
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel

from nora_core.errors import BadInput, ChecksumMismatch

FORMAT = 1
MANIFEST = "manifest.json"
FILE_LIST = "files.jsonl"
SETTINGS = "settings.toml"
FILES = "files"
_BLOCK_BYTES = 1 << 20


class ListedFile(BaseModel):
    """A file as the database knew it."""

    id: int
    location: str
    size_bytes: int
    sha256: str | None


class Manifest(BaseModel):
    """What the backup is and the checksums of its parts."""

    format: int = FORMAT
    program: str
    schema_revision: str
    made_at: datetime
    database: str
    """Name of the database's file in the backup."""
    checksums: dict[str, str]
    """SHA-256 by the name of the part."""
    files: int
    has_files: bool
    missing_files: list[int] = []
    """Ids of managed files that were not on the disk."""


def read_manifest(folder: Path) -> Manifest:
    """Read and check the manifest of a backup and the checksums of its parts.

    Raises
    ------
    BadInput
        If the folder holds no backup, or one that this version cannot read.
    ChecksumMismatch
        If a part is not as it was written.
    """
    try:
        manifest = Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except (OSError, ValueError) as error:
        raise BadInput(
            f"{folder} holds no readable {MANIFEST}; name a folder that "
            "`nora admin backup` finished"
        ) from error
    if manifest.format != FORMAT:
        raise BadInput(
            f"the backup has format {manifest.format}, this program reads {FORMAT}; "
            f"restore with version {manifest.program}"
        )
    for name, expected in manifest.checksums.items():
        if hash_file(folder / name) != expected:
            raise ChecksumMismatch(
                f"{folder / name} is not as it was written; use another backup"
            )
    return manifest


def listed_files(folder: Path) -> Iterator[ListedFile]:
    """Give the files that the backup's list names."""
    with (folder / FILE_LIST).open("rb") as lines:
        for line in lines:
            yield ListedFile.model_validate_json(line)


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file, ``""`` where there is none."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return ""


def copy_checked(source: Path, target: Path, sha256: str | None) -> None:
    """Copy a file to the disk and compare what was read with its checksum.

    Raises
    ------
    ChecksumMismatch
        If the bytes are not those that the checksum is of.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with source.open("rb") as old, target.open("xb") as new:
        while block := old.read(_BLOCK_BYTES):
            digest.update(block)
            new.write(block)
        new.flush()
        os.fsync(new.fileno())
    if sha256 is not None and digest.hexdigest() != sha256:
        target.unlink()
        raise ChecksumMismatch(
            f"{source} has other bytes than were stored (its checksum differs); "
            "take it from an older backup"
        )
