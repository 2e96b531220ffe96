"""``nora admin user`` and ``nora admin token``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import IO

import click
from sqlalchemy import select
from sqlmodel import Session, col

from nora_core.errors import BadInput
from nora_core.wire.account import NewUser, Scope, UserChange
from nora_core.wire.names import check_identifier
from nora_server.cli.opened import Admin, pass_admin
from nora_server.database.accounts import Account, Project, Token
from nora_server.database.columns import utc_now
from nora_server.history.events import record
from nora_server.security.passwords import Passwords
from nora_server.services.accounts import add_account, apply_change, find_account
from nora_server.services.projects import find_project
from nora_server.services.tokens import issue_token, revoke_all_tokens

password_file_option = click.option(
    "--password-file",
    type=click.File("r", encoding="utf-8"),
    help="Read the password from this file (- for standard input); else it is asked.",
)


@click.group()
def user() -> None:
    """Make, change and list users."""


@user.command("list")
@pass_admin
def list_users(admin: Admin) -> None:
    """List all users."""
    with admin.reading() as session:
        accounts = session.scalars(select(Account).order_by(col(Account.name))).all()
    for account in accounts:
        marks = ["admin"] * account.is_admin + ["disabled"] * account.is_disabled
        click.echo("\t".join([account.name, account.display_name, ",".join(marks)]))


@user.command("add")
@click.argument("name")
@click.option("--display-name", default="", help="The name that others see.")
@click.option("--admin", "is_admin", is_flag=True, help="Make a server admin.")
@password_file_option
@pass_admin
def add_user(
    admin: Admin,
    name: str,
    display_name: str,
    is_admin: bool,
    password_file: IO[str] | None,
) -> None:
    """Make the user NAME."""
    new = NewUser.model_validate(
        {
            "name": check_identifier(name, "user name"),
            "display_name": display_name[:200],
            "is_admin": is_admin,
            "password": _get_password(password_file),
        }
    )
    password_hash = Passwords().hash(new.password.get_secret_value())
    with admin.writing() as session:
        account = add_account(session, new, password_hash)
        _note(session, "accounts.create", account, {"is_admin": is_admin})
    click.echo(f"made user {name}")


@user.command("password")
@click.argument("name")
@password_file_option
@pass_admin
def set_password(admin: Admin, name: str, password_file: IO[str] | None) -> None:
    """Give the user NAME a new password; ends all of its log-ins and tokens."""
    _change(admin, name, {"password": _get_password(password_file)})


@user.command("change")
@click.argument("name")
@click.option("--display-name", help="The name that others see.")
@click.option("--admin/--no-admin", "is_admin", default=None, help="Server admin?")
@click.option(
    "--disabled/--enabled", "is_disabled", default=None, help="Locked out, at once?"
)
@pass_admin
def change_user(
    admin: Admin,
    name: str,
    display_name: str | None,
    is_admin: bool | None,
    is_disabled: bool | None,
) -> None:
    """Change the user NAME."""
    values = {
        "display_name": display_name and display_name[:200],
        "is_admin": is_admin,
        "is_disabled": is_disabled,
    }
    _change(admin, name, values)


@click.group()
def token() -> None:
    """Make, list and revoke API tokens."""


@token.command("add")
@click.argument("user_name", metavar="USER")
@click.argument("name")
@click.option(
    "--scope",
    type=click.Choice([scope.value for scope in Scope]),
    help="What the token may do at most; read if not given.",
)
@click.option("--project", help="Limit the token to this project.")
@click.option(
    "--days",
    type=click.IntRange(1, 730),
    default=90,
    show_default=True,
    help="How long it works.",
)
@pass_admin
def add_token(
    admin: Admin,
    user_name: str,
    name: str,
    scope: str | None,
    project: str | None,
    days: int,
) -> None:
    """Make the API token NAME for USER and print its secret, this once."""
    longest = admin.settings.login.max_token_days
    if days > longest:
        raise BadInput(
            f"--days is {days}; the setting login.max_token_days allows up to {longest}"
        )
    with admin.writing() as session:
        account = find_account(session, user_name)
        limit = find_project(session, project).id if project else None
        issued = issue_token(
            session,
            Token(
                account_id=account.id or 0,
                name=check_identifier(name, "token name"),
                secret_sha256="",
                scope=scope or Scope.READ.value,
                project_id=limit,
                expires_at=utc_now() + timedelta(days=days),
            ),
        )
        _note(session, "tokens.create", account, {"token": issued.id, "days": days})
    click.echo(issued.secret)


@token.command("list")
@click.argument("user_name", metavar="USER")
@pass_admin
def list_tokens(admin: Admin, user_name: str) -> None:
    """List the tokens of USER that still work."""
    with admin.reading() as session:
        account = find_account(session, user_name)
        rows = session.execute(
            select(Token, col(Project.name))
            .outerjoin(Project, col(Project.id) == col(Token.project_id))
            .where(
                col(Token.account_id) == account.id,
                col(Token.revoked_at).is_(None),
                col(Token.expires_at) > utc_now(),
            )
            .order_by(col(Token.id))
        ).all()
    for row, project in rows:
        fields = [str(row.id), row.name, row.scope, project or "all projects"]
        click.echo("\t".join([*fields, f"until {row.expires_at:%Y-%m-%d}"]))


@token.command("revoke")
@click.argument("user_name", metavar="USER")
@pass_admin
def revoke_tokens(admin: Admin, user_name: str) -> None:
    """End all tokens and log-ins of USER, at once."""
    with admin.writing() as session:
        account = find_account(session, user_name)
        revoke_all_tokens(session, account.id or 0)
        _note(session, "tokens.revoke_all", account, {})
    click.echo(f"ended all tokens of {user_name}")


def _change(admin: Admin, name: str, values: Mapping[str, object]) -> None:
    change = UserChange.model_validate(values)
    new_hash = None
    if change.password is not None:
        new_hash = Passwords().hash(change.password.get_secret_value())
    with admin.writing() as session:
        account = find_account(session, name)
        changed = apply_change(session, account, change, new_hash)
        if "password" in changed or account.is_disabled:
            revoke_all_tokens(session, account.id or 0)
        _note(session, "accounts.change", account, {"changed": changed})
        told = [_told(account, field) for field in changed]
    click.echo(f"{name} {', '.join(told) or 'was so already'}")


def _told(account: Account, field: str) -> str:
    """Say what a changed field means now, as in ``ben is locked out``."""
    if field == "is_admin":
        return "is a server admin" if account.is_admin else "is no server admin"
    if field == "is_disabled":
        return "is locked out" if account.is_disabled else "may log in again"
    if field == "password":
        return "has a new password"
    return f"is shown as {account.display_name!r}"


def _get_password(file: IO[str] | None) -> str:
    if file is not None:
        password = file.read().rstrip("\r\n")
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    if len(password) < 10:
        raise BadInput("the password has less than 10 characters; choose a longer one")
    return str(password)


def _note(
    session: Session, action: str, account: Account, details: dict[str, object]
) -> None:
    record(
        session, None, None, action, f"account {account.id}", {**details, "by": "admin"}
    )
