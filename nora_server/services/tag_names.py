"""Each tag's text stands once, whatever its case: finds and adds those rows."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlmodel import Session, col

from nora_core.wire.names import fold
from nora_server.database.archive import Tag
from nora_server.database.chunks import in_chunks


def find_tags(session: Session, names: Iterable[str]) -> dict[str, int]:
    """Return the ids of known tags by their folded name."""
    found: dict[str, int] = {}
    for chunk in in_chunks({fold(name) for name in names}):
        query = (
            select(col(Tag.name_folded), col(Tag.id))
            .where(col(Tag.name_folded).in_(chunk))
            .order_by(col(Tag.id).desc())  # the oldest spelling wins
        )
        found.update((folded, tag_id or 0) for folded, tag_id in session.execute(query))
    return found


def find_or_add_tags(session: Session, names: Iterable[str]) -> dict[str, int]:
    """Return the ids of tags by their folded name, adding unknown ones."""
    names = list(names)
    found = find_tags(session, names)
    for name in names:
        if fold(name) not in found:
            tag = Tag(name=name, name_folded=fold(name))
            session.add(tag)
            session.flush()
            found[fold(name)] = tag.id or 0
    return found
