"""Read voxels that lie as plain numbers in a file, gzip-compressed or not."""

from __future__ import annotations

import gzip
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal, cast

import numpy as np
from numpy.typing import NDArray

from nora_core.errors import Cancelled, ImageFileError
from nora_core.images.stored import StoredArray

GZIP_MAGIC = b"\x1f\x8b"
GZIP_LEVEL = 1
"""Voxels shrink little more on higher levels, which take many times longer."""
_GZIP_MAX_RATIO = 1100
"""No gzip file grows by more than 1032 (its header and small blocks left aside)."""
_CHUNK_BYTES = 1 << 20
_MAX_CHUNKS_AFTER_VOXELS = 64


@contextmanager
def naming(path: Path, what: Literal["read", "written"] = "read") -> Iterator[None]:
    """Turn every error of the block into an ImageFileError that names ``path``.

    Broken files make the readers of other projects raise errors of all kinds, so
    this catches them all; ``what`` is what cannot be done with the file.
    """
    try:
        yield
    except (ImageFileError, Cancelled):
        raise
    except FileNotFoundError as error:
        if what == "written":
            raise ImageFileError(
                f"{path}: cannot be written: there is no folder {path.parent}; make it"
            ) from error
        raise ImageFileError(f"{path}: there is no such file") from error
    except EOFError as error:
        raise ImageFileError(
            f"{path}: the file ends too early; it is truncated, copy it again"
        ) from error
    except Exception as error:
        text = str(error).strip().split("\n")[0] or type(error).__name__
        raise ImageFileError(f"{path}: cannot be {what}: {text}") from error


def is_gzip(path: Path) -> bool:
    """Tell by its first bytes whether a file is gzip-compressed."""
    with path.open("rb") as file:
        return file.read(2) == GZIP_MAGIC


def open_binary(path: Path) -> BinaryIO:
    """Open a file for reading, through gzip where it is compressed."""
    return cast(BinaryIO, gzip.open(path)) if is_gzip(path) else path.open("rb")


@dataclass(frozen=True)
class RawLayout:
    """Where the numbers stand in a file: the first index runs fastest.

    Attributes
    ----------
    dtype : numpy.dtype
        Type with the file's byte order.
    shape : tuple of int
        Sizes, first index fastest.
    offset : int
        Bytes before the first number, after decompression.
    packed_from : int or None
        Where a gzip stream begins that holds them; ``None`` for plain bytes.
    """

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    offset: int
    packed_from: int | None = None

    @property
    def byte_count(self) -> int:
        """Bytes of all numbers."""
        return math.prod(self.shape) * self.dtype.itemsize


def stored_voxels(
    path: Path, layout: RawLayout, slope: float = 1.0, intercept: float = 0.0
) -> StoredArray:
    """Return the voxels of a file without reading them.

    Raises
    ------
    ImageFileError
        The file is shorter than its header says.
    """
    _check_size(path, layout)

    def read(frame: int | None) -> NDArray[Any]:
        with naming(path):
            return _read(path, layout, frame)

    native = layout.dtype.newbyteorder("=")
    return StoredArray(layout.shape, native, read, slope, intercept)


def _check_size(path: Path, layout: RawLayout) -> None:
    needed, present = layout.offset + layout.byte_count, path.stat().st_size
    if needed > present * (1 if layout.packed_from is None else _GZIP_MAX_RATIO):
        raise ImageFileError(
            f"{path}: the header promises {needed} bytes, the file has {present}; "
            "it is truncated, copy it again"
        )


def _read(path: Path, layout: RawLayout, frame: int | None) -> NDArray[Any]:
    shape, start = layout.shape, layout.offset
    if frame is not None and len(shape) == 4:
        shape = shape[:3]
        start += frame * math.prod(shape) * layout.dtype.itemsize
    numbers = np.empty(math.prod(shape), dtype=layout.dtype)
    with _open_at(path, layout.packed_from) as file:
        file.seek(start)
        _fill(numbers.data.cast("B"), file, path)
        if frame is None and isinstance(file, gzip.GzipFile):
            _read_to_end(file)
    if not numbers.dtype.isnative:
        numbers = numbers.byteswap(inplace=True).view(numbers.dtype.newbyteorder("="))
    return numbers.reshape(shape, order="F")


@contextmanager
def _open_at(path: Path, packed_from: int | None) -> Iterator[BinaryIO]:
    with path.open("rb") as file:
        if packed_from is None:
            yield file
            return
        file.seek(packed_from)
        with gzip.GzipFile(fileobj=file) as unpacked:
            yield cast(BinaryIO, unpacked)


def _read_to_end(file: BinaryIO) -> None:
    """Read what follows the voxels, up to the end, where gzip's checksum is."""
    for _ in range(_MAX_CHUNKS_AFTER_VOXELS):
        if not file.read(_CHUNK_BYTES):
            return


def _fill(target: memoryview, file: BinaryIO, path: Path) -> None:
    done = 0
    while done < len(target):
        part = file.read(min(_CHUNK_BYTES, len(target) - done))
        if not part:
            raise ImageFileError(
                f"{path}: {len(target) - done} bytes of voxels are missing; "
                "the file is truncated, copy it again"
            )
        target[done : done + len(part)] = part
        done += len(part)


def write_voxels(file: BinaryIO, data: NDArray[Any]) -> None:
    """Write numbers, first index fastest, a slab of the last axis at a time.

    Parameters
    ----------
    file : binary file
        Open for writing.
    data : (i, j, k) or (i, j, k, t) array
        In the type and byte order wanted in the file.
    """
    for n in range(data.shape[-1]):
        file.write(data[..., n].tobytes(order="F"))


@contextmanager
def compressing(file: BinaryIO, is_compressed: bool) -> Iterator[BinaryIO]:
    """Yield ``file``, or a gzip stream into it that holds neither name nor time."""
    if not is_compressed:
        yield file
        return
    with gzip.GzipFile("", "wb", GZIP_LEVEL, file, mtime=0) as packed:
        yield cast(BinaryIO, packed)
