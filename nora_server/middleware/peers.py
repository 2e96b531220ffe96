"""Finds the client's true address behind a proxy, and refuses plain strangers."""

import ipaddress

from starlette.types import ASGIApp, Receive, Scope, Send

from nora_core.errors import Forbidden
from nora_server.middleware.plain import header, headers, refuse


class PeerCheck:
    """Believes ``X-Forwarded-*`` only from declared proxies.

    Without TLS of our own, requests may come from this machine or from a
    declared proxy, nobody else: passwords would travel readable.
    """

    def __init__(self, app: ASGIApp, trusted_proxies: list[str], is_tls: bool) -> None:
        self.app = app
        self.proxies = [ipaddress.ip_network(text) for text in trusted_proxies]
        self.is_tls = is_tls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        peer = peer_of(scope)
        if self._is_proxy(peer):
            scope = self._as_forwarded(scope)
        elif not self.is_tls and not _is_on_this_machine(peer):
            error = Forbidden("this server takes requests only through its proxy")
            await refuse(error, scope, receive, send)
            return
        scope.setdefault("state", {})["address"] = peer_of(scope)
        await self.app(scope, receive, send)

    def _is_proxy(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self.proxies)

    def _as_forwarded(self, scope: Scope) -> Scope:
        """Take the last address that no proxy of ours has written about itself."""
        chain = ",".join(headers(scope, b"x-forwarded-for")).split(",")
        for address in reversed([part.strip() for part in chain if part.strip()]):
            if not self._is_proxy(address):
                scope = {**scope, "client": (address[:64], 0)}
                break
        if (header(scope, b"x-forwarded-proto") or "") == "https":
            scope = {**scope, "scheme": "https"}
        return scope


def peer_of(scope: Scope) -> str:
    """Return the address from which the request came."""
    return str(scope["client"][0]) if scope["client"] else ""


def _is_on_this_machine(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address in {"", "testclient"}  # a socket file; in-process tests
