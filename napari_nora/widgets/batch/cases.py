"""Which cases an order is for: the chosen rows, or all that pass the filter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_nora.session import Selection
from napari_nora.tasks import Task
from nora_core.wire.archive import CaseRow
from nora_core.wire.case import Level

if TYPE_CHECKING:
    from nora_core.client import Client

_PAGE_ROWS = 1000


def resolve_cases(
    client: Client, project: str, selection: Selection, everything: bool, task: Task
) -> list[int]:
    """Return the ids of the cases; fetches those that the table has not shown."""
    if not everything and len(selection.case_ids) == selection.count:
        return list(selection.case_ids)
    ranges = ((0, selection.matching - 1),) if everything else selection.ranges
    ids: list[int] = []
    for first, last in ranges:
        ids.extend(_ids_between(client, project, selection, (first, last), task))
    return ids


def _ids_between(
    client: Client,
    project: str,
    selection: Selection,
    block: tuple[int, int],
    task: Task,
) -> list[int]:
    first, last = block
    ids: list[int] = []
    cursor: str | None = None
    while first + len(ids) <= last:
        task.check()
        query = selection.query.model_copy(
            update={
                "after": cursor,
                "offset": 0 if cursor else first,
                "limit": min(_PAGE_ROWS, last - first - len(ids) + 1),
            }
        )
        page = client.page(project, query)
        ids.extend(_id_of(row, selection.level) for row in page.rows)
        task.progress(len(ids), last - first + 1)
        cursor = page.next
        if cursor is None or not page.rows:
            break
    return ids


def _id_of(row: CaseRow, level: Level) -> int:
    if level is Level.STUDY and row.study_id is not None:
        return row.study_id
    return row.subject_id
