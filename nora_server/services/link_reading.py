"""Finds links, for those who may read every file that a link shows.

All others get the answer for a link that does not exist, made by the same queries.
"""

from sqlalchemy import func, select
from sqlmodel import Session, col

from nora_core.errors import NotFound
from nora_core.wire.link import LinkInfo, LinkVersion, SharedLink
from nora_core.wire.project import Action
from nora_core.wire.scene import Scene
from nora_server.database.accounts import Account, Project
from nora_server.database.views import Link, LinkBytes, LinkState
from nora_server.rights.actor import Actor
from nora_server.rights.query import allowed, may, project_for
from nora_server.services.link_scenes import resolve_layers

PREVIEW = "preview.png"
MAX_LISTED = 1000
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


def list_links(actor: Actor, session: Session, project: str) -> list[LinkInfo]:
    """Return the actor's links in a project, newest first; all for who manages it."""
    project_id = project_for(actor, session, project, Action.READ).id or 0
    query = (
        select(Link, LinkState)
        .join(
            LinkState,
            (col(LinkState.link_id) == col(Link.id))
            & (col(LinkState.version) == col(Link.version)),
        )
        .where(col(Link.project_id) == project_id, col(Link.deleted_at).is_(None))
        .order_by(col(LinkState.saved_at).desc(), col(Link.id))
        .limit(MAX_LISTED)
    )
    if not may(actor, session, project_id, Action.MANAGE):
        query = query.where(col(Link.owner_id) == actor.account_id)
    return [
        info(actor, session, link, state)
        for link, state in session.execute(query)
        if reads_all(actor, session, state.project_ids)
    ]


def list_versions(actor: Actor, session: Session, link_id: str) -> list[LinkVersion]:
    """Return the states that a link has had, newest first, of those one may see."""
    find_link(actor, session, link_id, None)
    query = (
        select(LinkState, col(Account.name))
        .join(Account, col(Account.id) == col(LinkState.saved_by))
        .where(col(LinkState.link_id) == link_id)
        .order_by(col(LinkState.version).desc())
    )
    return [
        LinkVersion(
            version=state.version,
            saved_at=state.saved_at,
            saved_by=name,
            comment=state.scene.get("comment", ""),
        )
        for state, name in session.execute(query)
        if reads_all(actor, session, state.project_ids)
    ]


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
    is_owner = link.owner_id == actor.account_id
    needed = Action.SHARE if is_owner else Action.WRITE
    return may(actor, session, link.project_id, needed)


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
