"""Rights as one query that services join."""

from sqlalchemy import Select, false, literal, select
from sqlmodel import Session, col

from nora_core.errors import Forbidden, NotFound
from nora_core.wire.project import Action
from nora_server.database.accounts import Membership, Project
from nora_server.rights.actor import Actor
from nora_server.rights.reasons import explain
from nora_server.rights.roles import SCOPE_ACTIONS, roles_with


def allowed(actor: Actor, action: Action) -> Select[int | None]:
    """Select the ids of the projects in which ``actor`` may do ``action``.

    Use it as a subquery: ``select(Study).where(col(Study.project_id).in_(
    allowed(actor, Action.READ)))``.
    """
    query = select(col(Project.id))
    if action not in SCOPE_ACTIONS[actor.scope]:
        return query.where(false())
    if actor.token_project_id is not None:
        query = query.where(col(Project.id) == actor.token_project_id)
    if actor.is_admin:
        return query
    memberships = select(col(Membership.project_id)).where(
        col(Membership.account_id) == actor.account_id,
        col(Membership.role).in_([literal(role.value) for role in roles_with(action)]),
    )
    return query.where(col(Project.id).in_(memberships))


def project_for(actor: Actor, session: Session, name: str, action: Action) -> Project:
    """Return the project of this name if ``actor`` may do ``action`` in it.

    Raises
    ------
    NotFound
        If there is none, or the actor may not read it: in the same words.
    Forbidden
        If the actor may read it but not do ``action``; says why.
    """
    if "\0" in name:
        raise missing_project(name)
    project = session.scalar(select(Project).where(col(Project.name) == name))
    return _checked(actor, session, project, name, action)


def project_of_id(
    actor: Actor, session: Session, project_id: int, action: Action
) -> Project:
    """Return the project of this id, as :func:`project_for` does by name."""
    project = session.get(Project, project_id)
    return _checked(actor, session, project, str(project_id), action)


def may(actor: Actor, session: Session, project_id: int, action: Action) -> bool:
    """Tell whether ``actor`` may do ``action`` in the project of this id."""
    query = allowed(actor, action).where(col(Project.id) == project_id)
    return session.scalar(query) is not None


def actions_in(actor: Actor, session: Session, project_id: int) -> set[Action]:
    """Return all that ``actor`` may do in the project of this id."""
    return {action for action in Action if may(actor, session, project_id, action)}


def missing_project(name: str) -> NotFound:
    """Make the one answer for projects that do not exist or may not be seen."""
    return NotFound(
        f"no project {name!r}, or no right to see it; "
        "ask its project admin to be made a member"
    )


def _checked(
    actor: Actor, session: Session, project: Project | None, name: str, action: Action
) -> Project:
    if project is None or project.id is None:
        raise missing_project(name)
    if may(actor, session, project.id, action):
        return project
    if not may(actor, session, project.id, Action.READ):
        raise missing_project(name)
    raise Forbidden(explain(actor, session, project, action).reason)
