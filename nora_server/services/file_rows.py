"""Reads files with their names, authors and tags, in two queries."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlmodel import Session, col

from nora_core.wire.archive import FileRow
from nora_server.database.accounts import Account
from nora_server.database.archive import File, FileTag, RelativeName, Tag
from nora_server.database.chunks import in_chunks
from nora_server.storage import IN_PLACE


def rows_of_study(session: Session, study_id: int) -> list[FileRow]:
    """Return the live files of a study, by name."""
    query = _query().where(
        col(File.study_id) == study_id, col(File.deleted_at).is_(None)
    )
    return _read(session, query.order_by(col(RelativeName.path)))


def rows_of_files(session: Session, file_ids: Sequence[int]) -> list[FileRow]:
    """Return the files of these ids in this order; unknown ids are left out."""
    rows: dict[int, FileRow] = {}
    for chunk in in_chunks(file_ids):
        query = _query().where(col(File.id).in_(chunk))
        rows.update((row.id, row) for row in _read(session, query))
    return [rows[file_id] for file_id in file_ids if file_id in rows]


def _query() -> Select[File, str, str]:
    return (
        select(File, col(RelativeName.path), col(Account.name))
        .join(RelativeName, col(RelativeName.id) == col(File.relative_name_id))
        .outerjoin(Account, col(Account.id) == col(File.created_by))
    )


def _read(session: Session, query: Select[File, str, str]) -> list[FileRow]:
    found = session.execute(query).all()
    tags = _tags_of(session, [file.id for file, _, _ in found])
    return [
        FileRow(
            id=file.id,
            study_id=file.study_id,
            relative_name=path,
            size_bytes=file.size_bytes,
            sha256=file.sha256,
            tags=tags.get(file.id, []),
            created_at=file.created_at,
            created_by=author or "",
            is_in_place=file.location.startswith(IN_PLACE),
        )
        for file, path, author in found
    ]


def _tags_of(session: Session, file_ids: list[int]) -> dict[int, list[str]]:
    tags: dict[int, list[str]] = defaultdict(list)
    for chunk in in_chunks(file_ids):
        query = (
            select(col(FileTag.file_id), col(Tag.name))
            .join(Tag, col(Tag.id) == col(FileTag.tag_id))
            .where(col(FileTag.file_id).in_(chunk))
            .order_by(col(Tag.name))
        )
        for file_id, name in session.execute(query):
            tags[file_id].append(name)
    return tags
