"""Presets: named settings of the viewer, and who may use and change them.

A user sees one preset of a name: the private one of his own, else the project's.
"""

from typing import Any, cast

from sqlalchemy import func, or_, select
from sqlalchemy.orm import defer
from sqlmodel import Session, col

from nora_core.errors import Conflict, NotFound
from nora_core.wire.names import check_identifier
from nora_core.wire.preset import (
    Preset,
    PresetContent,
    PresetInfo,
    PresetMark,
    PresetSave,
)
from nora_core.wire.project import Action
from nora_server.database.accounts import Account
from nora_server.database.columns import utc_now
from nora_server.database.views import StoredPreset
from nora_server.history import events
from nora_server.rights.actor import Actor
from nora_server.rights.query import actions_in, project_for
from nora_server.services.preset_rights import may_change, require_change, require_mark
from nora_server.services.preset_undo import STANDARD, state_of

PRIVATE = PresetMark.PRIVATE.value
MAX_PRESETS = 500
"""Of one user in one project."""
PRIVATE_ACTIONS = ("preset.save_private", "preset.delete_private")
"""Events of which nobody else learns."""


def list_presets(actor: Actor, session: Session, project: str) -> list[PresetInfo]:
    """Return the presets that the actor may use, by name."""
    project_id = project_for(actor, session, project, Action.READ).id or 0
    actions = actions_in(actor, session, project_id)
    query = (
        select(StoredPreset, col(Account.name))
        .options(defer(cast("Any", StoredPreset.content)))
        .join(Account, col(Account.id) == col(StoredPreset.owner_id))
        .where(
            col(StoredPreset.project_id) == project_id,
            col(StoredPreset.deleted_at).is_(None),
            or_(
                col(StoredPreset.mark) != PRIVATE,
                col(StoredPreset.owner_id) == actor.account_id,
            ),
        )
    )
    rows = sorted(session.execute(query), key=lambda row: row[0].mark == PRIVATE)
    by_name = {row.name: _info(actor, actions, row, owner) for row, owner in rows}
    return [by_name[name] for name in sorted(by_name)]


def get_preset(actor: Actor, session: Session, project: str, name: str) -> Preset:
    """Return one preset."""
    project_id = project_for(actor, session, project, Action.READ).id or 0
    row = _own(actor, session, project_id, name) or _shared(session, project_id, name)
    if row is None:
        raise _missing(name)
    return _whole(actor, session, row)


def save_preset(
    actor: Actor, session: Session, project: str, name: str, save: PresetSave
) -> Preset:
    """Make a preset, or overwrite the one of this name that the mark means.

    A private one never collides with another user's. There is one standard preset
    in a project: making another the standard leaves the one before readable.

    Raises
    ------
    Forbidden
        If the actor may not overwrite it, or not give it this mark.
    Conflict
        If it is new, and the actor has very many already.
    """
    project_id = project_for(actor, session, project, Action.SHARE).id or 0
    name = check_identifier(name, "name")
    row = _meant(actor, session, project_id, name, save.mark)
    before = None if row is None else PresetMark(row.mark)
    if row is not None:
        require_change(actor, session, row)
    if save.mark is not before:
        require_mark(actor, session, project_id, save.mark, before)
    undo = [] if row is None else [state_of(row)]
    if save.mark.is_standard:
        undo += _end_other_standards(session, project_id, row)
    if row is None:
        _refuse_too_many(actor, session, project_id)
        row = StoredPreset(
            project_id=project_id,
            owner_id=actor.account_id,
            name=name,
            mark=save.mark.value,
            content={},
        )
    row.mark = save.mark.value
    row.content = save.content.model_dump(mode="json")
    row.changed_at = utc_now()
    session.add(row)
    session.flush()
    undo = undo if before else [{"id": row.id, "old": None}, *undo]
    is_private = save.mark is PresetMark.PRIVATE and before in (None, save.mark)
    _record(session, actor, row, "preset.save", undo, is_private=is_private)
    return _whole(actor, session, row)


