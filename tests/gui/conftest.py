"""What the window's tests share: a session of their own, and no real settings.

``NAPARI_CONFIG`` points into the tests' own home (``tests/conftest.py``) before
napari is imported, since napari's fixtures reset the settings file they find.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nora_core.demo.screen import lacks_display
from tests.gui.fake_client import FakeArchive

if lacks_display(os.environ):  # all but the tests marked `window` can do without
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture
def archive() -> FakeArchive:
    """A fake archive of 250 studies."""
    return FakeArchive()


@pytest.fixture
def viewer(qapp: Any, tmp_path: Path) -> Iterator[Any]:
    """A viewer without a window, with a session of its own."""
    from napari.components import ViewerModel

    from napari_nora.remembered import Remembered
    from napari_nora.session import Session, set_session

    model = ViewerModel()
    session = Session(Remembered(tmp_path / "window.ini"))
    set_session(model, session)
    yield model
    session.close()


@pytest.fixture
def connect(viewer: Any) -> Callable[[FakeArchive], None]:
    """Connect the viewer's session to a fake archive."""
    from napari_nora.session import Connection, session_of

    def go(archive: FakeArchive) -> None:
        connection = Connection(archive.client, "https://nora.test", "anna", "1")
        session_of(viewer).connect(connection)

    return go
