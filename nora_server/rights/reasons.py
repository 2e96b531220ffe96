"""Why somebody may, or may not, do something in a project."""

from sqlalchemy import select
from sqlmodel import Session, col

from nora_core.wire.account import Role
from nora_core.wire.project import Action, Explanation
from nora_server.database.accounts import Membership, Project
from nora_server.rights.actor import Actor
from nora_server.rights.roles import ROLE_ACTIONS, SCOPE_ACTIONS, roles_with


def explain(
    actor: Actor, session: Session, project: Project, action: Action
) -> Explanation:
    """Say whether ``actor`` may do ``action`` in ``project``, and for what reason."""
    role = _role_in(session, actor, project)
    allowed, reason = _judge(actor, role, project, action)
    return Explanation(
        project=project.name, action=action, allowed=allowed, reason=reason
    )


def _role_in(session: Session, actor: Actor, project: Project) -> Role | None:
    query = select(col(Membership.role)).where(
        col(Membership.account_id) == actor.account_id,
        col(Membership.project_id) == project.id,
    )
    role = session.scalar(query)
    return None if role is None else Role(role)


def _judge(
    actor: Actor, role: Role | None, project: Project, action: Action
) -> tuple[bool, str]:
    limited = _limit_by_token(actor, project, action)
    if limited:
        return False, limited
    if actor.is_admin:
        return True, f"{actor.name} is a server admin"
    if role is None:
        return False, f"{actor.name} is not a member of {project.name}"
    if action in ROLE_ACTIONS[role]:
        return True, f"{actor.name} is {role.value} of {project.name}"
    needed = " or ".join(other.value for other in roles_with(action))
    return False, (
        f"{actor.name} is {role.value} of {project.name}; "
        f"to {action.value} takes {needed}: ask its project admin"
    )


def _limit_by_token(actor: Actor, project: Project, action: Action) -> str:
    if actor.token_project_id not in (None, project.id):
        return "the token is limited to another project"
    if action not in SCOPE_ACTIONS[actor.scope]:
        return (
            f"the token's scope is {actor.scope.value}, which does not let "
            f"{action.value}; log in, or use a token of a wider scope"
        )
    return ""
