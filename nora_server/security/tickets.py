"""Tickets: stand for a token for a minute, once, where the token must not be seen.

An address that starts napari is seen by the desktop and by other programs of this
machine. Tickets live in memory; a restart forgets them.
"""

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from nora_server.security.secrets import hash_secret

SECONDS = 60
_MAX_TICKETS = 1000
_MAX_OF_ONE_TOKEN = 20
"""So that nobody pushes out the tickets of others."""


class Tickets:
    """The tickets that were handed out and not used yet."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._secrets: OrderedDict[str, tuple[float, str]] = OrderedDict()
        self._lock = Lock()

    def issue(self, secret: str) -> str:
        """Return a ticket for the token with this secret."""
        ticket = secrets.token_urlsafe(32)
        with self._lock:
            self._drop_old()
            self._make_room_of(secret)
            self._secrets[hash_secret(ticket)] = (self._clock() + SECONDS, secret)
            while len(self._secrets) > _MAX_TICKETS:
                self._secrets.popitem(last=False)
        return ticket

    def take(self, ticket: str) -> str | None:
        """Return the secret behind a ticket, the first time and soon; else ``None``."""
        with self._lock:
            self._drop_old()
            found = self._secrets.pop(hash_secret(ticket), None)
        return None if found is None else found[1]

    def _make_room_of(self, secret: str) -> None:
        own = [key for key, (_, kept) in self._secrets.items() if kept == secret]
        for key in own[: max(0, len(own) + 1 - _MAX_OF_ONE_TOKEN)]:
            del self._secrets[key]

    def _drop_old(self) -> None:
        now = self._clock()
        while self._secrets and next(iter(self._secrets.values()))[0] <= now:
            self._secrets.popitem(last=False)
