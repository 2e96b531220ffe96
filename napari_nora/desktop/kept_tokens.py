"""Finds the log-in that is kept for a server: by ``nora login``, or by the window."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from napari_nora.remembered import Remembered
from napari_nora.widgets.browser.connect import data_folder, kept_password
from nora_core.cli.connection import (
    TOKEN_VARIABLE,
    URL_VARIABLE,
    clean_url,
    read_logins,
)
from nora_core.client import Client
from nora_core.client.embedded import find_embedded
from nora_core.errors import NoraError
from nora_core.wire.address import LOOPBACK

_OPENED_FROM = "links/servers"
_KEPT_SERVERS = 50


def kept_token(server: str) -> str | None:
    """Return a token for exactly this server, or ``None``.

    Looked for in the environment (where ``NORA_URL`` names this server), in the
    log-ins of ``nora login``, in a server of this window's own kind on this machine,
    and in the keyring, whose password is exchanged for a token.
    """
    url = os.environ.get(URL_VARIABLE)
    token = os.environ.get(TOKEN_VARIABLE)
    if token and url and clean_url(url) == server:
        return token
    return (
        read_logins().tokens.get(server)
        or _embedded_token(server)
        or _token_by_password(server)
    )


def knows_server(remembered: Remembered, server: str) -> bool:
    """Tell whether the user has chosen this server before, or it is this machine."""
    known = {
        remembered.text("server"),
        *remembered.text(_OPENED_FROM).split(),
        *read_logins().tokens,
        clean_url(os.environ.get(URL_VARIABLE, "")),
    }
    return server in known or urlsplit(server).hostname in LOOPBACK


def remember_server(remembered: Remembered, server: str) -> None:
    """Keep that the user opens links of this server."""
    known = [*remembered.text(_OPENED_FROM).split(), server]
    remembered.set(_OPENED_FROM, " ".join(known[-_KEPT_SERVERS:]))


def _embedded_token(server: str) -> str | None:
    running = find_embedded(data_folder())
    if running is None or running.url != server:
        return None
    return running.token


def _token_by_password(server: str) -> str | None:
    remembered = Remembered()
    name = remembered.text("user")
    if remembered.text("server") != server or not name:
        return None
    password = kept_password(server, name)
    if not password:
        return None
    try:
        with Client(server) as client:
            return client.login(name, password).secret
    except NoraError:
        return None  # changed meanwhile: the user logs in by hand
