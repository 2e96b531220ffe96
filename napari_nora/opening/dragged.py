"""What rows of the browser carry while they are dragged, told before any download.

A drag has two formats side by side: ``text/uri-list`` with ``nora-file://`` addresses,
which napari's own canvas hands to our reader, and :data:`DRAGGED_MIME`, which says
what each row is, so that a viewport can offer fitting targets in ``dragEnterEvent``::

    mime = event.mimeData()
    if mime.hasFormat(DRAGGED_MIME):
        dragged = parse_dragged(bytes(mime.data(DRAGGED_MIME).data()))

The text is JSON, ``{"session": KEY, "files": [{"project", "study_id", "file_ids",
"relative_name", "tags", "kind"}]}``. Only a drag of the same ``session.key`` may be
opened: the ids are those of that session's server.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from napari_nora.opening.kinds import LABEL_TAGS
from nora_core.errors import BadInput
from nora_core.images.formats.kinds import FileKind, kind_of_name
from nora_core.wire.archive import FileRow
from nora_core.wire.names import Identifier, RowNumber, Text

DRAGGED_MIME = "application/x-nora-files"
MAX_BYTES = 8_000_000
"""A longer text is no drag of ours."""
MAX_ROWS = 1000

ShortText = Annotated[Text, Field(max_length=800)]


class DraggedKind(StrEnum):
    """What a row becomes in a viewport, by its tags and its name alone."""

    IMAGE = "image"
    LABELS = "labels"
    SURFACE = "surface"
    STREAMLINES = "streamlines"
    OTHER = "other"
    """Nothing that a viewport shows."""


class DraggedFiles(BaseModel):
    """One row: a file, or all files of a DICOM series."""

    model_config = ConfigDict(frozen=True)

    project: Identifier
    study_id: RowNumber
    file_ids: tuple[RowNumber, ...] = Field(min_length=1, max_length=100_000)
    relative_name: ShortText
    """Of the file; a series has its folder's, with a slash at the end."""
    tags: tuple[ShortText, ...] = Field(default=(), max_length=1000)
    kind: DraggedKind


class Dragged(BaseModel):
    """All rows of one drag, in the table's order."""

    model_config = ConfigDict(frozen=True)

    session: Annotated[str, Field(max_length=64)]
    """``Session.key`` of the window that it comes from."""
    files: tuple[DraggedFiles, ...] = Field(min_length=1, max_length=MAX_ROWS)


def dragged_files(project: str, files: Sequence[FileRow], name: str) -> DraggedFiles:
    """Describe a row that stands for ``files``, all of one study."""
    tags = tuple(dict.fromkeys(tag for file in files for tag in file.tags))
    return DraggedFiles(
        project=project,
        study_id=files[0].study_id,
        file_ids=tuple(file.id for file in files),
        relative_name=name,
        tags=tags,
        kind=dragged_kind(files[0].relative_name, tags),
    )


def dragged_kind(name: str, tags: Sequence[str]) -> DraggedKind:
    """Tell what a file becomes in a viewport by its name and tags."""
    kind = kind_of_name(name)
    if kind is FileKind.OTHER and "." not in name.rpartition("/")[2]:
        kind = FileKind.DICOM  # slices often have no ending
    if kind in (FileKind.IMAGE, FileKind.DICOM):
        is_labels = LABEL_TAGS & {tag.casefold() for tag in tags}
        return DraggedKind.LABELS if is_labels else DraggedKind.IMAGE
    return _KINDS.get(kind, DraggedKind.OTHER)


_KINDS = {
    FileKind.SURFACE: DraggedKind.SURFACE,
    FileKind.STREAMLINES: DraggedKind.STREAMLINES,
}


def format_dragged(dragged: Dragged) -> bytes:
    """Return the text of a drag."""
    return dragged.model_dump_json().encode()


def parse_dragged(data: bytes) -> Dragged:
    """Read the text of a drag, which may come from any program.

    Raises
    ------
    BadInput
        If it is no drag of the browser.
    """
    if len(data) > MAX_BYTES:
        raise BadInput(f"dragged text has {len(data):,} bytes; drag fewer rows")
    try:
        return Dragged.model_validate_json(data)
    except ValidationError as error:
        raise BadInput(
            f"dragged text is no list of files ({error.error_count()} mistakes); "
            "drag rows of the browser's table"
        ) from None
