"""Keeps passwords as Argon2id hashes and checks them in constant time."""

from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_AT_ONCE = 2  # each hash takes 64 MiB for a moment


class Passwords:
    """Hashes and checks passwords, a few at a time."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._turns = BoundedSemaphore(_AT_ONCE)
        self._nobodys_hash: str | None = None

    def hash(self, password: str) -> str:
        """Return the hash to be stored."""
        with self._turns:
            return self._hasher.hash(_as_bytes(password))

    def fits(self, password_hash: str | None, password: str) -> bool:
        """Tell whether ``password`` is the one that was hashed.

        Takes as long where there is no hash, so that the time does not tell
        which accounts exist.
        """
        known = password_hash or self._hash_of_nobody()
        with self._turns:
            try:
                self._hasher.verify(known, _as_bytes(password))
            except (VerificationError, InvalidHashError):
                return False
        return password_hash is not None

    def is_outdated(self, password_hash: str) -> bool:
        """Tell whether it was made with weaker parameters than today's."""
        return self._hasher.check_needs_rehash(password_hash)

    def _hash_of_nobody(self) -> str:
        if self._nobodys_hash is None:
            self._nobodys_hash = self.hash("nobody has this password")
        return self._nobodys_hash


def _as_bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")
