"""Files as they are opened: the DICOM files of one folder are one image."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import PurePosixPath

from nora_core.wire.archive import FileRow

MIN_SERIES_FILES = 2
_DICOM_SUFFIXES = frozenset({".dcm", ".ima", ".dicom"})


@dataclass(frozen=True)
class Series:
    """The DICOM files of one folder of a study."""

    folder: str
    files: tuple[FileRow, ...]

    @property
    def relative_name(self) -> str:
        """The folder with a slash at its end."""
        return "DICOM series" if self.folder == "." else f"{self.folder}/"

    @property
    def size_bytes(self) -> int:
        """All files together."""
        return sum(file.size_bytes for file in self.files)

    @property
    def tags(self) -> list[str]:
        """The tags that every file carries."""
        shared = set(self.files[0].tags)
        for file in self.files[1:]:
            shared &= set(file.tags)
        return sorted(shared)


def group_files(files: list[FileRow]) -> list[FileRow | Series]:
    """Put the DICOM files of one folder together; other files stay, by name."""
    folders: dict[str, list[FileRow]] = defaultdict(list)
    items: list[FileRow | Series] = []
    for file in files:
        name = PurePosixPath(file.relative_name)
        if _is_dicom(name):
            folders[str(name.parent)].append(file)
        else:
            items.append(file)
    for folder, members in folders.items():
        if len(members) < MIN_SERIES_FILES:
            items.extend(members)
        else:
            ordered = sorted(members, key=lambda file: file.relative_name)
            items.append(Series(folder, tuple(ordered)))
    return sorted(items, key=lambda item: item.relative_name.casefold())


def _is_dicom(name: PurePosixPath) -> bool:
    if name.suffix == "":
        return name.name[-1:].isdigit()
    return name.suffix.lower() in _DICOM_SUFFIXES or name.suffix[1:].isdigit()
