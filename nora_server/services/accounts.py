"""Users: who there is, new ones, and changes to them."""

from sqlalchemy import func, select
from sqlmodel import Session, col

from nora_core.errors import Conflict, Forbidden, NotFound, WrongPassword
from nora_core.wire.account import NewUser, Scope, UserChange, UserInfo
from nora_server.database.accounts import Account
from nora_server.history.events import record
from nora_server.parts import Parts
from nora_server.rights.actor import Actor, require_server_admin
from nora_server.services.tokens import revoke_all_tokens


def show_myself(actor: Actor, parts: Parts) -> UserInfo:
    """Return the actor's own account."""
    with parts.database.read() as session:
        return _user_info(find_account(session, actor.name))


def list_users(actor: Actor, parts: Parts) -> list[UserInfo]:
    """List all users, by name; for server admins."""
    require_server_admin(actor, "list users")
    with parts.database.read() as session:
        accounts = session.scalars(select(Account).order_by(col(Account.name))).all()
    return [_user_info(account) for account in accounts]


def create_user(actor: Actor, parts: Parts, new: NewUser) -> UserInfo:
    """Make a user; for server admins.

    Raises
    ------
    Conflict
        If the name is taken.
    """
    require_server_admin(actor, "make users")
    password_hash = parts.gate.passwords.hash(new.password.get_secret_value())
    with parts.database.write() as session:
        account = add_account(session, new, password_hash)
        details = {"is_admin": account.is_admin}
        record(
            session, actor, None, "accounts.create", f"account {account.id}", details
        )
        return _user_info(account)


def add_account(session: Session, new: NewUser, password_hash: str) -> Account:
    """Store a new account.

    Raises
    ------
    Conflict
        If the name is taken.
    """
    taken = session.scalar(select(col(Account.id)).where(col(Account.name) == new.name))
    if taken is not None:
        raise Conflict(f"a user {new.name!r} exists already; choose another name")
    account = Account(
        name=new.name,
        display_name=new.display_name,
        password_hash=password_hash,
        is_admin=new.is_admin,
    )
    session.add(account)
    session.flush()
    return account


def change_user(actor: Actor, parts: Parts, name: str, change: UserChange) -> UserInfo:
    """Change a user: server admins anyone, others their own name and password.

    A new password ends all other log-ins and tokens of the user; a disabled
    user is out at once.
    """
    itself = name == actor.name
    _require_right_to_change(actor, itself, change)
    new_hash = None
    if change.password is not None:
        if itself:
            _require_current_password(actor, parts, change)
        new_hash = parts.gate.passwords.hash(change.password.get_secret_value())
    with parts.database.write() as session:
        account = find_account(session, name)
        changed = apply_change(session, account, change, new_hash)
        if "password" in changed or account.is_disabled:
            revoke_all_tokens(
                session, account.id or 0, actor.token_id if itself else None
            )
        details = {"changed": changed}
        record(
            session, actor, None, "accounts.change", f"account {account.id}", details
        )
        return _user_info(account)


def apply_change(
    session: Session, account: Account, change: UserChange, new_hash: str | None
) -> list[str]:
    """Change the row of an account and return the names of what changed.

    Raises
    ------
    Conflict
        If no enabled server admin would be left.
    """
    values = change.model_dump(
        exclude={"password", "current_password"}, exclude_none=True
    )
    changed = [key for key, value in values.items() if getattr(account, key) != value]
    for key in changed:
        setattr(account, key, values[key])
    if new_hash is not None:
        account.password_hash = new_hash
        changed.append("password")
    session.add(account)
    session.flush()
    if {"is_admin", "is_disabled"} & set(changed):
        _require_some_admin(session)
    return changed


def has_users(parts: Parts) -> bool:
    """Tell whether anybody could log in."""
    with parts.database.read() as session:
        return session.scalar(select(col(Account.id)).limit(1)) is not None


def find_account(session: Session, name: str) -> Account:
    """Return the account of this name.

    Raises
    ------
    NotFound
        If there is none.
    """
    account: Account | None = None
    if "\0" not in name:
        account = session.scalar(select(Account).where(col(Account.name) == name))
    if account is None:
        raise NotFound(f"no user {name!r}; a server admin can make one")
    return account


def _require_right_to_change(actor: Actor, itself: bool, change: UserChange) -> None:
    of_admins = change.is_admin is not None or change.is_disabled is not None
    if of_admins or not itself:
        require_server_admin(actor, "change users")
    elif actor.scope is not Scope.ADMIN or actor.token_project_id is not None:
        raise Forbidden("this token is limited, so it may not change users; log in")


def _require_current_password(actor: Actor, parts: Parts, change: UserChange) -> None:
    current = change.current_password
    with parts.database.read() as session:
        known_hash = find_account(session, actor.name).password_hash
    fits = current is not None and parts.gate.lets_in(
        actor.name, known_hash, current.get_secret_value(), "change of password"
    )
    if not fits:
        raise WrongPassword("current_password does not fit; send it with the new one")


def _require_some_admin(session: Session) -> None:
    query = select(func.count()).where(
        col(Account.is_admin).is_(True), col(Account.is_disabled).is_(False)
    )
    if not session.scalar(query):
        raise Conflict(
            "this would leave no enabled server admin; make another one first"
        )


def _user_info(account: Account) -> UserInfo:
    return UserInfo.model_validate(account, from_attributes=True)
