"""Opens what an address asks for: finds its server, logs in there, and resolves it."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import BaseModel

from nora_core.client.client import Client
from nora_core.errors import NotLoggedIn, WrongPassword
from nora_core.wire.call import OpenRequest, ResolvedCall
from nora_core.wire.link import SharedLink

StoredToken = Callable[[str], str | None]
"""Address of a server -> the token kept for exactly that server, if any."""


class Opened(BaseModel):
    """What an address leads to, for the user who opened it."""

    server: str
    user: str
    project: str
    link: SharedLink | None = None
    call: ResolvedCall | None = None


def log_in_for(request: OpenRequest, stored_token: StoredToken) -> Client:
    """Return a client of the request's own server, logged in.

    The request's ticket goes before its token, and that before a kept one. Nothing
    of these is sent to any other server.

    Raises
    ------
    NotLoggedIn
        If there is none that works; the user has to log in.
    """
    client = Client(request.server)
    try:
        client.version()
        _log_in(client, request, stored_token)
    except BaseException:
        client.close()
        raise
    return client


def _log_in(client: Client, request: OpenRequest, stored_token: StoredToken) -> None:
    if request.ticket is not None:
        try:
            client.redeem(request.ticket.get_secret_value())
        except NotLoggedIn:
            pass  # used or too old: a kept token may do
        else:
            return
    if request.token is not None:
        client.use_token(request.token.get_secret_value())
        if request.user not in (None, client.me().name):
            client.use_token(None)
            raise WrongPassword("user and token of the address do not belong together")
        return
    token = stored_token(request.server)
    if token is None:
        raise NotLoggedIn(f"not logged in at {request.server}; log in there first")
    client.use_token(token)


def open_request(client: Client, request: OpenRequest) -> Opened:
    """Return what a request leads to.

    Raises
    ------
    NotFound
        If there is no such link or case, or no right to see it.
    """
    user = client.me().name
    if request.link_id is not None:
        link = client.link(request.link_id, request.version)
        project = link.info.project
        return Opened(server=client.url, user=user, project=project, link=link)
    if request.call is None or request.project is None:
        raise ValueError("a request opens a link or a call")
    call = client.resolve_call(request.project, request.call)
    return Opened(server=client.url, user=user, project=call.project, call=call)
