"""Makes what was written survive a power cut."""

import os
import sys
from pathlib import Path

_FOLDERS_CAN_SYNC = sys.platform != "win32"


def sync_folder(folder: Path) -> None:
    """Write the entries of ``folder`` to the disk (Windows does so by itself)."""
    if not _FOLDERS_CAN_SYNC:
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folders(folder: Path) -> list[Path]:
    """Make ``folder`` and what is missing above; return the folders that changed."""
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for new in reversed(missing):
        new.mkdir(exist_ok=True)
    return [new.parent for new in missing]
