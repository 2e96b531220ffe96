"""Exchanges tickets for the tokens behind them, which keep their limits."""

from sqlmodel import Session

from nora_core.errors import NotLoggedIn
from nora_core.wire.account import IssuedToken, Scope
from nora_core.wire.call import Ticket, TicketUse
from nora_server.database.accounts import Token
from nora_server.parts import Parts
from nora_server.rights.identify import actor_of_secret
from nora_server.security.tickets import SECONDS


def issue_ticket(parts: Parts, secret: str) -> Ticket:
    """Return a ticket for the token with which the user came."""
    return Ticket(ticket=parts.tickets.issue(secret), seconds=SECONDS)


def redeem_ticket(parts: Parts, use: TicketUse) -> IssuedToken:
    """Return the token behind a ticket: the same one, with the same rights and end.

    Raises
    ------
    NotLoggedIn
        If the ticket is unknown, was used, is too old, or its token has ended.
    """
    secret = parts.tickets.take(use.ticket.get_secret_value())
    if secret is None:
        raise NotLoggedIn("the ticket was used or is too old; log in, or open it again")
    actor = actor_of_secret(parts.database, secret)
    with parts.database.read() as session:
        token = _token_of(session, actor.token_id)
    return IssuedToken(
        id=token.id or 0,
        secret=secret,
        scope=Scope(token.scope),
        expires_at=token.expires_at,
    )


def _token_of(session: Session, token_id: int | None) -> Token:
    return session.get_one(Token, token_id)
