"""Presets are applied on entry, saved with a mark, and mean the same again."""

from __future__ import annotations

from typing import Any

import pytest

from napari_nora.autoloaders.book import AutoloaderBook
from napari_nora.autoloaders.loading import Autoloading, autoloading_of
from napari_nora.session import Session
from napari_nora.viewports.state import Convention, Layout, Orientation
from nora_core.wire.preset import (
    Autoloader,
    AutoloaderLevel,
    Preset,
    PresetContent,
    PresetInfo,
    PresetMark,
)
from tests.gui.fake_client import NOW, PROJECT


def loader(pattern: str, **intent: Any) -> Autoloader:
    return Autoloader.model_validate({"pattern": pattern, "intent": intent})


class PresetStore:
    """Presets in memory, answered by the client."""

    def __init__(self, client: Any) -> None:
        self.saved: dict[str, Preset] = {}
        client.presets.side_effect = lambda project: [
            PresetInfo(**preset.model_dump(exclude={"content"}))
            for preset in self.saved.values()
        ]
        client.preset.side_effect = lambda project, name: self.saved[name]
        client.save_preset.side_effect = self.save

    def save(
        self, project: str, name: str, content: PresetContent, mark: PresetMark
    ) -> Preset:
        text = content.model_dump_json()
        self.saved[name] = Preset(
            name=name,
            mark=mark,
            owner="anna",
            changed_at=NOW,
            may_change=True,
            content=PresetContent.model_validate_json(text),
        )
        return self.saved[name]


@pytest.fixture
def store(case_files: Any) -> PresetStore:
    return PresetStore(case_files.client)


@pytest.fixture
def auto(store: PresetStore, viewer: Any, session: Session) -> Autoloading:
    return autoloading_of(viewer)


def test_a_saved_preset_sets_everything_again(auto, store, session, qtbot) -> None:
    desk = session.desk
    loaders = [loader("t1*"), loader("m*", roi=True, autocreateroi=0, color="#ff0000")]
    auto.book.set(autoloaders=loaders, level=AutoloaderLevel.PATIENT, main_viewport="1")
    desk.set_layout(Layout(1, 3, 0))
    desk.change("1", orientation=Orientation.SAGITTAL, mm_per_pixel=0.4)
    desk.set_convention(Convention.NEUROLOGICAL)
    content = auto.presets.content()
    auto.presets.save("reading", PresetMark.READABLE)
    qtbot.waitUntil(lambda: auto.presets.in_use is not None, timeout=3000)

    auto.book.take(PresetContent())
    desk.set_layout(Layout(2, 2, 1))
    desk.change("1", orientation=Orientation.AXIAL)
    desk.set_convention(Convention.RADIOLOGICAL)
    auto.presets.choose("reading")
    qtbot.waitUntil(lambda: desk.layout == Layout(1, 3, 0), timeout=3000)
    assert auto.presets.content() == content
    assert desk["1"].orientation is Orientation.SAGITTAL
    assert desk["1"].mm_per_pixel == 0.4  # what is shown now keeps its zoom
    assert auto.book.autoloaders == tuple(loaders)


def test_the_standard_of_a_project_is_applied_on_entry(
    auto, store, session, qtbot
) -> None:
    content = PresetContent(autoloaders=(loader("t1*"),), layout={"rows": 1, "cols": 1})
    store.save("demo", "plain", PresetContent(), PresetMark.READABLE)
    store.save("demo", "all", content, PresetMark.STANDARD)
    session.choose_project(PROJECT)
    qtbot.waitUntil(lambda: auto.presets.in_use is not None, timeout=3000)
    assert auto.presets.in_use.name == "all"
    assert auto.book.autoloaders == content.autoloaders
    assert session.desk.layout == Layout(1, 1, 0)


def test_without_a_standard_the_last_autoloaders_are_back(
    auto, store, session, qtbot
) -> None:
    auto.book.set(autoloaders=[loader("t1*")])
    session.choose_project(None)
    assert auto.book.autoloaders == ()
    session.choose_project(PROJECT)
    qtbot.waitUntil(lambda: bool(auto.book.autoloaders), timeout=3000)
    assert auto.book.autoloaders == (loader("t1*"),)


def test_references_follow_when_rows_move_or_go() -> None:
    book = AutoloaderBook()
    book.set(autoloaders=[loader("a"), loader("b"), loader("m", autocreateroi=1)])
    book.move(1, -1)
    assert [one.intent.autocreateroi for one in book.autoloaders] == [None, None, 0]
    book.remove(1)
    assert [one.pattern for one in book.autoloaders] == ["b", "m"]
    assert book.autoloaders[1].intent.autocreateroi == 0
    book.remove(0)
    assert book.autoloaders[0].intent.autocreateroi is None
