"""Read voxels that lie as plain numbers in a file, gzip-compressed or not."""

from __future__ import annotations

import gzip
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path
from typing import Any, BinaryIO, Literal, cast

import numpy as np
from isal import igzip
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

    def frame_shape(self, frame: int | None) -> tuple[int, ...]:
        """Sizes of one frame, or of everything."""
        return self.shape if frame is None else self.shape[:3]


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

    native = layout.dtype.newbyteorder("=")

    def read(frame: int | None) -> NDArray[Any]:
        shape = layout.frame_shape(frame)
        numbers = np.empty(math.prod(shape), dtype=native)
        fill(frame, numbers)
        return numbers.reshape(shape, order="F")

    def fill(frame: int | None, target: NDArray[Any]) -> None:
        with naming(path):
            _read_into(target, path, layout, frame)

    return StoredArray(layout.shape, native, read, slope, intercept, fill)


def _check_size(path: Path, layout: RawLayout) -> None:
    needed, present = layout.offset + layout.byte_count, path.stat().st_size
    if needed > present * (1 if layout.packed_from is None else _GZIP_MAX_RATIO):
        raise ImageFileError(
            f"{path}: the header promises {needed} bytes, the file has {present}; "
            "it is truncated, copy it again"
        )


def _read_into(
    target: NDArray[Any], path: Path, layout: RawLayout, frame: int | None
) -> None:
    start = layout.offset
    if frame is not None and len(layout.shape) == 4:
        start += frame * target.nbytes
    with _open_at(path, layout.packed_from) as file:
        file.seek(start)
        _fill(target.view(np.uint8).data, file, path)
        if frame is None and layout.packed_from is not None:
            _read_to_end(file)
    if not layout.dtype.isnative:
        target.byteswap(inplace=True)


@contextmanager
def _open_at(path: Path, packed_from: int | None) -> Iterator[BufferedIOBase]:
    with path.open("rb") as file:
        if packed_from is None:
            yield file
            return
        file.seek(packed_from)
        with igzip.GzipFile(fileobj=file) as unpacked:  # type: ignore[no-untyped-call]
            yield cast(BufferedIOBase, unpacked)


def _read_to_end(file: BufferedIOBase) -> None:
    """Read what follows the voxels, up to the end, where gzip's checksum is."""
    for _ in range(_MAX_CHUNKS_AFTER_VOXELS):
        if not file.read(_CHUNK_BYTES):
            return


def _fill(target: memoryview, file: BufferedIOBase, path: Path) -> None:
    done = 0
    while done < len(target):
        count = file.readinto(target[done : done + _CHUNK_BYTES])
        if not count:
            raise ImageFileError(
                f"{path}: {len(target) - done} bytes of voxels are missing; "
                "the file is truncated, copy it again"
            )
        done += count


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
