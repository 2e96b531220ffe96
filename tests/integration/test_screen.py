"""A screen in memory starts for a window and is gone afterwards."""

from __future__ import annotations

import os
import sys

import psutil
import pytest

from nora_core.demo.screen import lacks_display, screen_in_memory
from nora_core.errors import SettingsError

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="other systems always have a display"
)


def screens_of_ours() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if "Xvfb" in child.name()]


def test_it_is_there_inside_the_block_and_gone_behind_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DISPLAY", ":before")

    with screen_in_memory() as display:
        assert os.environ["DISPLAY"] == display
        assert len(screens_of_ours()) == 1

    assert os.environ["DISPLAY"] == ":before"
    assert not screens_of_ours()


def test_it_ends_when_the_window_fails() -> None:
    with pytest.raises(RuntimeError, match="window"), screen_in_memory():
        raise RuntimeError("window")

    assert not screens_of_ours()


def test_without_xvfb_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    with (
        pytest.raises(SettingsError, match="apt-get install xvfb"),
        screen_in_memory(),
    ):
        pass


@pytest.mark.parametrize(
    ("environment", "lacks"),
    [({}, True), ({"DISPLAY": ":0"}, False), ({"WAYLAND_DISPLAY": "w"}, False)],
)
def test_a_display_is_known_by_x11_and_wayland(
    environment: dict[str, str], lacks: bool
) -> None:
    assert lacks_display(environment) is lacks
