"""What is chosen in the table, fetched or not."""

from __future__ import annotations

from napari_nora.opening.series import Series
from napari_nora.widgets.browser.chosen import chosen_of, selection_of
from napari_nora.widgets.browser.rows import Node, NodeKind
from napari_nora.widgets.browser.state import TableRows
from napari_nora.widgets.browser.undo import UndoStack
from nora_core.wire.archive import CaseCount, CasePage, CaseQuery, StudyInfo, TagLevel
from nora_core.wire.case import Level
from tests.gui.fake_client import case_row, file_row


def rows_with(level: Level = Level.STUDY, total: int = 1000) -> TableRows:
    """Return rows of which the first hundred have been fetched."""
    rows = TableRows(CaseQuery(level=level))
    rows.is_started = True
    page = [
        case_row(number, level, study_id=None if level is Level.SUBJECT else number)
        for number in range(1, 101)
    ]
    rows.pages.store(0, CasePage(rows=page, next="x"))
    rows.pages.count = CaseCount(matching=total, total=total)
    return rows


def test_thousands_of_rows_are_chosen_without_being_fetched() -> None:
    chosen = chosen_of(rows_with(), [(0, 999)])

    assert (chosen.count, chosen.what, chosen.is_known) == (
        1000,
        "1,000 studies",
        False,
    )
    assert chosen.ids == list(range(1, 101))


def test_rows_around_an_open_case_are_the_cases_alone() -> None:
    rows = rows_with()
    files = [file_row(1, "a.nii"), file_row(2, "b.nii", tags=["mask"])]
    rows.open.set_below(1, [Node(NodeKind.FILE, file) for file in files])

    assert chosen_of(rows, [(0, 1)]).ids == [1, 2]
    assert chosen_of(rows, [(4, 5)]).ids == [3, 4]
    below = chosen_of(rows, [(2, 3)])
    assert (below.level, below.ids, below.tags) == (TagLevel.FILE, [1, 2], {"mask"})
    assert chosen_of(rows, [(0, 5)]).what == "2 files"


def test_a_series_stands_for_all_its_files() -> None:
    rows = rows_with()
    files = tuple(file_row(number, f"ct/{number}.dcm") for number in (1, 2, 3))
    rows.open.set_below(0, [Node(NodeKind.SERIES, Series("ct", files))])

    assert chosen_of(rows, [(1, 1)]).ids == [1, 2, 3]


def test_the_patient_of_a_row_below_a_subject_has_the_study() -> None:
    rows = rows_with(Level.SUBJECT)
    study = StudyInfo(
        study_id=77,
        subject_id=2,
        patients_id="P000002",
        studies_id="S9",
        name="Doe 2",
        date=None,
        description="knee",
        modality="MR",
    )
    node = Node(NodeKind.STUDY, study, 1, True, [Node(NodeKind.FILE, file_row(1, "a"))])
    rows.open.set_below(1, [node])

    for row in (2, 3):
        selection = selection_of(rows, [(row, row)], row)
        assert selection.study_id == 77
        assert selection.patient is not None
        assert selection.patient.psid == "P000002#S9"
        assert selection.patient.subject_id == 2
    alone = selection_of(rows, [(1, 1)], 1).patient
    assert alone is not None
    assert (alone.psid, alone.study_id) == ("P000002", None)


def test_changes_are_taken_back_latest_first_and_once() -> None:
    stack, seen = UndoStack(), list[int]()
    first = stack.push(lambda: seen.append(1))
    stack.push(lambda: seen.append(2))

    first()
    first()
    assert stack.undo()
    assert not stack.undo()
    assert seen == [1, 2]
