"""Files on their way in: written piece by piece, checksummed as they come."""

import errno
import hashlib
import os
import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from nora_core.errors import BadInput, Conflict, NotFound, StorageFull

_BLOCK_BYTES = 1 << 20
_KEPT_DIGESTS = 256
_ID = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True)
class StagedFile:
    """A whole file in the incoming folder, safe on disk, not yet in the archive."""

    path: Path
    size_bytes: int
    sha256: str


class Part:
    """A file under way, open for more bytes; closing makes them safe on disk."""

    def __init__(self, incoming: "Incoming", part_id: str, offset: int) -> None:
        self.id = part_id
        self._incoming = incoming
        self._stream = incoming.path_of(part_id).open("ab")
        self.size_bytes = self._stream.seek(0, os.SEEK_END)
        if offset != self.size_bytes:
            self._stream.close()
            raise Conflict(
                f"{self.size_bytes} bytes of the upload have arrived, not {offset}; "
                f"go on at {self.size_bytes}"
            )
        self.digest = incoming.digest_of(part_id, self.size_bytes)

    def write(self, block: bytes | bytearray) -> None:
        """Add ``block`` at the end."""
        with _told_if_full():
            self._stream.write(block)
        self.digest.update(block)
        self.size_bytes += len(block)

    def close(self) -> None:
        """Let others write it; all bytes are on the disk then. Harmless twice."""
        if self._stream.closed:
            return
        try:
            with _told_if_full():
                self._stream.flush()
                os.fsync(self._stream.fileno())
        finally:
            with suppress(OSError):  # flushes again: flush() has said what is wrong
                self._stream.close()
            self._incoming.release(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class Incoming:
    """The folder of files under way, each ``<id>.part``.

    The size of a part is how much has arrived. Its running checksum is kept in
    memory and computed again from the disk where a restart has lost it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._busy: set[str] = set()
        self._digests: OrderedDict[str, tuple[int, hashlib._Hash]] = OrderedDict()

    @staticmethod
    def new_id() -> str:
        """Return an id that nobody can guess."""
        return secrets.token_hex(16)

    @staticmethod
    def is_id(text: str) -> bool:
        """Tell whether ``text`` has the form of an id."""
        return _ID.fullmatch(text) is not None

    def path_of(self, part_id: str) -> Path:
        """Return where a part lies; refuse what is no id."""
        if not self.is_id(part_id):
            raise NotFound("no such upload; begin it again")
        return self.folder / f"{part_id}.part"

    def size_of(self, part_id: str) -> int:
        """Return how many bytes of a part have arrived."""
        try:
            return self.path_of(part_id).stat().st_size
        except FileNotFoundError:
            return 0

    def open(self, part_id: str, offset: int = 0) -> Part:
        """Open a part to add bytes at ``offset``, for one writer at a time.

        Raises
        ------
        Conflict
            If somebody else writes it now, or ``offset`` is not where it ends.
        """
        with self._lock:
            if part_id in self._busy:
                raise Conflict("this upload is being written already; ask again soon")
            self._busy.add(part_id)
        try:
            return Part(self, part_id, offset)
        except BaseException:
            with self._lock:
                self._busy.discard(part_id)
            raise

    def release(self, part: Part) -> None:
        """Let others write ``part``, and keep its running checksum."""
        with self._lock:
            self._busy.discard(part.id)
            self._digests[part.id] = (part.size_bytes, part.digest)
            self._digests.move_to_end(part.id)
            while len(self._digests) > _KEPT_DIGESTS:
                self._digests.popitem(last=False)

    def finish(self, part_id: str) -> StagedFile:
        """Return the part, which is whole now, with its checksum."""
        size = self.size_of(part_id)
        sha256 = self.digest_of(part_id, size).hexdigest()
        return StagedFile(self.path_of(part_id), size, sha256)

    def drop(self, part_id: str) -> None:
        """Delete a part; harmless where there is none."""
        with self._lock:
            self._digests.pop(part_id, None)
        self.path_of(part_id).unlink(missing_ok=True)

    def take_copy(self, source: Path) -> StagedFile:
        """Copy a file of this machine in, checksummed on the way; no symbolic link."""
        part_id = self.new_id()
        try:
            with _open_plain(source) as stream, self.open(part_id) as part:
                while block := stream.read(_BLOCK_BYTES):
                    part.write(block)
            return self.finish(part_id)
        except BaseException:
            self.drop(part_id)
            raise

    def digest_of(self, part_id: str, size: int) -> "hashlib._Hash":
        """Return the running checksum of a part that has ``size`` bytes."""
        with self._lock:
            kept = self._digests.get(part_id)
        if kept is not None and kept[0] == size:
            return kept[1]
        if size == 0:
            return hashlib.sha256()
        with self.path_of(part_id).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256")


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def _told_if_full() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        raise StorageFull(
            "the server's disk is full; delete something or ask the server's admin "
            "for room"
        ) from error


def _open_plain(source: Path) -> IO[bytes]:
    if source.is_symlink() or not source.is_file():
        raise BadInput(
            f"{source.name} is no plain file; give the file itself, not a link"
        )
    return source.open("rb")
