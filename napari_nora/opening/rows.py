"""Rows of files by their ids, as the server has them now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from nora_core.errors import NotFound
from nora_core.wire.archive import FileRow

if TYPE_CHECKING:
    from nora_core.client import Client


def rows_of(
    client: Client, project: str, study_id: int, file_ids: Iterable[int], name: str
) -> list[FileRow]:
    """Return the rows of files of a study; ``name`` is for the error.

    Raises
    ------
    NotFound
        One of them is gone, or the right to see them is.
    """
    wanted = set(file_ids)
    rows = [row for row in client.files(project, study_id) if row.id in wanted]
    if len(rows) < len(wanted):
        raise NotFound(f"{name} is not in its study any more")
    return rows
