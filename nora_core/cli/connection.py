"""Which server a command speaks to, and as whom."""

from __future__ import annotations

import functools
import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import platformdirs
from pydantic import BaseModel, ValidationError

from nora_core.errors import NotLoggedIn, ServerUnreachable, SettingsError

if TYPE_CHECKING:
    from nora_core.client import Client

URL_VARIABLE = "NORA_URL"
TOKEN_VARIABLE = "NORA_TOKEN"


class Logins(BaseModel):
    """The servers at which the user is logged in."""

    current: str | None = None
    """The server that is meant where none is named."""
    tokens: dict[str, str] = {}
    """Address -> token."""


@dataclass(frozen=True)
class Server:
    """The server that a command line names, or leaves open."""

    url: str | None = None
    data: Path | None = None
    """Folder of an embedded server, which has its address and token in a file."""

    def connect(self) -> Client:
        """Return a client that is logged in.

        Raises
        ------
        SettingsError
            No server is named and none was logged in to.
        NotLoggedIn
            There is no token for it.
        ServerUnreachable
            No embedded server runs on the folder.
        """
        from nora_core.client import Client

        url, token = self.find()
        return Client(url, token)

    def find(self) -> tuple[str, str]:
        """Return address and token: from the options, the environment or the log-in."""
        if self.data is not None:
            return _embedded(self.data)
        logins = read_logins()
        url = self.url or os.environ.get(URL_VARIABLE) or logins.current
        if not url:
            raise SettingsError(
                f"no server is known; 'nora login URL', or set {URL_VARIABLE}"
            )
        url = clean_url(url)
        token = os.environ.get(TOKEN_VARIABLE) or logins.tokens.get(url)
        if not token:
            raise NotLoggedIn(
                f"not logged in at {url}; 'nora login {url}', or set {TOKEN_VARIABLE}"
            )
        return url, token


def server_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add ``--url`` and ``--data`` to a command, which gets a ``server``."""

    @click.option(
        "--url", metavar="URL", help=f"The server; by default {URL_VARIABLE} or log-in."
    )
    @click.option(
        "--data",
        type=click.Path(file_okay=False, path_type=Path),
        metavar="FOLDER",
        help="Data folder of an embedded server that runs on this machine.",
    )
    @functools.wraps(function)
    def call(*args: Any, url: str | None, data: Path | None, **options: Any) -> None:
        function(*args, server=Server(url, data), **options)

    return call


def clean_url(url: str) -> str:
    """Return an address as log-ins are kept by it: with a scheme, no last slash."""
    url = url.strip().rstrip("/")
    return url if "://" in url else f"https://{url}"


def logins_file() -> Path:
    """Return where the tokens are kept, for this user's eyes only."""
    folder = platformdirs.user_config_path("napari-nora", appauthor=False)
    return folder / "logins.json"


def read_logins() -> Logins:
    """Return the servers at which the user is logged in.

    Raises
    ------
    SettingsError
        The file is there but cannot be read.
    """
    path = logins_file()
    try:
        return Logins.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return Logins()
    except (OSError, ValidationError) as error:
        raise SettingsError(
            f"the file of log-ins {path} cannot be read; delete it and log in again"
        ) from error


def write_logins(logins: Logins) -> None:
    """Keep ``logins``; nobody else can read the file, not even for a moment."""
    path = logins_file()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(logins.model_dump(), stream, indent=2)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _embedded(folder: Path) -> tuple[str, str]:
    from nora_core.client.embedded import find_embedded

    found = find_embedded(folder)
    if found is None:
        raise ServerUnreachable(
            f"no embedded server runs on {folder}; start one with "
            f"'nora serve --embedded --data {folder}'"
        )
    return found.url, found.token
