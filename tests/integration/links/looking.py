"""Looks at a shared link in a process of its own and writes down what is seen."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

SIZE = (900, 500)


class Quiet:
    """Work that nobody stops and nobody watches."""

    def cancelled(self) -> bool:
        return False

    def check(self) -> None:
        return None

    def progress(self, done: float, total: float, text: str = "") -> None:
        return None


def new_board() -> Any:
    """Return viewports of a known size on an empty viewer."""
    from napari.components import ViewerModel
    from qtpy.QtWidgets import QApplication

    from napari_nora.viewports.state import Layout
    from tests.gui.viewports.board import Board

    assert QApplication.instance() is not None
    board = Board(ViewerModel(), Layout(1, 3, 1))
    board.grid.resize(*SIZE)
    board.settle()
    return board


def seen(board: Any) -> dict[str, Any]:
    """Return the pixels of all viewports, and where they look."""
    board.settle()
    found = {key: board.canvas(key).pixels for key in board.desk.visible_keys}
    found["crosshair"] = np.array(board.desk.crosshair_mm)
    return found


def open_link(url: str, token: str, target: Path) -> None:
    """Open a link as the user of a token and save what is seen."""
    from qtpy.QtWidgets import QApplication

    from napari_nora.scenes.fetching import fetch_link
    from napari_nora.scenes.showing import show_scene
    from nora_core.client.opening import log_in_for, open_request
    from nora_core.wire.call import parse_open_url

    app = QApplication([])
    board = new_board()
    request = parse_open_url(url)
    with log_in_for(request, lambda _: token) as client:
        opened = open_request(client, request)
        assert opened.link is not None
        fetched = fetch_link(client, opened.link, Quiet())
    show_scene(board.viewer, board.desk, fetched)
    np.savez(target, **seen(board))
    board.close()
    app.quit()


if __name__ == "__main__":
    open_link(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
