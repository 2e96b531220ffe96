"""API tokens: made, listed and revoked by their users."""

from datetime import timedelta

from sqlalchemy import select, update
from sqlmodel import Session, col

from nora_core.errors import BadInput, Forbidden, NotFound
from nora_core.wire.account import IssuedToken, Scope, TokenInfo, TokenRequest
from nora_core.wire.project import Action
from nora_server.database.accounts import Project, Token
from nora_server.database.columns import utc_now
from nora_server.history.events import record
from nora_server.parts import Parts
from nora_server.rights.actor import Actor
from nora_server.rights.query import project_for
from nora_server.security.secrets import hash_secret, new_secret


def issue_token(session: Session, token: Token) -> IssuedToken:
    """Store ``token`` with a new secret and return the secret, this once."""
    secret = new_secret()
    token.secret_sha256 = hash_secret(secret)
    session.add(token)
    session.flush()
    if token.id is None:
        raise ValueError("the token got no id")
    return IssuedToken(
        id=token.id,
        secret=secret,
        scope=Scope(token.scope),
        expires_at=token.expires_at,
    )


def create_token(actor: Actor, parts: Parts, request: TokenRequest) -> IssuedToken:
    """Make an API token for the actor's own account.

    Raises
    ------
    Forbidden
        If the actor came with a limited token: it could widen itself.
    BadInput
        If it is to live longer than the settings allow.
    """
    _require_unlimited(actor)
    longest = parts.settings.login.max_token_days
    if request.valid_days > longest:
        raise BadInput(
            f"valid_days is {request.valid_days}; this server allows up to {longest}"
        )
    with parts.database.write() as session:
        project_id = None
        if request.project is not None:
            project_id = project_for(actor, session, request.project, Action.READ).id
        issued = issue_token(
            session,
            Token(
                account_id=actor.account_id,
                name=request.name,
                secret_sha256="",
                scope=request.scope.value,
                project_id=project_id,
                expires_at=utc_now() + timedelta(days=request.valid_days),
            ),
        )
        record(
            session,
            actor,
            project_id,
            "tokens.create",
            f"token {issued.id}",
            {"scope": request.scope.value, "valid_days": request.valid_days},
        )
    return issued


def list_tokens(actor: Actor, parts: Parts) -> list[TokenInfo]:
    """List the actor's tokens that still work, newest first.

    A token for one project shows those for that project only.
    """
    query = (
        select(Token, col(Project.name))
        .outerjoin(Project, col(Project.id) == col(Token.project_id))
        .where(
            col(Token.account_id) == actor.account_id,
            col(Token.revoked_at).is_(None),
            col(Token.expires_at) > utc_now(),
        )
        .order_by(col(Token.id).desc())
    )
    if actor.token_project_id is not None:
        query = query.where(col(Token.project_id) == actor.token_project_id)
    with parts.database.read() as session:
        rows = session.execute(query).all()
    return [_token_info(token, project) for token, project in rows]


def _token_info(token: Token, project: str | None) -> TokenInfo:
    return TokenInfo.model_validate(
        {**token.model_dump(), "project": project, "scope": Scope(token.scope)}
    )


def revoke_token(actor: Actor, parts: Parts, token_id: int) -> None:
    """End one of the actor's tokens, at once.

    Raises
    ------
    NotFound
        If the actor has no such token.
    """
    _require_unlimited(actor)
    with parts.database.write() as session:
        revoked = session.execute(
            update(Token)
            .where(
                col(Token.id) == token_id,
                col(Token.account_id) == actor.account_id,
                col(Token.revoked_at).is_(None),
            )
            .values(revoked_at=utc_now())
            .returning(col(Token.id))
        ).first()
        if revoked is None:
            raise NotFound(f"you have no token {token_id}; GET /api/v1/tokens lists")
        record(session, actor, None, "tokens.revoke", f"token {token_id}", {})


def revoke_all_tokens(
    session: Session, account_id: int, except_id: int | None = None
) -> None:
    """End the tokens of an account, but for one."""
    session.execute(
        update(Token)
        .where(
            col(Token.account_id) == account_id,
            col(Token.revoked_at).is_(None),
            col(Token.id) != (except_id or 0),
        )
        .values(revoked_at=utc_now())
    )


def _require_unlimited(actor: Actor) -> None:
    if actor.scope is not Scope.ADMIN or actor.token_project_id is not None:
        raise Forbidden("this token is limited, so it may not change tokens; log in")
