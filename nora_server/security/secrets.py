"""Random secrets of tokens; the database keeps only their SHA-256."""

import hashlib
import secrets

PREFIX = "nora_"
"""Makes a leaked token easy to recognize."""


def new_secret() -> str:
    """Return a new secret with 32 random bytes."""
    return PREFIX + secrets.token_urlsafe(32)


def hash_secret(secret: str) -> str:
    """Return what the database keeps of a secret.

    A plain hash is enough: with 256 random bits there is nothing to guess.
    """
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
