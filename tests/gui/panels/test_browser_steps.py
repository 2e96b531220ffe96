"""From case to case in the table, whatever comes and goes in it."""

from __future__ import annotations

from typing import Any

from napari_nora.widgets.browser.panel import BrowserPanel
from nora_core.wire.archive import CaseRow
from tests.gui.fake_client import FakeArchive


def test_steps_go_past_files_and_tell_the_case(
    qtbot: Any, filled: BrowserPanel
) -> None:
    stepped: list[CaseRow] = []
    filled.session.case_stepped.connect(stepped.append)
    filled.page.table.toggle_requested.emit(0)
    qtbot.waitUntil(lambda: filled.model.rowCount() == 252)

    for _ in range(3):
        filled.session.case_step(+1)
    filled.session.case_step(-1)

    assert [row.study_id for row in stepped] == [1, 2, 3, 2]
    patient = filled.session.selection.patient
    assert patient is not None
    assert (patient.psid, patient.name) == ("P000002#S1", "Doe 2")


def test_a_step_onto_a_page_that_is_not_here_waits_for_it(
    qtbot: Any, filled: BrowserPanel
) -> None:
    stepped: list[CaseRow] = []
    filled.session.case_stepped.connect(stepped.append)
    filled.page.table.selectRow(99)

    filled.session.case_step(+1)
    filled.session.case_step(+1)

    qtbot.waitUntil(lambda: bool(stepped))
    assert stepped[-1].study_id == 102
    assert filled.session.selection.study_id == 102


def test_the_ends_of_the_table_say_so(filled: BrowserPanel) -> None:
    said: list[str] = []
    filled.session.noticed.connect(said.append)
    filled.session.case_step(+1)

    filled.session.case_step(-1)

    assert said == ["This is the first case of the table"]
    assert filled.session.selection.study_id == 1


def test_chosen_cases_stay_chosen_when_rows_come_above(
    qtbot: Any, filled: BrowserPanel, archive: FakeArchive
) -> None:
    filled.page.table.selectRow(10)
    archive.rows = archive.rows[3:]

    filled.session.files_changed.emit(None)

    qtbot.waitUntil(lambda: filled.page.table.chosen_ranges == [(7, 7)])
    qtbot.waitUntil(lambda: filled.model.rowCount() == 247)
    assert filled.session.selection.study_id == 11


def test_the_next_case_fills_the_place_of_one_that_left(
    qtbot: Any, filled: BrowserPanel, archive: FakeArchive
) -> None:
    filled.page.table.selectRow(10)
    del archive.rows[10]

    filled.session.files_changed.emit(None)
    qtbot.waitUntil(lambda: filled.page.table.chosen_ranges == [])
    qtbot.waitUntil(lambda: filled.page.count.text() == "249 studies")
    filled.session.case_step(+1)

    assert filled.session.selection.study_id == 12


def test_neighbors_are_fetched_where_they_are_missing(
    qtbot: Any, filled: BrowserPanel
) -> None:
    filled.page.table.selectRow(98)
    came: list[None] = []
    filled.session.neighbors_changed.connect(lambda: came.append(None))

    near = filled.session.neighbors(2)
    assert [row.study_id for row in near.previous] == [98, 97]
    assert [row.study_id for row in near.next] == [100]
    assert not near.is_complete

    qtbot.waitUntil(lambda: bool(came))
    near = filled.session.neighbors(2)
    assert [row.study_id for row in near.next] == [100, 101]
    assert near.is_complete
