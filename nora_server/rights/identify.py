"""Find the actor behind a token; asked anew for each request."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlmodel import Session, col

from nora_core.errors import NotLoggedIn
from nora_core.wire.account import Scope
from nora_server.database.accounts import Account, Token
from nora_server.database.columns import utc_now
from nora_server.database.engine import Database
from nora_server.rights.actor import Actor
from nora_server.security.secrets import hash_secret

_USE_NOTED_EVERY = timedelta(minutes=10)


def actor_of_secret(database: Database, secret: str) -> Actor:
    """Return who holds the token with this secret.

    Raises
    ------
    NotLoggedIn
        If the token is unknown, revoked or expired, or its account is disabled.
    """
    now = utc_now()
    with database.read() as session:
        token, account = _find(session, secret, now)
    if token.last_used_at is None or now - token.last_used_at > _USE_NOTED_EVERY:
        _note_use(database, token, now)
    return Actor(
        account_id=token.account_id,
        name=account.name,
        is_admin=account.is_admin,
        scope=Scope(token.scope),
        token_project_id=token.project_id,
        token_id=token.id,
    )


def _find(session: Session, secret: str, now: datetime) -> tuple[Token, Account]:
    query = (
        select(Token, Account)
        .join(Account, col(Account.id) == col(Token.account_id))
        .where(
            col(Token.secret_sha256) == hash_secret(secret),
            col(Token.revoked_at).is_(None),
            col(Token.expires_at) > now,
            col(Account.is_disabled).is_(False),
        )
    )
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotLoggedIn("the token is unknown or has ended; log in again")
    return row[0], row[1]


def _note_use(database: Database, token: Token, now: datetime) -> None:
    with database.write_if_free() as session:
        if session is not None:
            session.execute(
                update(Token).where(col(Token.id) == token.id).values(last_used_at=now)
            )
