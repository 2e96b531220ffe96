"""A server's address: which ones may be spoken to, so that no secret is in clear."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from nora_core.errors import BadInput

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def check_address(url: str) -> SplitResult:
    """Return the parts of a server's address that may be spoken to.

    Raises
    ------
    BadInput
        If it is none, holds a password, or is plain ``http`` to another machine.
        The message names the host alone: an address may hold a token.
    """
    try:
        parts = urlsplit(url if "//" in url else f"//{url}", scheme="https")
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise _unlike_an_address() from None
    if parts.scheme not in {"http", "https"} or not host:
        raise _unlike_an_address()
    if parts.scheme == "http" and host not in LOOPBACK:
        raise BadInput(
            f"http://{host} would send passwords and images in clear; "
            "use https://, or a tunnel that ends on this machine"
        )
    if parts.username or parts.password:
        raise BadInput(
            f"the address of {host} holds a password; "
            "log in with name and password instead"
        )
    return parts


def _unlike_an_address() -> BadInput:
    return BadInput("the server's address must look like https://nora.example.org")
