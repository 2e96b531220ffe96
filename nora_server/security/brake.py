"""Slows down guessing: wrong passwords make the next try wait."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock

from nora_core.errors import TooManyAttempts

_LONGEST_WAIT_SECONDS = 3600.0
_MAX_KEYS = 10_000


@dataclass
class _Tries:
    wrong: int = 0
    blocked_until: float = 0.0


class Brake:
    """Counts wrong tries by key, such as an account with an address.

    After ``free`` wrong tries each further one must wait, at first
    ``wait_seconds``, then twice as long, up to an hour. Counts live in memory:
    a restart forgets them.
    """

    def __init__(
        self,
        free: int,
        wait_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._free = free
        self._wait_seconds = wait_seconds
        self._clock = clock
        self._tries: OrderedDict[Hashable, _Tries] = OrderedDict()
        self._lock = Lock()

    def begin(self, key: Hashable) -> None:
        """Count a try as wrong before its password is looked at.

        Counting first keeps many tries at once from slipping through.

        Raises
        ------
        TooManyAttempts
            While the key has to wait.
        """
        with self._lock:
            tries = self._tries.setdefault(key, _Tries())
            self._tries.move_to_end(key)
            seconds = tries.blocked_until - self._clock()
            if seconds > 0:
                raise TooManyAttempts(
                    f"too many wrong passwords; try again in {seconds:.0f} s"
                )
            tries.wrong += 1
            if tries.wrong >= self._free:
                tries.blocked_until = self._clock() + self._wait(tries.wrong)
            while len(self._tries) > _MAX_KEYS:
                self._tries.popitem(last=False)

    def forgive(self, key: Hashable) -> None:
        """Forget the wrong tries of ``key`` after a right one."""
        with self._lock:
            self._tries.pop(key, None)

    def _wait(self, wrong: int) -> float:
        doublings = min(wrong - self._free, 30)
        return min(self._wait_seconds * 2.0**doublings, _LONGEST_WAIT_SECONDS)