def delete_preset(actor: Actor, session: Session, project: str, name: str) -> None:
    """Delete a preset; a shared one comes back by undoing the event."""
    project_id = project_for(actor, session, project, Action.SHARE).id or 0
    row = _own(actor, session, project_id, name) or _shared(session, project_id, name)
    if row is None:
        raise _missing(name)
    require_change(actor, session, row)
    is_private = row.mark == PRIVATE
    _record(
        *(session, actor, row, "preset.delete", [state_of(row)]),
        is_private=is_private,
    )
    row.deleted_at = utc_now()
    session.add(row)
    session.flush()


def _meant(
    actor: Actor, session: Session, project_id: int, name: str, mark: PresetMark
) -> StoredPreset | None:
    own = _own(actor, session, project_id, name)
    shared = _shared(session, project_id, name)
    if mark is not PresetMark.PRIVATE:
        return shared or own
    is_mine = shared is not None and shared.owner_id == actor.account_id
    return own or (shared if is_mine else None)


def _own(
    actor: Actor, session: Session, project_id: int, name: str
) -> StoredPreset | None:
    query = select(StoredPreset).where(
        col(StoredPreset.project_id) == project_id,
        col(StoredPreset.deleted_at).is_(None),
        col(StoredPreset.name) == name,
        col(StoredPreset.mark) == PRIVATE,
        col(StoredPreset.owner_id) == actor.account_id,
    )
    return session.scalar(query)


def _shared(session: Session, project_id: int, name: str) -> StoredPreset | None:
    query = select(StoredPreset).where(
        col(StoredPreset.project_id) == project_id,
        col(StoredPreset.deleted_at).is_(None),
        col(StoredPreset.name) == name,
        col(StoredPreset.mark) != PRIVATE,
    )
    return session.scalar(query)


def _refuse_too_many(actor: Actor, session: Session, project_id: int) -> None:
    query = select(func.count()).where(
        col(StoredPreset.project_id) == project_id,
        col(StoredPreset.owner_id) == actor.account_id,
        col(StoredPreset.deleted_at).is_(None),
    )
    if (session.scalar(query) or 0) >= MAX_PRESETS:
        raise Conflict(
            f"you have {MAX_PRESETS} presets in this project, which is the most; "
            "delete some, or overwrite one"
        )


def _end_other_standards(
    session: Session, project_id: int, row: StoredPreset | None
) -> list[dict[str, Any]]:
    query = select(StoredPreset).where(
        col(StoredPreset.project_id) == project_id,
        col(StoredPreset.deleted_at).is_(None),
        col(StoredPreset.mark).in_(STANDARD),
        col(StoredPreset.id) != (0 if row is None else row.id),
    )
    undo = []
    for other in session.scalars(query):
        undo.append(state_of(other))
        other.mark = PresetMark.READABLE.value
        session.add(other)
    session.flush()
    return undo


def _record(
    session: Session,
    actor: Actor,
    row: StoredPreset,
    action: str,
    undo: list[dict[str, Any]],
    *,
    is_private: bool,
) -> None:
    events.record(
        session,
        actor,
        row.project_id,
        f"{action}_private" if is_private else action,
        f"preset {row.id}",
        {} if is_private else {"name": row.name, "mark": row.mark},
        way_back=None if is_private else {"presets": undo},
    )


def _info(
    actor: Actor, actions: set[Action], row: StoredPreset, owner: str
) -> PresetInfo:
    return PresetInfo(
        name=row.name,
        mark=PresetMark(row.mark),
        owner=owner,
        changed_at=row.changed_at,
        may_change=may_change(actor, actions, row),
    )


def _whole(actor: Actor, session: Session, row: StoredPreset) -> Preset:
    owner = session.get_one(Account, row.owner_id).name
    actions = actions_in(actor, session, row.project_id)
    info = _info(actor, actions, row, owner)
    content = PresetContent.model_validate(row.content)
    return Preset(**info.model_dump(), content=content)


def _missing(name: str) -> NotFound:
    return NotFound(f"no preset {name!r} in this project; list them first")
