"""Finds links, for those who may read every file that a link shows.

All others get the answer for a link that does not exist, made by the same queries.
"""

from sqlalchemy import func, select
from sqlmodel import Session, col

from nora_core.errors import NotFound
from nora_core.wire.link import LinkInfo, SharedLink
from nora_core.wire.project import Action
from nora_core.wire.scene import Scene
from nora_server.database.accounts import Account, Project
from nora_server.database.views import Link, LinkBytes, LinkState
from nora_server.rights.actor import Actor
from nora_server.rights.query import allowed, may
from nora_server.services.link_scenes import resolve_layers

PREVIEW = "preview.png"
Found = tuple[Link, LinkState]


def get_link(
    actor: Actor, session: Session, link_id: str, version: int | None
) -> SharedLink:
    """Return a link with its scene and where the files are now."""
    link, state = find_link(actor, session, link_id, version)
    scene = Scene.model_validate(state.scene)
    return SharedLink(
        info=info(actor, session, link, state),
        scene=scene,
        layers=resolve_layers(session, scene),
    )


def get_bytes(
    actor: Actor, session: Session, link_id: str, name: str, version: int | None
) -> bytes:
    """Return the preview picture or an attachment of a link."""
    link, state = find_link(actor, session, link_id, version)
    row = None
    if "\0" not in name:
        row = session.get(LinkBytes, (link.id, state.version, name))
    if row is None:
        raise NotFound(f"the link has no {name}; its scene lists what it has")
    return row.content


def find_link(
    actor: Actor, session: Session, link_id: str, version: int | None
) -> Found:
    """Return a link's state if the actor may read every file that it shows.

    Raises
    ------
    NotFound
        Else, in the same words and after the same queries whatever the reason.
    """
    if "\0" in link_id:
        link_id = ""  # which PostgreSQL takes
    query = (
        select(Link, col(LinkState.version), col(LinkState.project_ids))
        .join(LinkState, col(LinkState.link_id) == col(Link.id))
        .where(
            col(Link.id) == link_id,
            col(Link.deleted_at).is_(None),
            col(LinkState.version) == (version or col(Link.version)),
        )
    )
    found = session.execute(query).one_or_none()
    is_readable = reads_all(actor, session, [0] if found is None else found[2])
    if found is None or not is_readable:
        raise NotFound(
            "no such link, or no right to see all that it shows; ask who gave it to you"
        )
    return found[0], session.get_one(LinkState, (link_id, found[1]))


def reads_all(actor: Actor, session: Session, project_ids: list[int]) -> bool:
    """Tell whether the actor may read every one of these projects."""
    query = (
        select(func.count())
        .select_from(Project)
        .where(
            col(Project.id).in_(allowed(actor, Action.READ)),
            col(Project.id).in_(project_ids),
        )
    )
    return session.scalar(query) == len(project_ids)


def may_change(actor: Actor, session: Session, link: Link) -> bool:
    """Tell whether the actor may overwrite a link."""
    return may(actor, session, link.project_id, action_to_change(actor, link))


def action_to_change(actor: Actor, link: Link) -> Action:
    """Return what one must be allowed in a link's project to overwrite it."""
    return Action.SHARE if link.owner_id == actor.account_id else Action.WRITE


def info(actor: Actor, session: Session, link: Link, state: LinkState) -> LinkInfo:
    """Pack a link in one of its states for the wire."""
    preview = select(func.count()).where(
        col(LinkBytes.link_id) == link.id,
        col(LinkBytes.version) == state.version,
        col(LinkBytes.name) == PREVIEW,
    )
    return LinkInfo(
        id=link.id,
        project=session.get_one(Project, link.project_id).name,
        owner=session.get_one(Account, link.owner_id).name,
        version=state.version,
        created_at=link.created_at,
        changed_at=state.saved_at,
        changed_by=session.get_one(Account, state.saved_by).name,
        comment=state.scene.get("comment", ""),
        has_preview=bool(session.scalar(preview)),
        may_change=may_change(actor, session, link),
    )
