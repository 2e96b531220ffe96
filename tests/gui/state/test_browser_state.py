"""Filter bars, order and level become one query."""

from __future__ import annotations

import pytest

from napari_nora.widgets.browser.filters import check_bar
from napari_nora.widgets.browser.state import BrowserState, count_in_words
from nora_core.errors import PatternError
from nora_core.wire.archive import CaseCount, SortKey
from nora_core.wire.case import Level


@pytest.fixture
def state() -> BrowserState:
    return BrowserState(check_bar)


def test_every_bar_reaches_the_query(state: BrowserState) -> None:
    for name in state.bars:
        state.set_bar(name, "x")

    assert set(state.query.filter.model_dump().values()) == {"x"}


def test_an_error_is_shown_and_the_table_stays(state: BrowserState) -> None:
    changes: list[None] = []
    state.set_bar("files", "t1*")
    state.query_changed.connect(lambda: changes.append(None))

    state.set_bar("files", "t1* & COLOR:red")

    assert "COLOR" in state.bars["files"].error
    assert changes == []


def test_a_good_bar_says_what_it_means(state: BrowserState) -> None:
    state.set_bar("files", "t1*/s0* & STAG:control")

    assert "control" in state.bars["files"].words
    assert not state.bars["files"].error


def test_the_same_text_again_asks_for_nothing(state: BrowserState) -> None:
    changes: list[None] = []
    state.set_bar("name", "Doe")
    state.query_changed.connect(lambda: changes.append(None))

    state.set_bar("name", "  Doe ")

    assert changes == []


def test_clearing_lets_every_row_through(state: BrowserState) -> None:
    state.set_bar("name", "Doe")

    state.clear_bars()

    assert not state.is_filtered
    assert state.query.filter.name == ""


def test_order_and_level_change_the_query(state: BrowserState) -> None:
    state.set_sort(SortKey.DATE, True)
    state.set_level(Level.SUBJECT)

    assert (state.query.sort, state.query.descending) == (SortKey.DATE, True)
    assert state.query.level is Level.SUBJECT


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (None, "counting …"),
        (CaseCount(matching=214, total=1032), "214 of 1,032 studies"),
        (CaseCount(matching=9, total=9), "9 studies"),
        (CaseCount(matching=0, total=9), "0 of 9 studies · try *word"),
        (CaseCount(matching=9, total=12, exact=False), "9+ of 12 studies"),
    ],
)
def test_counts_in_words(count: CaseCount | None, words: str) -> None:
    assert count_in_words(count, Level.STUDY) == words


def test_a_column_bar_knows_no_attributes_of_files() -> None:
    with pytest.raises(PatternError):
        check_bar("files", "&")
    assert check_bar("name", "") == ""
