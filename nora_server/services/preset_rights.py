"""Who may overwrite a preset, and who may give it which mark."""

from sqlmodel import Session

from nora_core.errors import Forbidden
from nora_core.wire.preset import PresetMark
from nora_core.wire.project import Action
from nora_server.database.views import StoredPreset
from nora_server.rights.actor import Actor
from nora_server.rights.query import actions_in, may


def require_change(actor: Actor, session: Session, row: StoredPreset) -> None:
    """Refuse to overwrite or delete what is not the actor's to change.

    Raises
    ------
    Forbidden
        With who may.
    """
    if not may_change(actor, actions_in(actor, session, row.project_id), row):
        who = {
            PresetMark.READABLE.value: "its owner and project admins",
            PresetMark.STANDARD.value: "project admins",
            PresetMark.STANDARD_WRITABLE.value: "writers of the project",
        }.get(row.mark, "its owner")
        raise Forbidden(
            f"only {who} may change the preset {row.name!r}; "
            "save yours under another name"
        )


def may_change(actor: Actor, actions: set[Action], row: StoredPreset) -> bool:
    """Tell whether the actor, who may do these in its project, may change a preset."""
    if Action.SHARE not in actions:
        return False
    is_owner = row.owner_id == actor.account_id
    if row.mark == PresetMark.PRIVATE:
        return is_owner
    if row.mark == PresetMark.READABLE and is_owner:
        return True
    needed = Action.WRITE if row.mark == PresetMark.STANDARD_WRITABLE else Action.MANAGE
    return needed in actions


def require_mark(
    actor: Actor,
    session: Session,
    project_id: int,
    mark: PresetMark,
    before: PresetMark | None,
) -> None:
    """Refuse to make a preset the project's standard, or to end that.

    Raises
    ------
    Forbidden
        To all but project admins.
    """
    touches_standard = mark.is_standard or (before is not None and before.is_standard)
    if touches_standard and not may(actor, session, project_id, Action.MANAGE):
        raise Forbidden(
            "only project admins make a preset the project's standard, or end that; "
            "ask one of them"
        )
