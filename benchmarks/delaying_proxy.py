"""A network that is far away: forwards to a server on this machine after a delay."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

_BLOCK_BYTES = 1 << 18


class DelayingProxy:
    """Forwards to ``port``; each piece of a request waits, answers flow freely.

    One request with its answer so takes ``delay_s`` longer, as over a network with a
    round trip of that time.
    """

    def __init__(self, port: int, delay_s: float) -> None:
        self._port = port
        self._delay_s = delay_s
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.requests = 0
        """Pieces of requests that passed; small requests are one each."""
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._port))
                for one in (near, far):
                    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for source, target, delay_s in (
                    (near, far, self._delay_s),
                    (far, near, 0.0),
                ):
                    threading.Thread(
                        target=self._forward,
                        args=(source, target, delay_s),
                        daemon=True,
                    ).start()

    def _forward(
        self, source: socket.socket, target: socket.socket, delay_s: float
    ) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(_BLOCK_BYTES):
                if delay_s:
                    self.requests += 1
                    time.sleep(delay_s)
                target.sendall(data)
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
