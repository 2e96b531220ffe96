"""The browser widget with a fake server: what the user does and sees."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qtpy.QtCore import Qt

from napari_nora.widgets.browser import columns
from napari_nora.widgets.browser.menus import RowMenu
from napari_nora.widgets.browser.panel import BrowserPanel
from nora_core.errors import NotLoggedIn, ServerUnreachable
from nora_core.geometry.grid import Grid
from nora_core.images import Volume, write_volume
from nora_core.wire.archive import CaseQuery, TagLevel
from nora_core.wire.case import Level
from nora_core.wire.project import Action
from tests.gui.fake_client import PROJECT, FakeArchive


def text_at(panel: BrowserPanel, row: int, column: int = columns.NAME) -> str:
    return panel.model.index(row, column).data()


def open_row(qtbot: Any, panel: BrowserPanel, row: int = 0) -> None:
    panel.page.table.toggle_requested.emit(row)
    qtbot.waitUntil(lambda: text_at(panel, row + 1) == "masks/lesion.nii.gz")


def test_log_in_comes_first(panel: BrowserPanel) -> None:
    assert panel.login.isVisible()
    assert not panel.page.isVisible()


def test_log_in_asks_for_what_is_missing(panel: BrowserPanel) -> None:
    panel.login.log_in_button.click()

    assert "address" in panel.login.error.text


def test_a_failed_log_in_says_why_and_can_be_tried_again(
    qtbot: Any, panel: BrowserPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(wish: object, task: object) -> None:
        raise ServerUnreachable("no answer from https://nora.test; is it running?")

    monkeypatch.setattr("napari_nora.widgets.browser.connect.log_in", refuse)
    panel.login.url.setText("nora.test")
    panel.login.name.setText("anna")

    panel.login.log_in_button.click()

    qtbot.waitUntil(lambda: "no answer" in panel.login.error.text)
    assert panel.login.log_in_button.isEnabled()


def test_the_password_is_not_remembered_in_the_settings(
    qtbot: Any, panel: BrowserPanel, tmp_path: Path
) -> None:
    panel.login.url.setText("http://127.0.0.1:9")
    panel.login.name.setText("anna")
    panel.login.password.setText("correct horse")

    panel.login.log_in_button.click()
    qtbot.waitUntil(lambda: bool(panel.login.error.text), timeout=20_000)

    panel.session.remembered.set("x", "y")
    panel.session.remembered.sync()
    assert "correct horse" not in (tmp_path / "window.ini").read_text()


def test_rows_and_their_number_are_shown(filled: BrowserPanel) -> None:
    assert text_at(filled, 0) == "Doe 1"
    assert text_at(filled, 0, columns.PATIENTS_ID) == "P000001"
    assert filled.page.count.text() == "250 studies"


def test_no_answer_is_awaited_in_the_main_thread(
    filled: BrowserPanel, archive: FakeArchive
) -> None:
    assert threading.get_ident() not in archive.threads


def test_rows_far_away_are_placeholders_until_they_come(
    qtbot: Any, filled: BrowserPanel
) -> None:
    assert text_at(filled, 240) == "…"

    filled.page.table.scrollToBottom()

    qtbot.waitUntil(lambda: text_at(filled, 240) == "Doe 241")


def test_a_filter_narrows_the_table_and_counts(
    qtbot: Any, filled: BrowserPanel
) -> None:
    bar = filled.page.table.header.bars["name"]

    qtbot.keyClicks(bar, "Doe 24")

    qtbot.waitUntil(lambda: filled.page.count.text() == "11 of 250 studies")
    assert text_at(filled, 0) == "Doe 24"
    filled.page.clear_filters.click()
    qtbot.waitUntil(lambda: filled.page.count.text() == "250 studies")
    assert bar.text() == ""


def test_a_slow_old_answer_never_replaces_a_new_one(
    qtbot: Any, filled: BrowserPanel, archive: FakeArchive
) -> None:
    held = threading.Event()

    def gate(query: CaseQuery) -> None:
        if query.filter.name == "Doe 1":
            held.wait(5)

    archive.gate = gate
    filled.state.set_bar("name", "Doe 1")
    qtbot.wait(30)

    filled.state.set_bar("name", "Doe 200")
    qtbot.waitUntil(lambda: filled.model.rowCount() == 1)
    held.set()
    qtbot.wait(100)

    assert text_at(filled, 0) == "Doe 200"


def test_a_wrong_pattern_is_explained_at_the_bar(
    qtbot: Any, filled: BrowserPanel
) -> None:
    qtbot.keyClicks(filled.page.search, "t1* & COLOR:red")

    qtbot.waitUntil(filled.page.search_note.isVisible)
    assert "COLOR" in filled.page.search_note.text()
    assert filled.model.rowCount() == 250


def test_a_row_opens_to_its_files_and_closes(qtbot: Any, filled: BrowserPanel) -> None:
    open_row(qtbot, filled, 1)

    assert filled.model.rowCount() == 252
    assert text_at(filled, 3) == "t1/s003.nii.gz"
    assert text_at(filled, 4) == "Doe 3"

    filled.page.table.toggle_requested.emit(1)
    assert filled.model.rowCount() == 250


def test_subjects_open_to_studies_and_these_to_files(
    qtbot: Any, filled: BrowserPanel
) -> None:
    filled.page.level_chosen.emit(Level.SUBJECT)
    table = filled.page.table
    qtbot.waitUntil(lambda: table.isColumnHidden(columns.STUDIES_ID))

    table.toggle_requested.emit(0)
    qtbot.waitUntil(lambda: text_at(filled, 1).startswith("S1"))
    table.toggle_requested.emit(1)
    qtbot.waitUntil(lambda: text_at(filled, 2) == "masks/lesion.nii.gz")

    assert filled.model.rowCount() == 253


def test_chosen_rows_are_told_to_the_other_panels(filled: BrowserPanel) -> None:
    filled.page.table.selectRow(7)

    selection = filled.session.selection
    assert (selection.case_ids, selection.count, selection.study_id) == ((8,), 1, 8)


def test_all_rows_can_be_chosen_without_being_loaded(filled: BrowserPanel) -> None:
    filled.page.table.selectAll()

    assert filled.session.selection.count == 250
    assert filled.session.selection.ranges == ((0, 249),)


def test_tags_are_added_with_completion_and_taken_back(
    qtbot: Any, filled: BrowserPanel, archive: FakeArchive
) -> None:
    filled.page.table.selectRow(2)
    filled.table_control.tags.ask_for_tags()
    line = filled.page.tag_line
    qtbot.waitUntil(line.isVisible)
    line.edit.setText("checked pilot")
    line.add.click()
    qtbot.waitUntil(lambda: filled.page.undo.text == "1 study tagged checked, pilot")

    change = archive.client.change_tags.call_args.args[1]
    assert (change.level, change.ids) == (TagLevel.STUDY, [3])

    filled.page.undo.button.click()
    qtbot.waitUntil(lambda: filled.page.undo.text == "Tags are as before")
    assert archive.client.change_tags.call_args.args[1].remove == ["checked", "pilot"]


def test_a_forbidden_tag_is_refused_where_it_was_typed(
    qtbot: Any, filled: BrowserPanel
) -> None:
    filled.page.table.selectRow(2)

    filled.page.tag_line.tags_typed.emit(["a/b"])

    assert "tag" in filled.page.error.text


def test_deleting_goes_to_the_trash_and_back(
    qtbot: Any, filled: BrowserPanel, archive: FakeArchive
) -> None:
    filled.page.table.selectRow(3)
    menu = RowMenu(filled._chosen(), filled.session, {}, filled)

    filled.actions_.delete(filled._chosen())
    qtbot.waitUntil(lambda: "in the trash" in filled.page.undo.text)
    archive.client.delete_studies.assert_called_once_with("demo", [4])
    filled.page.undo.button.click()

    qtbot.waitUntil(lambda: archive.client.undo.called)
    assert menu.delete.isEnabled()


def test_a_reader_cannot_change_anything(
    qtbot: Any, filled: BrowserPanel, archive: FakeArchive
) -> None:
    reader = PROJECT.model_copy(update={"actions": [Action.READ]})
    filled.session.choose_project(reader)
    qtbot.waitUntil(lambda: filled.model.rowCount() == 250)
    filled.page.table.selectRow(3)

    menu = RowMenu(filled._chosen(), filled.session, {}, filled)

    assert not menu.delete.isEnabled()
    assert not menu.add_tags.isEnabled()
    assert not filled.page.save_mask.isEnabled()


def test_a_file_is_shown_as_a_layer(
    qtbot: Any,
    filled: BrowserPanel,
    archive: FakeArchive,
    viewer: Any,
    tmp_path: Path,
) -> None:
    path = tmp_path / "s003.nii.gz"
    data = np.arange(60, dtype="float32").reshape(3, 4, 5)
    write_volume(path, Volume(data, Grid((3, 4, 5), np.eye(4))))
    archive.client.download.return_value = path
    open_row(qtbot, filled)

    filled.page.table.selectRow(2)
    filled.page.show_files.click()

    qtbot.waitUntil(lambda: len(viewer.layers) == 1)
    assert viewer.layers[0].name == "t1 s003"


def test_a_file_of_a_server_that_was_left_is_not_shown(
    qtbot: Any,
    filled: BrowserPanel,
    archive: FakeArchive,
    viewer: Any,
    tmp_path: Path,
) -> None:
    path = tmp_path / "s003.nii.gz"
    write_volume(path, Volume(np.ones((3, 4, 5), "f4"), Grid((3, 4, 5), np.eye(4))))
    go = threading.Event()
    archive.client.download.side_effect = lambda *_, **__: go.wait(5) and path
    filled.actions_.show_files([archive.files[0]])
    task = filled.session.tasks.titled[0]
    filled.session.connect(None)
    go.set()
    qtbot.waitUntil(lambda: task.is_ended)
    assert len(viewer.layers) == 0


def test_a_broken_file_is_named_with_details(
    qtbot: Any, filled: BrowserPanel, archive: FakeArchive, tmp_path: Path
) -> None:
    path = tmp_path / "s003.nii.gz"
    path.write_bytes(b"no image")
    archive.client.download.return_value = path
    open_row(qtbot, filled)

    filled.page.table.selectRow(2)
    filled.page.show_files.click()

    qtbot.waitUntil(lambda: "s003.nii.gz" in filled.page.error.text)


def test_a_dragged_row_is_an_address_for_the_reader(
    qtbot: Any, filled: BrowserPanel
) -> None:
    open_row(qtbot, filled)
    index = filled.model.index(2, 0)

    mime = filled.model.mimeData([index])

    (url,) = mime.urls()
    assert url.toString() == f"nora-file://{filled.session.key}/1/1"
    assert filled.model.flags(index) & Qt.ItemFlag.ItemIsDragEnabled


def test_an_expired_token_leads_back_to_the_log_in(
    qtbot: Any, filled: BrowserPanel, archive: FakeArchive
) -> None:
    archive.client.page.side_effect = NotLoggedIn("your log-in has expired")

    filled.state.set_bar("name", "Doe 1")

    qtbot.waitUntil(panel_shows_login(filled))
    assert "expired" in filled.login.error.text


def panel_shows_login(panel: BrowserPanel) -> Callable[[], bool]:
    return panel.login.isVisible


def test_a_user_without_projects_is_told_the_next_step(
    qtbot: Any,
    panel: BrowserPanel,
    archive: FakeArchive,
    connect: Callable[[FakeArchive], None],
) -> None:
    archive.client.projects.return_value = []

    connect(archive)

    qtbot.waitUntil(panel.no_project.isVisible)
    assert "folder" in panel.no_project.button.text()
