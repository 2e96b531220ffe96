"""The table with a fake server: order, columns, keys, marks, export."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from qtpy.QtCore import QPoint, Qt
from qtpy.QtWidgets import QMenu

from napari_nora.opening.dragged import DRAGGED_MIME, DraggedKind, parse_dragged
from napari_nora.widgets.browser import columns
from napari_nora.widgets.browser.panel import BrowserPanel
from nora_core.client.exporting import CsvKind
from nora_core.wire.archive import CaseRow, JobMarks, SortKey, TagLevel
from nora_core.wire.csv_table import CsvDialect
from nora_core.wire.project import Action
from tests.gui.fake_client import PROJECT, FakeArchive


def name_at(panel: BrowserPanel, row: int) -> str:
    return str(panel.model.index(row, columns.NAME).data())


def click_title(qtbot: Any, panel: BrowserPanel, column: int) -> None:
    header = panel.page.table.header
    place = QPoint(header.sectionViewportPosition(column) + 20, 8)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)


def press(qtbot: Any, panel: BrowserPanel, key: Qt.Key) -> None:
    qtbot.keyClick(panel.page.table, key)


def undo(qtbot: Any, panel: BrowserPanel) -> None:
    qtbot.keyClick(panel.page.table, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)


@pytest.fixture
def keyed(filled: BrowserPanel) -> BrowserPanel:
    """The panel whose key 1 sets ``pilot`` and whose key 2 sets ``lesion``."""
    keys = {"1": "pilot", "2": "lesion"}
    filled.page.key_form.keys_changed.emit(keys)
    return filled


def test_a_click_on_a_title_sorts_and_a_second_one_turns(
    qtbot: Any, filled: BrowserPanel, archive: FakeArchive
) -> None:
    header = filled.page.table.header

    click_title(qtbot, filled, columns.DATE)
    qtbot.waitUntil(lambda: name_at(filled, 0) == "Doe 12")
    assert header.sort == (SortKey.DATE, False)
    click_title(qtbot, filled, columns.DATE)
    qtbot.waitUntil(lambda: name_at(filled, 0) == "Doe 239")
    assert header.sort == (SortKey.DATE, True)

    asked = archive.client.page.call_args.args[1]
    assert (asked.sort, asked.descending) == (SortKey.DATE, True)


def test_a_title_without_an_order_changes_nothing(
    qtbot: Any, filled: BrowserPanel
) -> None:
    click_title(qtbot, filled, columns.TAGS)

    assert filled.state.sort is SortKey.NAME


def test_order_and_columns_are_there_again_in_another_window(
    qtbot: Any,
    filled: BrowserPanel,
    viewer: Any,
    archive: FakeArchive,
    connect: Callable[..., None],
) -> None:
    header = filled.page.table.header
    header.moveSection(header.visualIndex(columns.TAGS), 0)
    header.resizeSection(columns.PATIENTS_ID, 155)
    header.show_column("modality", True)
    header.show_column("description", False)
    filled.state.turn_sort(SortKey.DATE)

    other = BrowserPanel(viewer)
    qtbot.addWidget(other)
    connect(archive)
    qtbot.waitUntil(lambda: name_at(other, 0) == "Doe 12")

    header = other.page.table.header
    assert header.logicalIndex(0) == columns.TAGS
    assert header.sectionSize(columns.PATIENTS_ID) == 155
    assert not header.isSectionHidden(columns.MODALITY)
    assert header.isSectionHidden(columns.DESCRIPTION)
    assert header.sort == (SortKey.DATE, False)


def test_the_menu_of_columns_hides_and_the_last_one_stays(
    filled: BrowserPanel,
) -> None:
    header, menu = filled.page.table.header, QMenu()
    header.fill_menu(menu)
    for entry in menu.actions():
        if entry.isCheckable():
            entry.setChecked(False)

    shown = [wish.key for wish in header.wishes if wish.shown]
    assert len([key for key in shown if key != "study_count"]) == 1
    menu.actions()[-1].trigger()
    assert not header.isSectionHidden(columns.NAME)


def test_a_hidden_column_filters_nothing(qtbot: Any, filled: BrowserPanel) -> None:
    header = filled.page.table.header
    qtbot.keyClicks(header.bars["name"], "Doe 24")
    qtbot.waitUntil(lambda: filled.model.rowCount() == 11)

    header.show_column("name", False)

    qtbot.waitUntil(lambda: filled.model.rowCount() == 250)


def test_a_broken_pattern_makes_the_rows_pale_until_it_is_mended(
    qtbot: Any, filled: BrowserPanel
) -> None:
    filled.state.set_bar("files", "COLOR:red")
    assert filled.model.is_stale
    assert "search before" in filled.page.count.text()

    filled.state.set_bar("files", "")

    assert not filled.model.is_stale
    qtbot.waitUntil(lambda: filled.page.count.text() == "250 studies")


def test_digits_toggle_the_tags_of_the_chosen_rows(
    qtbot: Any, keyed: BrowserPanel, archive: FakeArchive
) -> None:
    table = keyed.page.table
    archive.client.change_tags.reset_mock()
    table.selectRow(0)

    press(qtbot, keyed, Qt.Key.Key_1)
    tags = lambda: keyed.model.index(0, columns.TAGS).data()  # noqa: E731
    qtbot.waitUntil(lambda: tags() == "pilot")
    assert keyed.page.undo.text == "1 study tagged pilot"
    press(qtbot, keyed, Qt.Key.Key_1)
    qtbot.waitUntil(lambda: tags() == "")

    change = archive.client.change_tags.call_args.args[1]
    assert (change.level, change.ids) == (TagLevel.STUDY, [1])


def test_zero_clears_and_control_z_brings_back(
    qtbot: Any, keyed: BrowserPanel, archive: FakeArchive
) -> None:
    keyed.page.table.selectRow(0)
    for key in (Qt.Key.Key_1, Qt.Key.Key_2):
        before = archive.client.change_tags.call_count
        press(qtbot, keyed, key)
        qtbot.waitUntil(lambda n=before: archive.client.change_tags.call_count > n)
    qtbot.waitUntil(lambda: "lesion" in keyed.page.undo.text)

    press(qtbot, keyed, Qt.Key.Key_0)
    qtbot.waitUntil(lambda: archive.rows[0].study_tags == [])
    qtbot.waitUntil(lambda: "without" in keyed.page.undo.text)
    undo(qtbot, keyed)
    qtbot.waitUntil(lambda: archive.rows[0].study_tags == ["lesion", "pilot"])
    undo(qtbot, keyed)
    qtbot.waitUntil(lambda: archive.rows[0].study_tags == ["pilot"])


def test_all_rows_are_tagged_in_one_step_without_being_shown(
    qtbot: Any, keyed: BrowserPanel, archive: FakeArchive
) -> None:
    keyed.page.table.selectAll()

    press(qtbot, keyed, Qt.Key.Key_2)
    qtbot.waitUntil(lambda: keyed.page.undo.text == "250 studies tagged lesion")

    archive.client.change_tags.assert_called_once()
    assert all("lesion" in row.study_tags for row in archive.rows)
    keyed.page.undo.button.click()
    qtbot.waitUntil(lambda: all("lesion" not in r.study_tags for r in archive.rows))


def test_rows_that_moved_meanwhile_are_not_tagged(
    qtbot: Any, keyed: BrowserPanel, archive: FakeArchive
) -> None:
    keyed.page.table.selectAll()
    archive.rows = archive.rows[5:]

    press(qtbot, keyed, Qt.Key.Key_2)

    qtbot.waitUntil(lambda: "changed meanwhile" in keyed.page.error.text)
    archive.client.change_tags.assert_not_called()


def test_a_digit_without_a_tag_asks_for_one(qtbot: Any, keyed: BrowserPanel) -> None:
    keyed.page.table.selectRow(0)

    press(qtbot, keyed, Qt.Key.Key_3)

    form = keyed.page.key_form
    qtbot.waitUntil(form.isVisible)
    form.edits["3"].setText("a,b")
    form.edits["3"].editingFinished.emit()
    assert "Key 3" in form.error.text()
    form.edits["3"].setText("new")
    form.close_button.click()
    assert keyed.table_control.memory.load().tag_keys["3"] == "new"
    assert "3 new" in keyed.page.tag_keys.text()


def test_a_reader_is_told_that_keys_do_nothing(
    qtbot: Any, keyed: BrowserPanel, archive: FakeArchive
) -> None:
    reader = PROJECT.model_copy(update={"actions": [Action.READ]})
    keyed.session.choose_project(reader)
    qtbot.waitUntil(lambda: keyed.model.rowCount() == 250)
    keyed.page.table.selectRow(0)

    press(qtbot, keyed, Qt.Key.Key_1)

    assert "read only" in keyed.page.error.text
    archive.client.change_tags.assert_not_called()


def test_marks_are_renewed_with_one_question_for_all_rows(
    qtbot: Any, filled: BrowserPanel, archive: FakeArchive
) -> None:
    archive.rows[0] = archive.rows[0].model_copy(
        update={"jobs": JobMarks(running=2, queued=1)}
    )
    asked = archive.client.page.call_count

    filled.session.orders_changed.emit()

    tip = lambda: filled.model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)  # noqa: E731
    qtbot.waitUntil(lambda: "2 jobs running" in tip())
    assert "1 job waiting" in tip()
    assert archive.client.page.call_count == asked + 1


def test_a_click_on_a_mark_asks_for_its_jobs(qtbot: Any, filled: BrowserPanel) -> None:
    wanted: list[CaseRow] = []
    filled.session.jobs_wanted.connect(wanted.append)
    table = filled.page.table  # every seventh row has a failed job
    for row in (5, 6):
        cell = table.visualRect(filled.model.index(row, columns.NAME))
        place = QPoint(cell.right() - 8, cell.center().y())
        qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)

    assert [row.study_id for row in wanted] == [7]


def test_the_table_is_saved_as_it_is_filtered_and_sorted(
    qtbot: Any, filled: BrowserPanel, archive: FakeArchive, tmp_path: Path
) -> None:
    filled.state.set_bar("name", "Doe 24")
    filled.state.set_sort(SortKey.PATIENTS_ID, True)
    qtbot.waitUntil(lambda: name_at(filled, 0) == "Doe 249")
    form = filled.page.export_form
    filled.table_control.ask_for_export()
    assert form.isVisible()
    form.dialect.setCurrentIndex(form.dialect.findData(CsvDialect.GERMAN))
    form.kind.setCurrentIndex(form.kind.findData(CsvKind.FULL))

    form.save_to(tmp_path / "out.csv")

    qtbot.waitUntil(lambda: filled.page.undo.text == "11 lines saved in out.csv")
    lines = (tmp_path / "out.csv").read_text("utf-8-sig").splitlines()
    assert lines[1].startswith('"P000249";"Doe 249";"S1";')


def test_dragged_rows_say_what_they_are(qtbot: Any, filled: BrowserPanel) -> None:
    filled.page.table.toggle_requested.emit(0)
    qtbot.waitUntil(lambda: filled.model.rowCount() == 252)

    mime = filled.model.mimeData([filled.model.index(row, 0) for row in (0, 1, 2)])

    dragged = parse_dragged(bytes(mime.data(DRAGGED_MIME).data()))
    assert dragged.session == filled.session.key
    assert [(row.kind, row.file_ids) for row in dragged.files] == [
        (DraggedKind.LABELS, (2,)),
        (DraggedKind.IMAGE, (1,)),
    ]
    assert len(mime.urls()) == 2


def test_an_open_file_is_chosen_and_not_opened_again(
    qtbot: Any, filled: BrowserPanel, viewer: Any, archive: FakeArchive, tmp_path: Path
) -> None:
    import nibabel
    import numpy as np

    path = tmp_path / "s003.nii.gz"
    image = nibabel.Nifti1Image(np.arange(60, dtype="f4").reshape(3, 4, 5), np.eye(4))
    nibabel.save(image, path)
    archive.client.download.return_value = path
    file = archive.files[0]
    filled.actions_.show_files([file])
    filled.actions_.show_files([file])  # while it is opened
    qtbot.waitUntil(lambda: len(viewer.layers) == 1)
    layer = viewer.layers[0]
    layer.visible = False
    viewer.layers.selection.clear()

    filled.actions_.show_files([file])
    qtbot.wait(50)

    assert len(viewer.layers) == 1
    assert layer.visible
    assert viewer.layers.selection.active is layer
