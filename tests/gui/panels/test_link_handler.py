"""The menu's entry for links of the browser: nothing without the user's wish."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from qtpy.QtWidgets import QMenu

from napari_nora.session import session_of
from napari_nora.widgets.browser.link_handler import LinkHandlerEntry
from nora_core.cli import register_links


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="for Linux desktops")
def test_links_are_opened_here_while_the_user_wants_it(
    viewer: Any, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr(register_links, "_run", lambda *command: None)
    entry = tmp_path / "applications" / "napari-nora.desktop"
    menu = QMenu()
    qtbot.addWidget(menu)
    action = LinkHandlerEntry(session_of(viewer), menu).action
    menu.aboutToShow.emit()
    assert not action.isChecked()
    assert not entry.exists()

    action.trigger()
    qtbot.waitUntil(entry.exists)
    menu.aboutToShow.emit()
    assert action.isChecked()

    action.trigger()
    qtbot.waitUntil(lambda: not entry.exists())
