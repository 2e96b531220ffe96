"""Notes which studies a transaction touched, for the search index."""

from collections.abc import Iterable

from sqlalchemy import delete, func, insert, select
from sqlmodel import Session, col

from nora_server.database.archive import ArchiveChange

KEPT_CHANGES = 200_000
"""A search index that is further behind is built anew."""
_PRUNED_EVERY = 10_000


def note_changes(
    session: Session,
    project_id: int,
    study_ids: Iterable[int] = (),
    subject_ids: Iterable[int] = (),
) -> None:
    """Note in the open write transaction what it touched.

    Call it for every study whose files, tags, job states, texts or trash state
    change, and for subjects that change without a study of theirs (a subject
    without studies, a job on the subject level). A study stands for its subject.
    """
    rows = [
        {"project_id": project_id, "study_id": study_id, "subject_id": None}
        for study_id in sorted(set(study_ids))
    ] + [
        {"project_id": project_id, "study_id": None, "subject_id": subject_id}
        for subject_id in sorted(set(subject_ids))
    ]
    if len(rows) > KEPT_CHANGES // 2:
        rows = [{"project_id": project_id, "study_id": None, "subject_id": None}]
    if not rows:
        return
    session.execute(insert(ArchiveChange), rows)
    last = session.scalar(select(func.max(col(ArchiveChange.id)))) or 0
    if last // _PRUNED_EVERY != (last - len(rows)) // _PRUNED_EVERY:
        session.execute(
            delete(ArchiveChange).where(col(ArchiveChange.id) <= last - KEPT_CHANGES)
        )
