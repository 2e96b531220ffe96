"""The socket on which the server listens."""

import socket

from nora_server.cli.running import _listen
from nora_server.settings import ServerSettings


def test_an_answer_in_two_pieces_is_sent_at_once():
    with (
        _listen(ServerSettings(port=0)) as bound,
        socket.create_connection(bound.getsockname()),
        bound.accept()[0] as accepted,
    ):
        no_delay = accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)

    assert no_delay != 0
