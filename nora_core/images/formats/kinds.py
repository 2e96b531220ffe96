"""What a file holds, by its name and, where that says nothing, its first bytes."""

from __future__ import annotations

import gzip
import zlib
from enum import StrEnum
from pathlib import Path


class FileKind(StrEnum):
    """What a file holds, as far as a viewer cares."""

    IMAGE = "image"
    """Voxels: NIfTI, NRRD, MGH. A mask is an image too."""
    DICOM = "dicom"
    """A slice or a frame set of DICOM, or a folder of them."""
    SURFACE = "surface"
    """A triangle mesh: GIFTI, STL."""
    STREAMLINES = "streamlines"
    """Fiber tracts: TCK, TRK."""
    JSON = "json"
    TABLE = "table"
    """Comma- or tab-separated values."""
    OTHER = "other"


_KIND_OF_ENDING: dict[str, FileKind] = {
    ".nii": FileKind.IMAGE,
    ".hdr": FileKind.IMAGE,
    ".nrrd": FileKind.IMAGE,
    ".nhdr": FileKind.IMAGE,
    ".mgh": FileKind.IMAGE,
    ".mgz": FileKind.IMAGE,
    ".dcm": FileKind.DICOM,
    ".ima": FileKind.DICOM,
    ".gii": FileKind.SURFACE,
    ".stl": FileKind.SURFACE,
    ".tck": FileKind.STREAMLINES,
    ".trk": FileKind.STREAMLINES,
    ".json": FileKind.JSON,
    ".csv": FileKind.TABLE,
    ".tsv": FileKind.TABLE,
}

_MAGIC: tuple[tuple[int, bytes, FileKind], ...] = (
    (344, b"n+1\0", FileKind.IMAGE),
    (344, b"ni1\0", FileKind.IMAGE),
    (4, b"n+2\0", FileKind.IMAGE),
    (4, b"ni2\0", FileKind.IMAGE),
    (0, b"NRRD000", FileKind.IMAGE),
    (128, b"DICM", FileKind.DICOM),
    (0, b"mrtrix tracks", FileKind.STREAMLINES),
    (0, b"TRACK\0", FileKind.STREAMLINES),
)
"""Place, bytes and kind."""
_MAGIC_BYTES = 352


def ending_of(path: Path | str) -> str:
    """Return the ending in lower case, with what ``.gz`` was put on.

    Examples
    --------
    >>> ending_of("s003.T1.NII.gz"), ending_of("notes")
    ('.nii.gz', '')
    """
    suffixes = [suffix.lower() for suffix in Path(path).suffixes]
    if suffixes[-1:] == [".gz"]:
        return "".join(suffixes[-2:])
    return suffixes[-1] if suffixes else ""


def kind_of_name(name: str) -> FileKind:
    """Tell what a file holds by its name alone."""
    return _KIND_OF_ENDING.get(ending_of(name).removesuffix(".gz"), FileKind.OTHER)


def kind_of(path: Path | str) -> FileKind:
    """Tell what a file, or a folder of DICOM slices, holds.

    The name decides; the first bytes do where the name says nothing. A name that
    does not exist is judged by its ending.
    """
    path = Path(path)
    kind = kind_of_name(path.name)
    if path.is_dir():
        return _kind_of_folder(path)
    if kind is not FileKind.OTHER or not path.is_file():
        return kind
    start = _first_bytes(path)
    for place, magic, magic_kind in _MAGIC:
        if start[place : place + len(magic)] == magic:
            return magic_kind
    return FileKind.OTHER


def _kind_of_folder(folder: Path) -> FileKind:
    """Return DICOM where the folder's first file is that."""
    names = sorted(path for path in folder.iterdir() if path.is_file())
    visible = [path for path in names if not path.name.startswith(".")]
    is_dicom = bool(visible) and kind_of(visible[0]) is FileKind.DICOM
    return FileKind.DICOM if is_dicom else FileKind.OTHER


def _first_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            start = file.read(_MAGIC_BYTES)
        if start[:2] != b"\x1f\x8b":
            return start
        with gzip.open(path) as packed:
            return packed.read(_MAGIC_BYTES)
    except (OSError, EOFError, zlib.error):
        return b""
