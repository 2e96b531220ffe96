"""Checks that bytes are a gzipped NIfTI file of bearable size."""

import struct
import zlib
from collections.abc import Iterable
from math import prod

from nora_core.errors import ImageFileError

MAX_UNPACKED_BYTES = 512 * 2**20
"""Of all masks of a link together."""
_HEADER_BYTES = 348
_BLOCK_BYTES = 1 << 20
_TYPES_BY_BITS = {
    8: (2, 256),
    16: (4, 512),
    32: (8, 768, 16),
    64: (1024, 1280, 64),
}  # nifti1.h, datatype by bitpix: signed and unsigned integers, floating point


def check_masks(masks: Iterable[tuple[str, bytes]]) -> None:
    """Refuse masks, by name, that are none or unpack to too much together."""
    left = MAX_UNPACKED_BYTES
    for name, content in masks:
        left -= check_mask(name, content, left)


def check_mask(name: str, content: bytes, max_bytes: int = MAX_UNPACKED_BYTES) -> int:
    """Refuse what is no gzipped NIfTI-1 file that is as long as its header says.

    Returns its size unpacked.

    Raises
    ------
    ImageFileError
        With what is wrong. ``name`` is the attachment's, checked before.
    """
    unpacker = zlib.decompressobj(wbits=31)
    head, size, rest = b"", 0, content
    try:
        while not unpacker.eof and rest and size <= max_bytes:
            block = unpacker.decompress(rest, _BLOCK_BYTES)
            head += block[: _HEADER_BYTES - len(head)] if size < _HEADER_BYTES else b""
            size += len(block)
            rest = unpacker.unconsumed_tail
    except zlib.error:
        raise ImageFileError(f"{name} is no gzip file; save it again") from None
    if size > max_bytes:
        raise ImageFileError(
            f"with {name} the masks are larger than {MAX_UNPACKED_BYTES >> 20} MiB "
            "unpacked; save them in their studies instead"
        )
    if not unpacker.eof or size < _needed_bytes(name, head):
        raise ImageFileError(f"{name} is cut off; save it again")
    if unpacker.unused_data:  # readers would unpack it, too: as much as it likes
        raise ImageFileError(f"{name} goes on behind its end; save it again")
    return size


def _needed_bytes(name: str, head: bytes) -> int:
    """Return the size that a NIfTI-1 header announces."""
    for order in "<>":
        if len(head) == _HEADER_BYTES and head[344:347] in {b"n+1", b"ni1"}:
            (length,) = struct.unpack_from(f"{order}i", head, 0)
            count, *sides = struct.unpack_from(f"{order}8h", head, 40)
            kind, bits = struct.unpack_from(f"{order}2h", head, 70)
            (offset,) = struct.unpack_from(f"{order}f", head, 108)
            has_sides = 1 <= count <= 7 and min(sides[:count]) >= 1
            is_whole = has_sides and kind in _TYPES_BY_BITS.get(bits, ())
            if length == _HEADER_BYTES and is_whole and 0 <= offset < 2**31:
                voxels = prod(sides[:count])
                needed: int = int(offset) + voxels * bits // 8
                return needed
    raise ImageFileError(f"{name} is no NIfTI-1 file; save it again")
