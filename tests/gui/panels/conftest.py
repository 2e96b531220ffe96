"""The browser panel with a fake server, for its tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from napari_nora.widgets.browser.panel import BrowserPanel
from tests.gui.fake_client import FakeArchive


@pytest.fixture
def panel(qtbot: Any, viewer: Any) -> BrowserPanel:
    widget = BrowserPanel(viewer)
    qtbot.addWidget(widget)
    widget.resize(700, 600)
    widget.show()
    return widget


@pytest.fixture
def filled(
    qtbot: Any,
    panel: BrowserPanel,
    archive: FakeArchive,
    connect: Callable[[FakeArchive], None],
) -> BrowserPanel:
    """The panel with the fake archive's rows in its table."""
    connect(archive)
    qtbot.waitUntil(lambda: panel.model.rowCount() == 250)
    return panel
