"""A user's viewports are as they were at the last start."""

from __future__ import annotations

from pathlib import Path

import pytest

from napari_nora.desktop.keeping import DeskKeeper
from napari_nora.remembered import Remembered
from napari_nora.viewports.state import Convention, Desk, Kind, Layout, Orientation


def test_layout_views_and_convention_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "window.ini"
    first = Desk()
    keeper = DeskKeeper(first, Remembered(path))
    first.set_layout(Layout(1, 3, 0))
    first.change("1", kind=Kind.MOSAIC, orientation=Orientation.SAGITTAL)
    first.set_convention(Convention.NEUROLOGICAL)
    first.toggle("shows_text")
    assert keeper is not None

    second = Desk()
    DeskKeeper(second, Remembered(path))

    assert second.layout == Layout(1, 3, 0)
    assert second["1"].kind is Kind.MOSAIC
    assert second["1"].orientation is Orientation.SAGITTAL
    assert second.convention is Convention.NEUROLOGICAL
    assert not second.shows_text


@pytest.mark.parametrize("broken", ["no json", '{"layout": [99, 1, 0]}', "[]", "7"])
def test_broken_settings_are_left_out(tmp_path: Path, broken: str) -> None:
    remembered = Remembered(tmp_path / "window.ini")
    remembered.set("viewports", broken)
    desk = Desk()
    DeskKeeper(desk, remembered)
    assert desk.layout == Layout()
