"""Recognize fiber tracts, TCK and TRK, without reading them."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

from nora_core.errors import ImageFileError
from nora_core.images.formats.raw import naming

_TRK_HEADER_BYTES = 1000
_TCK_MAX_HEADER_BYTES = 1 << 20


@dataclass(frozen=True)
class StreamlinesHeader:
    """What the header of a tract file says.

    Attributes
    ----------
    format : str
        ``tck`` (points in RAS+ mm) or ``trk`` (points in voxel mm of an image).
    count : int or None
        How many streamlines; ``None`` where the header does not say.
    voxel_order : str
        TRK only: orientation of the image's voxels, such as ``LPS``.
    shape : tuple of 3 int, or None
        TRK only: sizes of the image.
    """

    format: str
    count: int | None
    voxel_order: str = ""
    shape: tuple[int, int, int] | None = None


def read_streamlines_header(path: Path | str) -> StreamlinesHeader:
    """Read the header of a tract file.

    Raises
    ------
    ImageFileError
        Neither TCK nor TRK, or truncated within the header.
    """
    path = Path(path)
    with naming(path):
        with path.open("rb") as file:
            start = file.read(_TRK_HEADER_BYTES)
            if start.startswith(b"mrtrix tracks"):
                return _tck_header(start + file.read(_TCK_MAX_HEADER_BYTES))
        if start.startswith(b"TRACK\0"):
            return _trk_header(start)
        raise ImageFileError(f"{path}: neither TCK nor TRK: wrong magic bytes")


def _tck_header(content: bytes) -> StreamlinesHeader:
    text, end, _ = content.partition(b"\nEND")
    if not end:
        raise EOFError
    lines = (line.partition(b":") for line in text.splitlines()[1:])
    fields = {key.strip().lower(): value.strip() for key, _, value in lines}
    count = fields.get(b"count", b"")
    return StreamlinesHeader("tck", int(count) if count.isdigit() else None)


def _trk_header(header: bytes) -> StreamlinesHeader:
    """Read the fields at their places, see trackvis.org, fileformat."""
    if len(header) < _TRK_HEADER_BYTES:
        raise EOFError
    order = (
        "<" if struct.unpack_from("<i", header, 996)[0] == _TRK_HEADER_BYTES else ">"
    )
    i, j, k = struct.unpack_from(order + "3h", header, 6)
    (count,) = struct.unpack_from(order + "i", header, 988)
    voxel_order = header[948:952].split(b"\0")[0].decode("ascii", "replace")
    return StreamlinesHeader("trk", count or None, voxel_order, (i, j, k))
