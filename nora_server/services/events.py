"""A project's history: what happened, and taking it back."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from nora_core.errors import Conflict, NotFound
from nora_core.wire.archive import (
    EventRow,
    StudyChange,
    SubjectChange,
    TagChange,
)
from nora_core.wire.project import Action
from nora_server.database.accounts import Account
from nora_server.database.changes import note_changes
from nora_server.database.history import Event, WayBack
from nora_server.history import events
from nora_server.rights.actor import Actor
from nora_server.rights.query import project_for
from nora_server.services import archive, trash
from nora_server.services.documents import write_document
from nora_server.services.links import undo_link
from nora_server.services.preset_undo import undo_presets
from nora_server.services.presets import PRIVATE_ACTIONS
from nora_server.services.tags import apply_tags
from nora_server.storage import Storage

_NEEDS_DELETE = frozenset(
    f"{deed}_{kind}"
    for deed in ("delete", "restore")
    for kind in ("files", "studies", "subjects")
)


def list_events(
    actor: Actor, session: Session, project: str, before: int | None, limit: int
) -> list[EventRow]:
    """Return what happened in a project, newest first."""
    project_id = project_for(actor, session, project, Action.MANAGE).id
    query = (
        select(Event, col(Account.name))
        .outerjoin(Account, col(Account.id) == col(Event.account_id))
        .where(col(Event.project_id) == project_id)
        .order_by(col(Event.id).desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(col(Event.id) < before)
    if not actor.is_server_admin:  # as _is_hidden
        query = query.where(
            col(Event.action).not_in(PRIVATE_ACTIONS)
            | (col(Event.account_id) == actor.account_id)
        )
    return [_row(event, name) for event, name in session.execute(query)]


def row_of(session: Session, event: Event) -> EventRow:
    """Pack one event for the wire."""
    account = session.get(Account, event.account_id) if event.account_id else None
    return _row(event, account.name if account else None)


def undo(
    actor: Actor, session: Session, storage: Storage, project: str, event_id: int
) -> EventRow:
    """Take back what an event did; this is an event too, and can be undone.

    Raises
    ------
    Conflict
        If it was undone already, is of a kind that has no way back, or if the
        present state does not let it.
    """
    project_id = project_for(actor, session, project, Action.WRITE).id or 0
    event = session.get(Event, event_id)
    if event is None or event.project_id != project_id or _is_hidden(actor, event):
        raise NotFound(f"no event {event_id} in this project; list its events")
    if event.undone_by is not None:
        raise Conflict(f"event {event_id} was undone already, by {event.undone_by}")
    way = session.get(WayBack, event_id)
    if way is None:
        raise Conflict(f"event {event_id} ({event.action}) cannot be taken back")
    if _NEEDS_DELETE & way.content.keys():
        project_for(actor, session, project, Action.DELETE)
    way_back: dict[str, Any] = {}
    for step, content in way.content.items():
        if step in _VIEW_STEPS:  # these have rights of their own
            back = {step: _VIEW_STEPS[step](actor, session, project_id, content)}
        else:
            back = _STEPS[step](session, storage, project_id, content)
        way_back = {**back, **way_back}
    undoing = events.record(
        session,
        actor,
        project_id,
        "event.undo",
        f"event {event_id}",
        {"action": event.action},
        way_back=way_back,
    )
    event.undone_by = undoing.id
    session.add(event)
    return row_of(session, undoing)


def _is_hidden(actor: Actor, event: Event) -> bool:
    """Tell whether the event is another user's private affair."""
    is_private = event.action in PRIVATE_ACTIONS
    is_own = event.account_id == actor.account_id
    return is_private and not is_own and not actor.is_server_admin


Step = Callable[[Session, Storage, int, Any], dict[str, Any]]
"""Does one step of a way back; returns the step that takes it back again."""


def _undo_tags(
    session: Session, _storage: Storage, project_id: int, content: Any
) -> dict[str, Any]:
    backs: list[TagChange] = []
    for change in content:
        result = apply_tags(session, project_id, TagChange.model_validate(change))
        backs.extend(result.undo)
    return {"tags": [back.model_dump(mode="json") for back in backs]}


def _trash_files(
    session: Session, storage: Storage, project_id: int, content: Any
) -> dict[str, Any]:
    trash.trash_files(session, storage, project_id, content)
    return {"restore_files": content}


def _restore_files(
    session: Session, storage: Storage, project_id: int, content: Any
) -> dict[str, Any]:
    trash.bring_back_files(session, storage, project_id, content)
    return {"delete_files": content}


def _trash_studies(
    session: Session, _storage: Storage, project_id: int, content: Any
) -> dict[str, Any]:
    trash.trash_studies(session, project_id, content)
    return {"restore_studies": content}


def _restore_studies(
    session: Session, _storage: Storage, project_id: int, content: Any
) -> dict[str, Any]:
    trash.bring_back_studies(session, project_id, content)
    return {"delete_studies": content}


def _trash_subjects(
    session: Session, _storage: Storage, project_id: int, content: Any
) -> dict[str, Any]:
    trash.trash_subjects(session, project_id, content)
    return {"restore_subjects": content}


def _restore_subjects(
    session: Session, _storage: Storage, project_id: int, content: Any
) -> dict[str, Any]:
    trash.bring_back_subjects(session, project_id, content)
    return {"delete_subjects": content}


def _undo_study_change(
    session: Session, _storage: Storage, project_id: int, content: Any
) -> dict[str, Any]:
    change = StudyChange.model_validate(content["old"])
    old = archive.apply_study_change(session, project_id, content["id"], change)
    return {"change_study": {"id": content["id"], "old": old}}


def _undo_subject_change(
    session: Session, _storage: Storage, project_id: int, content: Any
) -> dict[str, Any]:
    change = SubjectChange.model_validate(content["old"])
    old = archive.apply_subject_change(session, project_id, content["id"], change)
    return {"change_subject": {"id": content["id"], "old": old}}


def _undo_document(
    session: Session, _storage: Storage, project_id: int, content: Any
) -> dict[str, Any]:
    study_id, name = content["study_id"], content["name"]
    old = write_document(session, study_id, name, content["old"])
    note_changes(session, project_id, [study_id])
    return {"document": {"study_id": study_id, "name": name, "old": old}}


_STEPS: dict[str, Step] = {
    "tags": _undo_tags,
    "delete_files": _trash_files,
    "restore_files": _restore_files,
    "delete_studies": _trash_studies,
    "restore_studies": _restore_studies,
    "delete_subjects": _trash_subjects,
    "restore_subjects": _restore_subjects,
    "change_study": _undo_study_change,
    "change_subject": _undo_subject_change,
    "document": _undo_document,
}
_VIEW_STEPS: dict[str, Callable[[Actor, Session, int, Any], Any]] = {
    "link": undo_link,
    "presets": undo_presets,
}


def _row(event: Event, user: str | None) -> EventRow:
    return EventRow(
        id=event.id or 0,
        at=event.at,
        user=user or "",
        action=event.action,
        subject=event.subject,
        details=event.details,
        undone=event.undone_by is not None,
    )
