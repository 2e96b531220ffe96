"""Checks that bytes are a gzipped NIfTI file of bearable size."""

import struct
import zlib
from math import prod

from nora_core.errors import ImageFileError

MAX_UNPACKED_BYTES = 512 * 2**20
_HEADER_BYTES = 348
_BLOCK_BYTES = 1 << 20


def check_mask(name: str, content: bytes) -> None:
    """Refuse what is no gzipped NIfTI-1 file whose size is as its header says.

    Raises
    ------
    ImageFileError
        With what is wrong. ``name`` is the attachment's, checked before.
    """
    unpacker = zlib.decompressobj(wbits=31)
    head, size, rest = b"", 0, content
    try:
        while not unpacker.eof and rest and size <= MAX_UNPACKED_BYTES:
            block = unpacker.decompress(rest, _BLOCK_BYTES)
            head += block[: _HEADER_BYTES - len(head)] if size < _HEADER_BYTES else b""
            size += len(block)
            rest = unpacker.unconsumed_tail
    except zlib.error:
        raise ImageFileError(f"{name} is no gzip file; save it again") from None
    if size > MAX_UNPACKED_BYTES:
        raise ImageFileError(
            f"{name} is larger than {MAX_UNPACKED_BYTES >> 20} MiB unpacked; "
            "save the mask in its study instead"
        )
    if not unpacker.eof or size < _needed_bytes(name, head):
        raise ImageFileError(f"{name} is cut off; save it again")


def _needed_bytes(name: str, head: bytes) -> int:
    """Return the size that a NIfTI-1 header announces."""
    for order in "<>":
        if len(head) == _HEADER_BYTES and head[344:347] in {b"n+1", b"ni1"}:
            (length,) = struct.unpack_from(f"{order}i", head, 0)
            count, *sides = struct.unpack_from(f"{order}8h", head, 40)
            (bits,) = struct.unpack_from(f"{order}h", head, 72)
            (offset,) = struct.unpack_from(f"{order}f", head, 108)
            is_whole = 1 <= count <= 7 and min(sides[:count]) >= 1 and bits > 0
            if length == _HEADER_BYTES and is_whole and 0 <= offset < 2**31:
                voxels = prod(sides[:count])
                needed: int = int(offset) + voxels * bits // 8
                return needed
    raise ImageFileError(f"{name} is no NIfTI-1 file; save it again")
