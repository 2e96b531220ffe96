"""A lock on the data folder, so that two servers never share one."""

import os
import sys
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from nora_core.errors import Conflict

FILE_NAME = "server.lock"


class FolderLock:
    """Held while a process works on a data folder; ends with the process."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self._file: BinaryIO | None = None

    def __enter__(self) -> "FolderLock":
        """Take the lock.

        Raises
        ------
        Conflict
            If another process holds it.
        """
        file = self.path.open("a+b")
        try:
            _lock(file)
        except OSError:
            file.close()
            raise Conflict(
                f"another server or `nora admin` works on {self.path.parent}; "
                "stop it first, or use another data folder"
            ) from None
        self._file = file
        file.truncate(0)
        file.write(str(os.getpid()).encode())
        file.flush()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


if sys.platform == "win32":
    import msvcrt

    def _lock(file: BinaryIO) -> None:
        file.seek(1 << 20)  # beyond the process id, which others may read
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: BinaryIO) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
