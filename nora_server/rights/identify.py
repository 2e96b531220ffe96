"""Find the actor behind a token; asked anew for each request."""

from datetime import datetime, timedelta

from sqlalchemy import bindparam, select, update
from sqlmodel import col

from nora_core.errors import NotLoggedIn
from nora_core.wire.account import Scope
from nora_server.database.accounts import Account, Token
from nora_server.database.columns import utc_now
from nora_server.database.engine import Database
from nora_server.rights.actor import Actor
from nora_server.security.secrets import hash_secret

_USE_NOTED_EVERY = timedelta(minutes=10)
_HOLDER = (
    select(
        col(Token.id),
        col(Token.account_id),
        col(Token.scope),
        col(Token.project_id),
        col(Token.last_used_at),
        col(Account.name),
        col(Account.is_admin),
    )
    .join(Account, col(Account.id) == col(Token.account_id))
    .where(
        col(Token.secret_sha256) == bindparam("secret_sha256"),
        col(Token.revoked_at).is_(None),
        col(Token.expires_at) > bindparam("now"),
        col(Account.is_disabled).is_(False),
    )
)


def actor_of_secret(database: Database, secret: str) -> Actor:
    """Return who holds the token with this secret.

    Raises
    ------
    NotLoggedIn
        If the token is unknown, revoked or expired, or its account is disabled.
    """
    now = utc_now()
    asked = {"secret_sha256": hash_secret(secret), "now": now}
    with database.look_up() as session:
        found = session.connection().execute(_HOLDER, asked).one_or_none()
    if found is None:
        raise NotLoggedIn("the token is unknown or has ended; log in again")
    token_id, account_id, scope, project_id, last_used_at, name, is_admin = found
    if last_used_at is None or now - last_used_at > _USE_NOTED_EVERY:
        _note_use(database, token_id, now)
    return Actor(account_id, name, is_admin, Scope(scope), project_id, token_id)


def _note_use(database: Database, token_id: int | None, now: datetime) -> None:
    with database.write_if_free() as session:
        if session is not None:
            session.execute(
                update(Token).where(col(Token.id) == token_id).values(last_used_at=now)
            )
