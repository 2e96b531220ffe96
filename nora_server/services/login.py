"""Log in and out."""

from datetime import timedelta

from sqlalchemy import select, update
from sqlmodel import Session, col

from nora_core.errors import WrongPassword
from nora_core.wire.account import IssuedToken, LogIn, Scope
from nora_server.database.accounts import Account, Token
from nora_server.database.columns import utc_now
from nora_server.history.events import record
from nora_server.parts import Parts
from nora_server.rights.actor import Actor
from nora_server.services.tokens import issue_token

LOGIN_TOKEN_NAME = "log-in"


def log_in(parts: Parts, login: LogIn, address: str) -> IssuedToken:
    """Exchange name and password for a token.

    Raises
    ------
    WrongPassword
        In the same words for unknown, disabled and mistyped.
    TooManyAttempts
        After too many wrong passwords.
    """
    account = _find_account(parts, login.name)
    usable = account if account is not None and not account.is_disabled else None
    password = login.password.get_secret_value()
    known_hash = usable.password_hash if usable else None
    if not parts.gate.lets_in(login.name, known_hash, password, address):
        raise WrongPassword("user name and password do not fit; check both")
    if usable is None or known_hash is None:
        raise WrongPassword("user name and password do not fit; check both")
    newer_hash = _stronger_hash(parts, known_hash, password)
    actor = Actor.of_account(usable)
    with parts.database.write() as session:
        if newer_hash is not None:
            _store_hash(session, actor, newer_hash)
        issued = issue_token(
            session,
            Token(
                account_id=actor.account_id,
                name=LOGIN_TOKEN_NAME,
                secret_sha256="",
                scope=Scope.ADMIN.value,
                expires_at=utc_now()
                + timedelta(hours=parts.settings.login.session_hours),
            ),
        )
        record(
            session, actor, None, "accounts.log_in", f"account {actor.account_id}", {}
        )
    return issued


def log_out(actor: Actor, parts: Parts) -> None:
    """End the token with which the actor came."""
    with parts.database.write() as session:
        session.execute(
            update(Token)
            .where(col(Token.id) == actor.token_id)
            .values(revoked_at=utc_now())
        )
        record(
            session, actor, None, "accounts.log_out", f"account {actor.account_id}", {}
        )


def _find_account(parts: Parts, name: str) -> Account | None:
    if "\0" in name:
        return None
    with parts.database.read() as session:
        account: Account | None = session.scalar(
            select(Account).where(col(Account.name) == name)
        )
        return account


def _stronger_hash(parts: Parts, known_hash: str, password: str) -> str | None:
    passwords = parts.gate.passwords
    return passwords.hash(password) if passwords.is_outdated(known_hash) else None


def _store_hash(session: Session, actor: Actor, password_hash: str) -> None:
    session.execute(
        update(Account)
        .where(col(Account.id) == actor.account_id)
        .values(password_hash=password_hash)
    )
