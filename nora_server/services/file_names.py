"""Names of files inside a study: finds what bears a name, refuses what collides."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, and_, insert, or_, select
from sqlmodel import Session, col

from nora_core.errors import Conflict
from nora_core.wire.names import fold
from nora_server.database.archive import File, RelativeName
from nora_server.database.chunks import in_chunks


def name_ids(session: Session, paths: Iterable[str]) -> dict[str, int]:
    """Return the ids of relative names by their path, adding unknown ones."""
    wanted = set(paths)
    found = _known(session, wanted)
    missing = sorted(wanted - found.keys())
    for chunk in in_chunks(missing):
        rows = [{"path": path} for path in chunk]
        session.execute(insert(RelativeName), rows)
    if missing:
        found.update(_known(session, set(missing)))
    return found


def file_named(session: Session, study_id: int, relative_name: str) -> File | None:
    """Return the live file of this name, whatever the case of its letters."""
    query = (
        select(File)
        .join(RelativeName, col(RelativeName.id) == col(File.relative_name_id))
        .where(
            col(File.study_id) == study_id,
            col(File.deleted_at).is_(None),
            _is_named(fold(relative_name)),
        )
    )
    return session.scalar(query)


def path_of_name(session: Session, file: File) -> str:
    """Return a file's path inside its study."""
    name = session.get(RelativeName, file.relative_name_id)
    return "" if name is None else name.path


def refuse_collision(session: Session, study_id: int, relative_name: str) -> None:
    """Refuse a name that is a folder of other files, or below another file.

    Raises
    ------
    Conflict
        Naming the file in the way by its number.
    """
    folded = fold(relative_name)
    parts = folded.split("/")
    above = ["/".join(parts[:count]) for count in range(1, len(parts))]
    folder = col(RelativeName.folder_folded)
    query = (
        select(col(File.id))
        .join(RelativeName, col(RelativeName.id) == col(File.relative_name_id))
        .where(
            col(File.study_id) == study_id,
            col(File.deleted_at).is_(None),
            or_(
                *(_is_named(path) for path in above),
                folder == folded,
                (folder >= f"{folded}/") & (folder < f"{folded}0"),
            ),
        )
        .limit(1)
    )
    present = session.scalar(query)
    if present is not None:
        raise Conflict(
            f"file {present} of the study uses part of this name as a file where "
            "the other uses it as a folder; choose another name"
        )


def _is_named(folded: str) -> ColumnElement[bool]:
    folder, _, name = folded.rpartition("/")
    return and_(
        col(RelativeName.folder_folded) == folder,
        col(RelativeName.file_folded) == name,
    )


def _known(session: Session, paths: set[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for chunk in in_chunks(paths):
        query = select(col(RelativeName.path), col(RelativeName.id)).where(
            col(RelativeName.path).in_(chunk)
        )
        found.update((path, name_id or 0) for path, name_id in session.execute(query))
    return found
