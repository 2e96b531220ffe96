"""``nora admin project`` and ``nora admin member``."""

from __future__ import annotations

from collections.abc import Mapping

import click
from sqlalchemy import delete, select
from sqlmodel import Session, col

from nora_core.errors import NotFound
from nora_core.wire.account import Role
from nora_core.wire.names import check_identifier
from nora_core.wire.project import NewProject
from nora_server.cli.opened import Admin, pass_admin
from nora_server.database.accounts import Account, Membership, Project
from nora_server.history.events import record
from nora_server.services.accounts import find_account
from nora_server.services.projects import add_project, find_project, put_membership


@click.group()
def project() -> None:
    """Make and list projects."""


@project.command("list")
@pass_admin
def list_projects(admin: Admin) -> None:
    """List all projects."""
    with admin.reading() as session:
        projects = session.scalars(select(Project).order_by(col(Project.name))).all()
    for row in projects:
        click.echo(f"{row.name}\t{row.title}")


@project.command("add")
@click.argument("name")
@click.option("--title", default="", help="A title for people.")
@pass_admin
def make_project(admin: Admin, name: str, title: str) -> None:
    """Make the project NAME."""
    new = NewProject(name=check_identifier(name, "project"), title=title[:200])
    with admin.writing() as session:
        _note(session, "projects.create", add_project(session, new), {})
    click.echo(f"made project {name}")


@click.group()
def member() -> None:
    """Give users roles in projects, and take them away."""


@member.command("list")
@click.argument("project_name", metavar="PROJECT")
@pass_admin
def list_members(admin: Admin, project_name: str) -> None:
    """List the members of PROJECT with their roles."""
    with admin.reading() as session:
        found = find_project(session, project_name)
        rows = session.execute(
            select(col(Account.name), col(Membership.role))
            .join(Membership, col(Membership.account_id) == col(Account.id))
            .where(col(Membership.project_id) == found.id)
            .order_by(col(Account.name))
        ).all()
    for name, role in rows:
        click.echo(f"{name}\t{role}")


@member.command("set")
@click.argument("project_name", metavar="PROJECT")
@click.argument("user_name", metavar="USER")
@click.argument("role", type=click.Choice([role.value for role in Role]))
@pass_admin
def set_member(admin: Admin, project_name: str, user_name: str, role: str) -> None:
    """Make USER a member of PROJECT with ROLE."""
    with admin.writing() as session:
        found = find_project(session, project_name)
        account = find_account(session, user_name)
        before = put_membership(session, account, found, Role(role))
        details = {"account": account.id, "role": role, "role_before": before}
        _note(session, "members.set", found, details)
    click.echo(f"{user_name} is {role} of {project_name}")


@member.command("remove")
@click.argument("project_name", metavar="PROJECT")
@click.argument("user_name", metavar="USER")
@pass_admin
def remove_member(admin: Admin, project_name: str, user_name: str) -> None:
    """Take USER's role in PROJECT away."""
    with admin.writing() as session:
        found = find_project(session, project_name)
        account = find_account(session, user_name)
        removed = session.execute(
            delete(Membership)
            .where(
                col(Membership.account_id) == account.id,
                col(Membership.project_id) == found.id,
            )
            .returning(col(Membership.role))
        ).scalar()
        if removed is None:
            raise NotFound(f"{user_name!r} is not a member of {project_name!r}")
        details = {"account": account.id, "role_before": removed}
        _note(session, "members.remove", found, details)
    click.echo(f"{user_name} is no member of {project_name} any more")


def _note(
    session: Session, action: str, found: Project, details: Mapping[str, object]
) -> None:
    subject = f"project {found.id}"
    record(session, None, found.id, action, subject, {**details, "by": "admin"})
