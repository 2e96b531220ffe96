"""Files on their way in: written piece by piece, checksummed as they come."""

import hashlib
import os
import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from nora_core.errors import BadInput, Conflict, NotFound

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
    """A file under way, open for more bytes."""

    def __init__(self, stream: IO[bytes], digest: "hashlib._Hash", size: int) -> None:
        self._stream = stream
        self.digest = digest
        self.size_bytes = size

    def write(self, block: bytes | bytearray) -> None:
        """Add ``block`` at the end."""
        self.digest.update(block)
        self._stream.write(block)
        self.size_bytes += len(block)

    def sync(self) -> None:
        """Make all that was written safe on the disk."""
        self._stream.flush()
        os.fsync(self._stream.fileno())


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

    def path_of(self, part_id: str) -> Path:
        """Return where a part lies; refuse what is no id."""
        if not _ID.fullmatch(part_id):
            raise NotFound("no such upload; begin it again")
        return self.folder / f"{part_id}.part"

    def size_of(self, part_id: str) -> int:
        """Return how many bytes of a part have arrived."""
        try:
            return self.path_of(part_id).stat().st_size
        except FileNotFoundError:
            return 0

    @contextmanager
    def writing(self, part_id: str, offset: int = 0) -> Iterator[Part]:
        """Open a part to add bytes at ``offset``; on leaving, all are safe on disk.

        Raises
        ------
        Conflict
            If somebody else writes it now, or ``offset`` is not where it ends.
        """
        with self._alone(part_id), self.path_of(part_id).open("ab") as stream:
            size = stream.seek(0, os.SEEK_END)
            if offset != size:
                raise Conflict(
                    f"{size} bytes of the upload have arrived, not {offset}; "
                    f"go on at {size}"
                )
            part = Part(stream, self._digest(part_id, size), size)
            try:
                yield part
            finally:
                part.sync()
                self._keep(part_id, part)

    def finish(self, part_id: str) -> StagedFile:
        """Return the part, which is whole now, with its checksum."""
        size = self.size_of(part_id)
        sha256 = self._digest(part_id, size).hexdigest()
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
            with _open_plain(source) as stream, self.writing(part_id) as part:
                while block := stream.read(_BLOCK_BYTES):
                    part.write(block)
            return self.finish(part_id)
        except BaseException:
            self.drop(part_id)
            raise

    @contextmanager
    def _alone(self, part_id: str) -> Iterator[None]:
        with self._lock:
            if part_id in self._busy:
                raise Conflict("this upload is being written already; ask again soon")
            self._busy.add(part_id)
        try:
            yield
        finally:
            with self._lock:
                self._busy.discard(part_id)

    def _keep(self, part_id: str, part: Part) -> None:
        with self._lock:
            self._digests[part_id] = (part.size_bytes, part.digest)
            self._digests.move_to_end(part_id)
            while len(self._digests) > _KEPT_DIGESTS:
                self._digests.popitem(last=False)

    def _digest(self, part_id: str, size: int) -> "hashlib._Hash":
        with self._lock:
            kept = self._digests.get(part_id)
        if kept is not None and kept[0] == size:
            return kept[1]
        digest = hashlib.sha256()
        if size:
            with self.path_of(part_id).open("rb") as stream:
                while block := stream.read(_BLOCK_BYTES):
                    digest.update(block)
        return digest


def _open_plain(source: Path) -> IO[bytes]:
    if source.is_symlink() or not source.is_file():
        raise BadInput(
            f"{source.name} is no plain file; give the file itself, not a link"
        )
    return source.open("rb")
