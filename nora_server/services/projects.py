"""Projects, their members, and why somebody may do something in them."""

from typing import Any

from sqlalchemy import delete, select
from sqlmodel import Session, col

from nora_core.errors import Conflict, NotFound
from nora_core.wire.account import Role
from nora_core.wire.project import (
    Action,
    Explanation,
    Member,
    NewProject,
    ProjectChange,
    ProjectInfo,
)
from nora_server.database.accounts import Account, Membership, Project
from nora_server.history.events import record
from nora_server.parts import Parts
from nora_server.rights.actor import Actor, require_server_admin
from nora_server.rights.query import allowed, may, project_for
from nora_server.rights.reasons import explain
from nora_server.services.accounts import find_account


def list_projects(actor: Actor, parts: Parts) -> list[ProjectInfo]:
    """List the projects that the actor may read, by name."""
    query = (
        select(Project)
        .where(col(Project.id).in_(allowed(actor, Action.READ)))
        .order_by(col(Project.name))
    )
    with parts.database.read() as session:
        projects = session.scalars(query).all()
        allowed_ids = {
            action: set(session.scalars(allowed(actor, action))) for action in Action
        }
    return [
        ProjectInfo(
            name=project.name,
            title=project.title,
            actions=[a for a in Action if project.id in allowed_ids[a]],
        )
        for project in projects
    ]


def show_project(actor: Actor, parts: Parts, name: str) -> ProjectInfo:
    """Return a project that the actor may read."""
    with parts.database.read() as session:
        project = project_for(actor, session, name, Action.READ)
        return _project_info(actor, session, project)


def create_project(actor: Actor, parts: Parts, new: NewProject) -> ProjectInfo:
    """Make a project; for server admins.

    Raises
    ------
    Conflict
        If the name is taken.
    """
    require_server_admin(actor, "make projects")
    with parts.database.write() as session:
        project = add_project(session, new)
        record(
            session, actor, project.id, "projects.create", f"project {project.id}", {}
        )
        return _project_info(actor, session, project)


def add_project(session: Session, new: NewProject) -> Project:
    """Store a new project.

    Raises
    ------
    Conflict
        If the name is taken.
    """
    taken = session.scalar(select(col(Project.id)).where(col(Project.name) == new.name))
    if taken is not None:
        raise Conflict(f"a project {new.name!r} exists already; choose another name")
    project = Project(name=new.name, title=new.title)
    session.add(project)
    session.flush()
    return project


def change_project(
    actor: Actor, parts: Parts, name: str, change: ProjectChange
) -> ProjectInfo:
    """Change a project's title."""
    with parts.database.write() as session:
        project = project_for(actor, session, name, Action.MANAGE)
        if change.title is not None and change.title != project.title:
            details = {"title": change.title, "title_before": project.title}
            project.title = change.title
            session.add(project)
            _record(session, actor, project, "projects.change", details)
        return _project_info(actor, session, project)


def list_members(actor: Actor, parts: Parts, name: str) -> list[Member]:
    """List a project's members, by name; for who manages it."""
    with parts.database.read() as session:
        project = project_for(actor, session, name, Action.MANAGE)
        query = (
            select(col(Account.name), col(Membership.role))
            .join(Membership, col(Membership.account_id) == col(Account.id))
            .where(col(Membership.project_id) == project.id)
            .order_by(col(Account.name))
        )
        rows = session.execute(query).all()
    return [Member(user=user, role=Role(role)) for user, role in rows]


def set_member(actor: Actor, parts: Parts, name: str, user: str, role: Role) -> Member:
    """Make a user a member of a project, or change the role."""
    with parts.database.write() as session:
        project = project_for(actor, session, name, Action.MANAGE)
        account = find_account(session, user)
        before = put_membership(session, account, project, role)
        details = {"account": account.id, "role": role.value, "role_before": before}
        _record(session, actor, project, "members.set", details)
    return Member(user=account.name, role=role)


def put_membership(
    session: Session, account: Account, project: Project, role: Role
) -> str | None:
    """Store a role and return the one before."""
    membership = _find_membership(session, account, project)
    if membership is None:
        session.add(
            Membership(
                account_id=account.id or 0,
                project_id=project.id or 0,
                role=role.value,
            )
        )
        return None
    before = membership.role
    membership.role = role.value
    session.add(membership)
    return before


def remove_member(actor: Actor, parts: Parts, name: str, user: str) -> None:
    """Take a user's role in a project away.

    Raises
    ------
    NotFound
        If the user is no member.
    """
    with parts.database.write() as session:
        project = project_for(actor, session, name, Action.MANAGE)
        account = find_account(session, user)
        membership = _find_membership(session, account, project)
        if membership is None:
            raise NotFound(f"{user!r} is not a member of {name!r}; nothing to remove")
        session.execute(delete(Membership).where(col(Membership.id) == membership.id))
        details = {"account": account.id, "role_before": membership.role}
        _record(session, actor, project, "members.remove", details)


def explain_rights(actor: Actor, parts: Parts, name: str) -> list[Explanation]:
    """Say for each action whether the actor may do it in a project, and why."""
    with parts.database.read() as session:
        project = project_for(actor, session, name, Action.READ)
        return [explain(actor, session, project, action) for action in Action]


def find_project(session: Session, name: str) -> Project:
    """Return the project of this name, without asking for rights.

    Raises
    ------
    NotFound
        If there is none.
    """
    project: Project | None = session.scalar(
        select(Project).where(col(Project.name) == name)
    )
    if project is None:
        raise NotFound(f"no project {name!r}; `nora admin project list` shows all")
    return project


def _find_membership(
    session: Session, account: Account, project: Project
) -> Membership | None:
    membership: Membership | None = session.scalar(
        select(Membership).where(
            col(Membership.account_id) == account.id,
            col(Membership.project_id) == project.id,
        )
    )
    return membership


def _record(
    session: Session,
    actor: Actor,
    project: Project,
    action: str,
    details: dict[str, Any],
) -> None:
    record(session, actor, project.id, action, f"project {project.id}", details)


def _project_info(actor: Actor, session: Session, project: Project) -> ProjectInfo:
    return ProjectInfo(
        name=project.name,
        title=project.title,
        actions=[a for a in Action if may(actor, session, project.id or 0, a)],
    )
