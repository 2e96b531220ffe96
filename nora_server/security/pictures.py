"""Checks that bytes are a small PNG picture, and drops all but the picture itself.

Done by hand, without decoding pixels: no image library meets hostile bytes, and
texts inside (which may name a patient) do not survive.
"""

import struct
import zlib
from collections.abc import Iterator

from nora_core.errors import ImageFileError

MAX_SIDE_PIXELS = 4096
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KEPT = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_ONCE = (b"IHDR", b"PLTE", b"tRNS")
_BLOCK_BYTES = 1 << 20
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by color type (PNG, 11.2.2)


def clean_png(content: bytes) -> bytes:
    """Return the picture in ``content`` with nothing else.

    Raises
    ------
    ImageFileError
        If it is no whole PNG of 8 bits a sample, at most 4096 pixels wide and high.
    """
    chunks = [chunk for chunk in _chunks(content) if chunk[0] in _KEPT]
    kinds = [kind for kind, _ in chunks]
    if kinds[:1] != [b"IHDR"] or kinds[-1:] != [b"IEND"] or kinds.count(b"IHDR") != 1:
        raise _refused("parts are missing")
    if any(kinds.count(kind) > 1 for kind in _ONCE):
        raise _refused("parts are repeated")
    expected = _raw_bytes(chunks[0][1])
    _check_pixels([data for kind, data in chunks if kind == b"IDAT"], expected)
    return _SIGNATURE + b"".join(_chunk(kind, data) for kind, data in chunks)


def _check_pixels(pieces: list[bytes], expected_bytes: int) -> None:
    """Unpack the pixels bit by bit, as nobody may hold as many in memory as sent."""
    unpacker = zlib.decompressobj()
    size, rest = 0, b"".join(pieces)
    try:
        while rest and not unpacker.eof and size <= expected_bytes:
            size += len(unpacker.decompress(rest, _BLOCK_BYTES))
            rest = unpacker.unconsumed_tail
    except zlib.error:
        raise _refused("its pixels cannot be unpacked") from None
    if size != expected_bytes or not unpacker.eof or unpacker.unused_data:
        raise _refused("it has more or fewer pixels than it says")


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    if not content.startswith(_SIGNATURE):
        raise _refused("it begins otherwise")
    position = len(_SIGNATURE)
    kind = b""
    while kind != b"IEND":
        length, kind = struct.unpack(">I4s", _take(content, position, 8))
        data = _take(content, position + 8, length)
        if _take(content, position + 8 + length, 4) != _checksum(kind, data):
            raise _refused("a checksum is wrong")
        position += length + 12
        yield kind, data


def _take(content: bytes, start: int, count: int) -> bytes:
    piece = content[start : start + count]
    if len(piece) != count:
        raise _refused("it is cut off")
    return piece


def _raw_bytes(header: bytes) -> int:
    """Return how many bytes the pixels have, each row with its filter's byte."""
    if len(header) != 13:
        raise _refused("its header has a wrong length")
    width, height, depth, color, *methods = struct.unpack(">IIBBBBB", header)
    if not (1 <= width <= MAX_SIDE_PIXELS and 1 <= height <= MAX_SIDE_PIXELS):
        raise _refused(f"it is larger than {MAX_SIDE_PIXELS} pixels")
    if depth != 8 or color not in _SAMPLES or methods != [0, 0, 0]:
        raise _refused("it is interlaced or not of 8 bits a sample")
    return int(height * (1 + width * _SAMPLES[color]))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + _checksum(kind, data)


def _checksum(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", zlib.crc32(kind + data))


def _refused(reason: str) -> ImageFileError:
    return ImageFileError(f"the preview is no PNG picture that is taken: {reason}")
