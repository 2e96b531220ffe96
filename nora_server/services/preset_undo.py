"""Gives presets an earlier state, where rights and names still let it."""

from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from nora_core.errors import Conflict
from nora_core.wire.preset import PresetMark
from nora_server.database.columns import utc_now
from nora_server.database.views import StoredPreset
from nora_server.rights.actor import Actor
from nora_server.services.preset_rights import require_change

_CHANGED = "the preset, or another of its name, has changed since; save it again"
_PRIVATE = PresetMark.PRIVATE.value
STANDARD = [mark.value for mark in PresetMark if mark.is_standard]


def state_of(row: StoredPreset) -> dict[str, Any]:
    """Return what the history keeps of a preset, to bring it back."""
    if row.deleted_at is not None or row.id is None:
        return {"id": row.id, "old": None}
    return {
        "id": row.id,
        "old": row.model_dump(include={"owner_id", "mark", "content"}),
    }


def undo_presets(
    actor: Actor, session: Session, project_id: int, content: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Give presets an earlier state; return what takes that back again.

    Raises
    ------
    Conflict
        If one has become private, or its name is taken, or another is the
        standard, since.
    """
    pairs = [(session.get_one(StoredPreset, e["id"]), e["old"]) for e in content]
    if any(old is not None and old["mark"] in STANDARD for _, old in pairs):
        _refuse_second_standard(session, project_id, [row.id for row, _ in pairs])
    back = [state_of(row) for row, _ in pairs]
    for row, old in pairs:
        _require_right(actor, session, row, old)
        if old is not None:
            _refuse_taken(session, row, old)
    now = utc_now()
    for row, old in pairs:
        row.changed_at = now
        row.deleted_at = now if old is None else None
        row.sqlmodel_update(old or {})
        session.add(row)
    session.flush()
    return back


def _require_right(
    actor: Actor, session: Session, row: StoredPreset, old: dict[str, Any] | None
) -> None:
    is_live = row.deleted_at is None
    if is_live and row.mark == _PRIVATE and row.owner_id != actor.account_id:
        raise Conflict(_CHANGED)
    if is_live:
        require_change(actor, session, row)
    if old is not None and old["mark"] != _PRIVATE:
        earlier = StoredPreset(**{**row.model_dump(), **old})
        require_change(actor, session, earlier)


def _refuse_second_standard(
    session: Session, project_id: int, undone: list[int | None]
) -> None:
    query = select(col(StoredPreset.name)).where(
        col(StoredPreset.project_id) == project_id,
        col(StoredPreset.deleted_at).is_(None),
        col(StoredPreset.mark).in_(STANDARD),
        col(StoredPreset.id).not_in(undone),
    )
    name = session.scalar(query)
    if name is not None:
        raise Conflict(
            f"{name!r} has become the project's standard preset since; "
            "give it another mark first"
        )


def _refuse_taken(session: Session, row: StoredPreset, old: dict[str, Any]) -> None:
    is_private = old["mark"] == _PRIVATE
    query = select(col(StoredPreset.id)).where(
        col(StoredPreset.project_id) == row.project_id,
        col(StoredPreset.name) == row.name,
        col(StoredPreset.deleted_at).is_(None),
        col(StoredPreset.id) != row.id,
        (col(StoredPreset.mark) == _PRIVATE)
        & (col(StoredPreset.owner_id) == old["owner_id"])
        if is_private
        else col(StoredPreset.mark) != _PRIVATE,
    )
    if session.scalar(query) is not None:
        raise Conflict(_CHANGED)
