"""Shared links: scenes saved under ids that nobody can guess, all versions kept."""

import secrets
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from nora_core.errors import Conflict, Forbidden, NotFound
from nora_core.wire.link import MAX_VERSIONS, LinkInfo, LinkSave
from nora_core.wire.project import Action
from nora_server.database.columns import utc_now
from nora_server.database.views import Link, LinkBytes, LinkState
from nora_server.history import events
from nora_server.rights.actor import Actor
from nora_server.rights.query import may, project_for
from nora_server.security.masks import check_masks
from nora_server.security.pictures import clean_png
from nora_server.services.link_reading import (
    PREVIEW,
    find_link,
    info,
    may_change,
    reads_all,
)
from nora_server.services.link_scenes import check_scene
from nora_server.storage import Storage

_ID_BYTES = 24


def check_bytes(storage: Storage, save: LinkSave) -> LinkSave:
    """Return what is to be saved with a preview that is a picture only.

    Done before the write transaction, as it may take a second.
    """
    sizes = [len(attachment.content) for attachment in save.attachments]
    storage.require_space(sum(sizes) + len(save.preview or b""))
    check_masks((each.name, each.content) for each in save.attachments)
    if save.preview is None:
        return save
    return save.model_copy(update={"preview": clean_png(save.preview)})


def require_share(actor: Actor, session: Session, project: str) -> None:
    """Refuse who may not make links in a project, before its bytes are looked at."""
    project_for(actor, session, project, Action.SHARE)


def require_change(actor: Actor, session: Session, link_id: str) -> Link:
    """Return the link if the actor may overwrite it.

    Raises
    ------
    Forbidden
        If the actor is neither its owner nor a writer of its project.
    """
    link, _ = find_link(actor, session, link_id, None)
    if not may_change(actor, session, link):
        raise Forbidden(
            "only its owner and writers of the project may overwrite this link; "
            "make a new one"
        )
    return link


def create_link(
    actor: Actor, session: Session, project: str, save: LinkSave
) -> LinkInfo:
    """Save a scene under a new id."""
    project_id = project_for(actor, session, project, Action.SHARE).id or 0
    link = Link(
        id=secrets.token_urlsafe(_ID_BYTES),
        project_id=project_id,
        owner_id=actor.account_id,
        version=1,
    )
    state = _add_version(actor, session, link, save)
    _record(session, actor, link, "link.create", {"deleted": True})
    return info(actor, session, link, state)


def overwrite_link(
    actor: Actor, session: Session, link_id: str, save: LinkSave
) -> LinkInfo:
    """Save another scene under the id of a link; the one before is kept.

    Raises
    ------
    Forbidden
        If the actor is neither its owner nor a writer of its project.
    Conflict
        If somebody has overwritten it since ``based_on``, or too often.
    """
    link = require_change(actor, session, link_id)
    if save.based_on not in (None, link.version):
        raise Conflict(
            f"the link is at version {link.version} now, not {save.based_on}; "
            "open it again, or make a new one"
        )
    newest = _newest_version(session, link)
    if newest >= MAX_VERSIONS:
        raise Conflict(
            f"the link has {MAX_VERSIONS} versions, which is the most; make a new one"
        )
    before = link.version
    link.version = newest + 1
    state = _add_version(actor, session, link, save)
    _record(session, actor, link, "link.overwrite", {"version": before})
    return info(actor, session, link, state)


def delete_link(actor: Actor, session: Session, link_id: str) -> None:
    """Let a link lead nowhere; undoing the event brings it back."""
    link, _ = find_link(actor, session, link_id, None)
    is_owner = link.owner_id == actor.account_id
    needed = Action.SHARE if is_owner else Action.DELETE
    if not may(actor, session, link.project_id, needed):
        raise Forbidden(
            "only its owner and writers of the project may delete this link; ask them"
        )
    link.deleted_at = utc_now()
    session.add(link)
    _record(session, actor, link, "link.delete", {"deleted": False})


def _add_version(
    actor: Actor, session: Session, link: Link, save: LinkSave
) -> LinkState:
    checked = check_scene(actor, session, link.project_id, save.scene)
    state = LinkState(
        link_id=link.id,
        version=link.version,
        project_ids=checked.project_ids,
        scene=checked.scene.model_dump(mode="json"),
        saved_by=actor.account_id,
    )
    session.add(link)
    session.flush()
    session.add(state)
    contents = {each.name: each.content for each in save.attachments}
    if save.preview is not None:
        contents[PREVIEW] = save.preview
    for name, content in contents.items():
        session.add(
            LinkBytes(link_id=link.id, version=link.version, name=name, content=content)
        )
    session.flush()
    return state


def _newest_version(session: Session, link: Link) -> int:
    """Return the last version ever saved, which undoing may have left behind."""
    query = select(func.max(col(LinkState.version))).where(
        col(LinkState.link_id) == link.id
    )
    return session.scalar(query) or 0


def undo_link(
    actor: Actor, session: Session, project_id: int, content: dict[str, Any]
) -> dict[str, Any]:
    """Give a link an earlier version, or delete or bring it back.

    Raises
    ------
    NotFound
        If it is not of this project, or the actor may not read all that it shows.
    """
    link = session.get(Link, content["id"])
    if link is None or link.project_id != project_id:
        raise NotFound("no such link in this project")
    for version in {link.version, content.get("version", link.version)}:
        state = session.get_one(LinkState, (link.id, version))
        if not reads_all(actor, session, state.project_ids):
            raise NotFound("no right to see all that the link shows; ask its owner")
    back: dict[str, Any] = {"id": link.id}
    if "version" in content:
        back["version"], link.version = link.version, content["version"]
    else:
        back["deleted"] = link.deleted_at is not None
        link.deleted_at = utc_now() if content["deleted"] else None
    session.add(link)
    session.flush()
    return back


def _record(
    session: Session, actor: Actor, link: Link, action: str, back: dict[str, Any]
) -> None:
    events.record(
        session,
        actor,
        link.project_id,
        action,
        f"link {link.id[:8]}...",
        {"version": link.version},
        way_back={"link": {"id": link.id, **back}},
    )
