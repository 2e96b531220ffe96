"""Tags on subjects, studies and files, for many of them in one step."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, insert, select
from sqlmodel import Session, col

from nora_core.errors import BadInput
from nora_core.wire.archive import TagChange, TagLevel, TagResult
from nora_core.wire.names import fold
from nora_core.wire.project import Action
from nora_server.database.archive import (
    File,
    FileTag,
    Study,
    StudyTag,
    Subject,
    SubjectTag,
    Tag,
)
from nora_server.database.changes import note_changes
from nora_server.database.chunks import in_chunks
from nora_server.history import events
from nora_server.rights.actor import Actor
from nora_server.rights.query import project_for
from nora_server.services.belonging import (
    files_among,
    studies_among,
    subjects_among,
)
from nora_server.services.tag_names import find_or_add_tags, find_tags

Pairs = set[tuple[int, int]]
"""(id of the item, id of the tag)"""


@dataclass(frozen=True)
class _Link:
    """The table that ties tags to one kind of item."""

    table: type[SubjectTag] | type[StudyTag] | type[FileTag]
    item_column: str

    @property
    def item(self) -> ColumnElement[int]:
        """The column with the item's id."""
        column: ColumnElement[int] = getattr(self.table, self.item_column)
        return column


_LINKS = {
    TagLevel.SUBJECT: _Link(SubjectTag, "subject_id"),
    TagLevel.STUDY: _Link(StudyTag, "study_id"),
    TagLevel.FILE: _Link(FileTag, "file_id"),
}


def change_tags(
    actor: Actor, session: Session, project: str, change: TagChange
) -> TagResult:
    """Add and remove tags of many items; what is so already stays so.

    Raises
    ------
    NotFound
        If an id is not in this project; then nothing is changed.
    """
    project_id = project_for(actor, session, project, Action.WRITE).id or 0
    result = apply_tags(session, project_id, change)
    if result.changed:
        event = events.record(
            session,
            actor,
            project_id,
            "tags.change",
            f"{result.changed} {change.level.value} rows",
            {"add": change.add, "remove": change.remove, "level": change.level},
            way_back={"tags": [back.model_dump(mode="json") for back in result.undo]},
        )
        result.event_id = event.id
    return result


def list_tags(actor: Actor, session: Session, project: str) -> list[str]:
    """Return the names of all tags in use in a project."""
    project_id = project_for(actor, session, project, Action.READ).id
    on_subject = (
        exists()
        .where(col(SubjectTag.tag_id) == col(Tag.id))
        .where(col(Subject.id) == col(SubjectTag.subject_id))
        .where(col(Subject.project_id) == project_id)
    )
    on_study = (
        exists()
        .where(col(StudyTag.tag_id) == col(Tag.id))
        .where(col(Study.id) == col(StudyTag.study_id))
        .where(col(Study.project_id) == project_id)
    )
    on_file = (
        exists()
        .where(col(FileTag.tag_id) == col(Tag.id))
        .where(col(File.id) == col(FileTag.file_id))
        .where(col(Study.id) == col(File.study_id))
        .where(col(Study.project_id) == project_id)
    )
    query = select(col(Tag.name)).where(on_subject | on_study | on_file)
    return sorted(session.scalars(query), key=fold)


def apply_tags(session: Session, project_id: int, change: TagChange) -> TagResult:
    """Change tags without asking for rights; for services that did."""
    both = {fold(name) for name in change.add} & {fold(name) for name in change.remove}
    if both:
        raise BadInput(f"tag {min(both)!r} is to be added and removed; choose one")
    studies, subjects = _touched(session, project_id, change)
    link = _LINKS[change.level]
    added_tags = find_or_add_tags(session, change.add)
    removed_tags = find_tags(session, change.remove)
    ids = set(change.ids)
    present = _present(
        session, link, ids, {*added_tags.values(), *removed_tags.values()}
    )
    added = {(i, t) for i in ids for t in added_tags.values()} - present
    removed = {(i, t) for i, t in present if t in set(removed_tags.values())}
    _insert(session, link, added)
    _delete(session, link, removed)
    changed = {item for item, _ in added | removed}
    if changed:
        note_changes(session, project_id, studies, subjects)
    return TagResult(
        changed=len(changed), undo=_way_back(session, change.level, added, removed)
    )


def add_file_tags(session: Session, file_id: int, names: Iterable[str]) -> None:
    """Give tags to a file in a transaction that notes the change itself."""
    tags = set(find_or_add_tags(session, names).values())
    link = _LINKS[TagLevel.FILE]
    wanted = {(file_id, tag_id) for tag_id in tags}
    _insert(session, link, wanted - _present(session, link, {file_id}, tags))


def _touched(
    session: Session, project_id: int, change: TagChange
) -> tuple[list[int], list[int]]:
    """Return the ids of studies and subjects whose rows show the change."""
    if change.level is TagLevel.STUDY:
        return [
            study.id or 0 for study in studies_among(session, project_id, change.ids)
        ], []
    if change.level is TagLevel.FILE:
        files = files_among(session, project_id, change.ids)
        return [file.study_id for file in files], []
    subjects_among(session, project_id, change.ids)
    studies: list[int] = []
    for chunk in in_chunks(set(change.ids)):
        query = select(col(Study.id)).where(col(Study.subject_id).in_(chunk))
        studies.extend(study_id or 0 for study_id in session.scalars(query))
    return studies, change.ids


def _present(session: Session, link: _Link, ids: set[int], tags: set[int]) -> Pairs:
    pairs: Pairs = set()
    for chunk in in_chunks(ids):
        query = select(link.item, col(link.table.tag_id)).where(
            link.item.in_(chunk), col(link.table.tag_id).in_(tags)
        )
        pairs.update((item, tag) for item, tag in session.execute(query))
    return pairs


def _insert(session: Session, link: _Link, pairs: Pairs) -> None:
    for chunk in in_chunks(sorted(pairs)):
        rows = [{link.item_column: item, "tag_id": tag} for item, tag in chunk]
        session.execute(insert(link.table), rows)


def _delete(session: Session, link: _Link, pairs: Pairs) -> None:
    items_by_tag: dict[int, list[int]] = defaultdict(list)
    for item, tag in pairs:
        items_by_tag[tag].append(item)
    for tag, items in items_by_tag.items():
        for chunk in in_chunks(items):
            session.execute(
                delete(link.table).where(
                    col(link.table.tag_id) == tag, link.item.in_(chunk)
                )
            )


def _way_back(
    session: Session, level: TagLevel, added: Pairs, removed: Pairs
) -> list[TagChange]:
    """Group items that changed alike, so that few changes take all back."""
    names = _names(session, {tag for _, tag in added | removed})
    deltas: dict[int, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
    for item, tag in added:
        deltas[item][1].add(names[tag])
    for item, tag in removed:
        deltas[item][0].add(names[tag])
    groups: dict[Any, list[int]] = defaultdict(list)
    for item, (add, remove) in deltas.items():
        groups[tuple(sorted(add)), tuple(sorted(remove))].append(item)
    return [
        TagChange(level=level, ids=sorted(ids), add=list(add), remove=list(remove))
        for (add, remove), ids in groups.items()
    ]


def _names(session: Session, tag_ids: set[int]) -> dict[int, str]:
    names: dict[int, str] = {}
    for chunk in in_chunks(tag_ids):
        query = select(col(Tag.id), col(Tag.name)).where(col(Tag.id).in_(chunk))
        names.update((tag_id or 0, name) for tag_id, name in session.execute(query))
    return names
