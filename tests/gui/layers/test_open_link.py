"""Links on their way into the window: log-in, project, and what must not come after."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest

from napari_nora.autoloaders.loading import autoloading_of
from napari_nora.desktop import open_link
from napari_nora.desktop.open_link import LinkOpener
from napari_nora.session import Connection, session_of
from nora_core.client.opening import Opened
from nora_core.errors import NotLoggedIn
from nora_core.wire.call import parse_open_url
from nora_core.wire.link import LinkInfo, SharedLink
from nora_core.wire.preset import Preset, PresetContent, PresetMark
from nora_core.wire.scene import Layout, Scene
from tests.gui.fake_client import NOW, PROJECT, FakeArchive

SERVER = "https://nora.test"
REQUEST = parse_open_url(f"{SERVER}/l/{'A' * 32}")
OPENED = Opened(
    server=SERVER,
    user="anna",
    project=PROJECT.name,
    link=SharedLink(
        info=LinkInfo(
            id="A" * 32,
            project=PROJECT.name,
            owner="bert",
            version=1,
            created_at=NOW,
            changed_at=NOW,
            changed_by="bert",
            comment="",
            has_preview=False,
            may_change=False,
        ),
        scene=Scene(),
        layers=[],
    ),
)
STANDARD = Preset(
    name="standard",
    mark=PresetMark.STANDARD,
    owner="pia",
    changed_at=NOW,
    may_change=False,
    content=PresetContent(layout=Layout(rows=1, cols=3)),
)


def yes(_desktop: object, _server: str) -> bool:
    """Stand for a user who knows the server."""
    return True


@pytest.fixture
def desktop(viewer: Any) -> Any:
    """The parts of the desktop that a link meets."""
    browser = SimpleNamespace(
        login=MagicMock(), page=MagicMock(), connecting=MagicMock()
    )
    return SimpleNamespace(viewer=viewer, session=session_of(viewer), browser=browser)


@pytest.fixture
def is_logged_in(monkeypatch: pytest.MonkeyPatch, archive: FakeArchive) -> Any:
    """Give ``is_logged_in(yes)``: whether a log-in is kept for the server."""
    archive.client.url = SERVER
    monkeypatch.setattr(open_link, "open_request", lambda client, request: OPENED)

    def set_(yes: bool) -> None:
        def log_in_for(*_: object) -> Any:
            if not yes:
                raise NotLoggedIn("not logged in")
            return archive.client

        monkeypatch.setattr(open_link, "log_in_for", log_in_for)

    return set_


def test_a_new_server_is_opened_only_if_the_user_says_so(
    desktop: Any, is_logged_in: Callable[[bool], None], qtbot: Any
) -> None:
    is_logged_in(True)
    answers, asked, shown = [False, True], [], []

    def ask(_: object, server: str) -> bool:
        asked.append(server)
        return answers.pop(0)

    def start() -> None:
        LinkOpener(desktop, REQUEST, lambda *_: shown.append(1), ask).start()
        qtbot.wait(100)

    start()
    assert shown == []
    assert desktop.session.connection is None
    start()
    start()
    qtbot.waitUntil(lambda: len(shown) == 2)
    assert asked == [SERVER, SERVER]


def test_with_a_kept_log_in_a_link_opens_by_itself(
    desktop: Any, is_logged_in: Callable[[bool], None], qtbot: Any
) -> None:
    is_logged_in(True)
    shown: list[Opened] = []

    opener = LinkOpener(desktop, REQUEST, lambda _, opened: shown.append(opened), yes)
    opener.start()
    qtbot.waitUntil(lambda: bool(shown))

    assert shown == [OPENED]
    assert desktop.session.connection.url == SERVER
    assert desktop.session.remembered.text("project") == PROJECT.name


def test_else_it_opens_after_the_log_in_at_its_own_server(
    desktop: Any,
    is_logged_in: Callable[[bool], None],
    archive: FakeArchive,
    qtbot: Any,
) -> None:
    is_logged_in(False)
    shown: list[Opened] = []
    opener = LinkOpener(desktop, REQUEST, lambda _, opened: shown.append(opened), yes)
    opener.start()
    form = desktop.browser.login
    qtbot.waitUntil(lambda: form.error.show_error.called)

    form.url.setText.assert_called_once_with(SERVER)
    other = Connection(archive.client, "https://other.test", "anna", "1")
    desktop.session.connect(other)
    qtbot.wait(50)
    assert shown == []
    desktop.session.connect(Connection(archive.client, SERVER, "anna", "1"))
    qtbot.waitUntil(lambda: bool(shown))
    desktop.browser.connecting.choose.assert_called_once_with(PROJECT.name)


def test_the_projects_standard_does_not_take_the_place_of_a_link(
    desktop: Any,
    is_logged_in: Callable[[bool], None],
    archive: FakeArchive,
    qtbot: Any,
) -> None:
    is_logged_in(True)
    archive.client.presets.return_value = [STANDARD]
    archive.client.preset.return_value = STANDARD
    autoloading = autoloading_of(desktop.viewer)  # held, as by its panel
    presets = autoloading.presets
    before = desktop.session.desk.layout
    LinkOpener(desktop, REQUEST, lambda *_: None, yes).start()
    qtbot.waitUntil(lambda: desktop.session.connection is not None)

    desktop.session.choose_project(PROJECT)
    qtbot.waitUntil(lambda: bool(presets.infos))
    assert desktop.session.desk.layout == before

    desktop.session.choose_project(PROJECT)  # entered again, without a link
    qtbot.waitUntil(lambda: presets.in_use is not None)
    assert desktop.session.desk.layout.columns == 3
