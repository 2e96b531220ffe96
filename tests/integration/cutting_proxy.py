"""A connection that breaks: forwards bytes to a server and cuts where a test says."""

import contextlib
import socket
import threading


class CuttingProxy:
    """Forwards to ``port``; each connection ends after the next number of ``cuts``.

    A cut counts the bytes of the direction that is named by ``upstream``. When all
    cuts are used, connections last.
    """

    def __init__(self, port: int, cuts: list[int], *, upstream: bool) -> None:
        self.port = port
        self.cuts = cuts
        self.upstream = upstream
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.sockets: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """End all connections."""
        for one in [self.listener, *self.sockets]:
            _close(one)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                far = socket.create_connection(("127.0.0.1", self.port))
                self.sockets += [near, far]
                for source, target, is_up in ((near, far, True), (far, near, False)):
                    args = (source, target, is_up == self.upstream)
                    threading.Thread(
                        target=self._forward, args=args, daemon=True
                    ).start()

    def _forward(
        self, source: socket.socket, target: socket.socket, counts: bool
    ) -> None:
        passed = 0
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
                passed += len(data)
                if counts and self.cuts and passed > self.cuts[0]:
                    self.cuts.pop(0)
                    break
        _close(source)
        _close(target)


def _close(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
