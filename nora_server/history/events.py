"""Events: who did what and when, each sealed together with the one before."""

import hashlib
import json
from typing import Any, Protocol

from sqlalchemy import select
from sqlmodel import Session, col

from nora_server.database.history import Event, WayBack

_START = "0" * 64
_CHECK_SIZE = 5_000


class Author(Protocol):
    """Whoever did it: an actor, or anything with an account."""

    @property
    def account_id(self) -> int: ...


def record(
    session: Session,
    actor: Author | None,
    project_id: int | None,
    action: str,
    subject: str,
    details: dict[str, Any] | None = None,
    *,
    way_back: dict[str, Any] | None = None,
) -> Event:
    """Add an event to the transaction that did what it tells.

    Parameters
    ----------
    session
        Of :meth:`Database.write`, so that events are numbered as they commit.
    actor
        ``None`` where the server did it by itself.
    project_id
        ``None`` for what concerns the whole server.
    action
        Noun and verb, such as ``tags.change``.
    subject
        What it happened to, such as ``file 17``. Neither this nor ``details`` may
        hold a patient's name.
    details
        What the history shows about it.
    way_back
        What undoing needs; may hold names, is never listed.
    """
    event = Event(
        project_id=project_id,
        account_id=None if actor is None else actor.account_id,
        action=action,
        subject=subject,
        details=details or {},
        chain_sha256="",
    )
    event.chain_sha256 = seal(_last_seal(session), event)
    session.add(event)
    session.flush()
    if way_back is not None and event.id is not None:
        session.add(WayBack(event_id=event.id, content=way_back))
    return event


def seal(before: str, event: Event) -> str:
    """Return the checksum over an event and the checksum of the one before."""
    content = [
        before,
        event.project_id,
        event.account_id,
        event.at.isoformat(),
        event.action,
        event.subject,
        event.details,
    ]
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def verify_chain(session: Session) -> int | None:
    """Return the id of the first event that was tampered with, ``None`` if none."""
    before, last_id = _START, 0
    while True:
        query = (
            select(Event)
            .where(col(Event.id) > last_id)
            .order_by(col(Event.id))
            .limit(_CHECK_SIZE)
        )
        events = session.scalars(query).all()
        for event in events:
            if event.chain_sha256 != seal(before, event):
                return event.id
            before, last_id = event.chain_sha256, event.id or 0
        if not events:
            return None
        session.expunge_all()


def _last_seal(session: Session) -> str:
    query = select(col(Event.chain_sha256)).order_by(col(Event.id).desc()).limit(1)
    return session.scalar(query) or _START
