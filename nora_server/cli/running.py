"""Runs the server in this process until it is asked to stop."""

from __future__ import annotations

import contextlib
import errno
import logging
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from types import FrameType

import uvicorn

from nora_core.errors import Conflict, SettingsError
from nora_server.app import make_app
from nora_server.cli.opened import make_data_folder, opened_database
from nora_server.folder_lock import FolderLock
from nora_server.parts import Parts, make_parts
from nora_server.services.checksums import ChecksumThread
from nora_server.settings import ServerSettings, Settings
from nora_server.storage.heal import heal
from nora_server.watcher import Watcher

_log = logging.getLogger(__name__)
_SECONDS_TO_FINISH = 10
_SECONDS_IDLE = 75  # a window that asks now and then keeps its connection


@contextlib.contextmanager
def opened_parts(settings: Settings) -> Iterator[Parts]:
    """Lock the data folder, migrate, heal what a crash left, make the parts."""
    make_data_folder(settings)
    with FolderLock(settings.data_folder):
        with opened_database(settings):
            pass  # migrated
        parts = make_parts(settings)
        watcher = Watcher(parts)
        checksums = ChecksumThread(parts.database, parts.storage)
        try:
            report = heal(parts.storage, parts.database)
            if not report.is_clean:
                _log.warning("healed", extra={"report": report.without_names()})
            parts.search.start()
            watcher.start()
            checksums.start()
            parts.background.extend((watcher, checksums))
            yield parts
        finally:
            watcher.stop()
            checksums.stop()
            parts.close()


def run_server(parts: Parts, when_ready: Callable[[str], None]) -> None:
    """Answer requests until SIGINT or SIGTERM.

    Parameters
    ----------
    parts
        What to serve.
    when_ready
        Called with the server's URL once it answers.
    """
    listens = parts.settings.server
    config = uvicorn.Config(
        make_app(parts),
        log_config=None,
        access_log=False,
        proxy_headers=False,  # PeerCheck reads them
        server_header=False,
        timeout_keep_alive=_SECONDS_IDLE,
        timeout_graceful_shutdown=_SECONDS_TO_FINISH,
        ssl_certfile=listens.tls_certificate,
        ssl_keyfile=listens.tls_key,
    )
    with _listen(listens) as bound:
        url = _url_of(listens, bound.getsockname()[1])
        _Server(config, lambda: when_ready(url)).run(sockets=[bound])


def stop_on_signals() -> None:
    """End this process in good order on SIGTERM, as on Ctrl-C."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    if sys.platform == "win32":
        signal.signal(signal.SIGBREAK, stop)


class _Server(uvicorn.Server):
    """A server that tells when it answers."""

    def __init__(self, config: uvicorn.Config, when_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._when_ready = when_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._when_ready()


def _listen(listens: ServerSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in listens.host else socket.AF_INET
    try:
        bound = socket.create_server((listens.host, listens.port), family=family)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Conflict(
                f"port {listens.port} of {listens.host} is taken by another program; "
                "stop it, or choose another with --port or server.port"
            ) from None
        raise SettingsError(
            f"cannot listen on {listens.host} port {listens.port} ({error.strerror}); "
            "correct server.host and server.port"
        ) from error
    # inherited by each connection: else an answer's body waits 40 ms for its head's
    # receipt, as asyncio sets it only on sockets made with IPPROTO_TCP
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return bound


def _url_of(listens: ServerSettings, port: int) -> str:
    scheme = "https" if listens.tls_certificate else "http"
    host = f"[{listens.host}]" if ":" in listens.host else listens.host
    return f"{scheme}://{host}:{port}"
