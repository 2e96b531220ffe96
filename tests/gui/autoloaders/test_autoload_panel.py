"""The autoloaders' panel shows what there is and changes it."""

from __future__ import annotations

from typing import Any

import pytest

from napari_nora.session import Session
from napari_nora.widgets.autoloaders.panel import AutoloaderPanel
from napari_nora.widgets.autoloaders.table import FEEDBACK, ON, PATTERN, VIEWPORTS
from nora_core.wire.preset import Autoloader
from tests.gui.autoloaders.conftest import CaseFiles


@pytest.fixture
def panel(
    qtbot: Any, viewer: Any, session: Session, open_layers: Any
) -> AutoloaderPanel:
    panel = AutoloaderPanel(viewer)
    qtbot.addWidget(panel)
    panel.show()
    return panel


def texts(panel: AutoloaderPanel, column: int) -> list[str]:
    table = panel.table
    rows = range(table.topLevelItemCount())
    return [table.topLevelItem(row).text(column) for row in rows]


def test_without_autoloaders_the_next_step_is_offered(panel: AutoloaderPanel) -> None:
    assert panel.pages.currentWidget() is panel.empty
    panel.empty.button.click()
    assert "no image of a study is shown" in panel.error.text


def test_a_snapshot_of_one_case_shows_the_next(
    panel: AutoloaderPanel, case_files: CaseFiles, choose: Any, viewer: Any, qtbot: Any
) -> None:
    auto = panel.auto
    for study in (1, 2):
        case_files.add(study, f"t1_s00{study}/s00{study}.nii")
        case_files.add(study, f"masks/les_s01{study}.nii.gz", tags=("mask",))
    auto.book.set(
        autoloaders=[Autoloader(pattern="t1*/s001.nii", viewports=("0", "1"))]
    )
    auto.book.add(Autoloader.model_validate({"pattern": "masks/les_s011*"}))
    choose(1)
    qtbot.waitUntil(lambda: len(viewer.layers) == 2, timeout=5000)
    panel.take_snapshot()
    assert texts(panel, PATTERN) == ["t1*/s*.nii", "masks*/les_s*.nii.gz"]
    choose(2)
    qtbot.waitUntil(
        lambda: {layer.name for layer in viewer.layers} == {"t1_s002", "les_s012"},
        timeout=5000,
    )
    assert texts(panel, FEEDBACK) == ["1 image", "1 image"]


def test_rows_are_edited_in_place(panel: AutoloaderPanel) -> None:
    from qtpy.QtCore import Qt

    book = panel.auto.book
    book.set(autoloaders=[Autoloader(pattern="t1*"), Autoloader(pattern="t2*")])
    item = panel.table.topLevelItem(1)
    item.setText(PATTERN, "flair*")
    item.setText(VIEWPORTS, "1, b0")
    item.setCheckState(ON, Qt.CheckState.Unchecked)
    after = book.autoloaders[1]
    assert (after.pattern, after.viewports) == ("flair*", ("1", "b0"))
    assert not after.enabled
    item.setText(VIEWPORTS, "first")
    assert "viewports are numbers" in panel.error.text
    assert texts(panel, VIEWPORTS)[1] == "1, b0"


def test_fields_of_the_chosen_row_are_changed(panel: AutoloaderPanel) -> None:
    book, details = panel.auto.book, panel.details
    book.set(autoloaders=[Autoloader(pattern="t1*"), Autoloader(pattern="m*")])
    assert not details.isVisible()
    panel.table.choose(1)
    assert details.isVisible()
    details.role.setCurrentIndex(2)
    details.role.activated.emit(2)
    details.reference.setCurrentIndex(1)
    details.reference.activated.emit(1)
    details.opacity.setValue(50)
    intent = book.autoloaders[1].intent
    assert intent.roi
    assert intent.autocreateroi == 0
    assert intent.transparent == 0.5
    assert panel.table.chosen_row == 1


def test_rows_are_added_moved_and_removed(panel: AutoloaderPanel) -> None:
    book = panel.auto.book
    book.set(autoloaders=[Autoloader(pattern="t1*")])
    panel.add.click()
    assert [one.pattern for one in book.autoloaders] == ["t1*", "*"]
    panel.up.click()
    assert [one.pattern for one in book.autoloaders] == ["*", "t1*"]
    assert panel.table.chosen_row == 0
    panel.remove.click()
    assert [one.pattern for one in book.autoloaders] == ["t1*"]
