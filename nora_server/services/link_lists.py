"""Lists of links and of their versions, in few queries and without their scenes."""

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from nora_core.wire.link import LinkInfo, LinkVersion
from nora_core.wire.project import Action
from nora_server.database.accounts import Account
from nora_server.database.views import Link, LinkBytes, LinkState
from nora_server.rights.actor import Actor
from nora_server.rights.query import actions_in, allowed, project_for
from nora_server.services.link_reading import (
    PREVIEW,
    action_to_change,
    find_link,
)

MAX_LISTED = 1000
_Owner = aliased(Account)
_Author = aliased(Account)
_COMMENT = col(LinkState.scene)["comment"].as_string()


def list_links(actor: Actor, session: Session, project: str) -> list[LinkInfo]:
    """Return the actor's links in a project, newest first; all for who manages it."""
    project_row = project_for(actor, session, project, Action.READ)
    project_id = project_row.id or 0
    actions = actions_in(actor, session, project_id)
    readable = _readable(actor, session)
    query = _newest_states().where(
        col(Link.project_id) == project_id, col(Link.deleted_at).is_(None)
    )
    if Action.MANAGE not in actions:
        query = query.where(col(Link.owner_id) == actor.account_id)
    return [
        LinkInfo(
            id=link.id,
            project=project_row.name,
            owner=owner,
            version=link.version,
            created_at=link.created_at,
            changed_at=saved_at,
            changed_by=author,
            comment=comment or "",
            has_preview=has_preview,
            may_change=action_to_change(actor, link) in actions,
        )
        for link, needed, saved_at, comment, owner, author, has_preview in (
            session.execute(query)
        )
        if readable.issuperset(needed)
    ]


def list_versions(actor: Actor, session: Session, link_id: str) -> list[LinkVersion]:
    """Return the states that a link has had, newest first, of those one may see."""
    find_link(actor, session, link_id, None)
    readable = _readable(actor, session)
    query = (
        select(
            col(LinkState.version),
            col(LinkState.project_ids),
            col(LinkState.saved_at),
            _COMMENT,
            col(Account.name),
        )
        .join(Account, col(Account.id) == col(LinkState.saved_by))
        .where(col(LinkState.link_id) == link_id)
        .order_by(col(LinkState.version).desc())
    )
    return [
        LinkVersion(
            version=version, saved_at=saved_at, saved_by=name, comment=comment or ""
        )
        for version, needed, saved_at, comment, name in session.execute(query)
        if readable.issuperset(needed)
    ]


def _newest_states() -> Select[*tuple[Any, ...]]:
    """Ask for links with what their newest version says, but for the scene."""
    has_preview = (
        select(col(LinkBytes.link_id))
        .where(
            col(LinkBytes.link_id) == col(Link.id),
            col(LinkBytes.version) == col(Link.version),
            col(LinkBytes.name) == PREVIEW,
        )
        .exists()
    )
    return (
        select(
            Link,
            col(LinkState.project_ids),
            col(LinkState.saved_at),
            _COMMENT,
            col(_Owner.name),
            col(_Author.name),
            has_preview,
        )
        .join(
            LinkState,
            (col(LinkState.link_id) == col(Link.id))
            & (col(LinkState.version) == col(Link.version)),
        )
        .join(_Owner, col(_Owner.id) == col(Link.owner_id))
        .join(_Author, col(_Author.id) == col(LinkState.saved_by))
        .order_by(col(LinkState.saved_at).desc(), col(Link.id))
        .limit(MAX_LISTED)
    )


def _readable(actor: Actor, session: Session) -> set[int | None]:
    return set(session.scalars(allowed(actor, Action.READ)))
