"""The embedded server: one user, this machine only, a token for each start."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select
from sqlmodel import Session, col

from nora_core.wire.account import Scope
from nora_server.database.accounts import Account, Token
from nora_server.database.columns import utc_now
from nora_server.parts import Parts
from nora_server.services.tokens import issue_token, revoke_all_tokens
from nora_server.settings import ServerSettings, Settings

CONNECTION_FILE = "embedded.json"
USER = "local"
_TOKEN_LIFETIME = timedelta(days=365)


def embedded_settings(settings: Settings) -> Settings:
    """Return ``settings`` as an embedded server must have them."""
    return settings.model_copy(
        update={
            "is_embedded": True,
            "server": ServerSettings(host="127.0.0.1", port=0),
        }
    )


@contextlib.contextmanager
def connection_file(parts: Parts) -> Iterator[ConnectionFile]:
    """Give the file that tells clients how to connect; it ends with the block."""
    path = parts.settings.data_folder / CONNECTION_FILE
    path.unlink(missing_ok=True)
    try:
        yield ConnectionFile(parts, path)
    finally:
        path.unlink(missing_ok=True)
        with parts.database.write() as session:
            revoke_all_tokens(session, _local_account_id(session))


class ConnectionFile:
    """``embedded.json``: the server's URL, its token and its process."""

    def __init__(self, parts: Parts, path: Path) -> None:
        self._parts = parts
        self._path = path

    def write(self, url: str) -> None:
        """Write the file, readable by its owner alone, in one step."""
        content = {"url": url, "token": self._new_token(), "pid": os.getpid()}
        temporary = self._path.with_suffix(".new")
        temporary.unlink(missing_ok=True)
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file)
        temporary.replace(self._path)

    def _new_token(self) -> str:
        with self._parts.database.write() as session:
            account_id = _local_account_id(session)
            revoke_all_tokens(session, account_id)
            issued = issue_token(
                session,
                Token(
                    account_id=account_id,
                    name="embedded",
                    secret_sha256="",
                    scope=Scope.ADMIN.value,
                    expires_at=utc_now() + _TOKEN_LIFETIME,
                    last_used_at=utc_now(),
                ),
            )
        return issued.secret


def _local_account_id(session: Session) -> int:
    query = select(col(Account.id)).where(col(Account.name) == USER)
    account_id = session.scalar(query)
    if account_id is not None:
        return account_id
    account = Account(name=USER, display_name="This computer's user", is_admin=True)
    session.add(account)
    session.flush()
    return account.id or 0
