"""Orders in words, pauses between looks, and what a form still lacks."""

from __future__ import annotations

import pytest

from napari_nora.session import Selection
from napari_nora.tasks import Task
from napari_nora.widgets.batch.cases import resolve_cases
from napari_nora.widgets.batch.state import (
    LONGEST_PAUSE_MS,
    SHORTEST_PAUSE_MS,
    Pause,
    broken_in_words,
    ended_part,
    find_tools,
    image_pattern,
    missing_arguments,
    new_order,
    progress_in_words,
    reload_in_words,
)
from nora_core.wire.archive import CaseQuery
from nora_core.wire.case import Level
from nora_core.wire.jobs import JobState
from nora_core.wire.tool import BrokenPlugin
from tests.gui.fake_client import FakeArchive
from tests.gui.fake_jobs import TOOL, order_info


def test_pauses_grow_while_nothing_changes_and_shrink_when_it_does() -> None:
    pause = Pause()

    pauses = [pause.after("same") for _ in range(20)]

    assert pauses[0] == SHORTEST_PAUSE_MS
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE_MS
    assert pause.after("news") == SHORTEST_PAUSE_MS


def test_progress_in_words() -> None:
    order = order_info({JobState.DONE: 12, JobState.FAILED: 1, JobState.QUEUED: 17})

    assert progress_in_words(order) == "12 of 30 done, 17 queued, 1 failed"
    assert ended_part(order) == pytest.approx(13 / 30)


def test_a_reload_says_what_is_new_changed_and_gone() -> None:
    other = TOOL.model_copy(update={"name": "other", "title": "Other"})
    changed = TOOL.model_copy(update={"description": "Better."})

    assert reload_in_words([TOOL], [TOOL]) == "1 tool"
    assert reload_in_words([TOOL], [TOOL, other]) == "2 tools; new: Other"
    assert (
        reload_in_words([TOOL, other], [changed])
        == "1 tool; changed: Threshold; gone: Other"
    )


def test_one_broken_plugin_is_told_with_its_error_and_more_by_name() -> None:
    broken = [BrokenPlugin(name=n, source="x.py", error="SyntaxError: x") for n in "ab"]

    assert broken_in_words([]) == ""
    assert broken_in_words(broken[:1]) == "The plug-in 'a' was skipped: SyntaxError: x"
    assert broken_in_words(broken).endswith("because of errors: a, b")


def test_required_arguments_that_are_empty_are_missing() -> None:
    assert [a.name for a in missing_arguments(TOOL, {"image": ""})] == ["image"]
    assert missing_arguments(TOOL, {"image": "t1*"}) == []


def test_empty_values_are_left_to_the_tools_defaults() -> None:
    order = new_order(TOOL, {"image": "t1*", "lower": 0, "word": ""}, Level.STUDY, [1])

    assert order.arguments == {"image": "t1*", "lower": 0}


def test_every_order_has_its_own_key() -> None:
    keys = {new_order(TOOL, {}, Level.STUDY, [1]).key for _ in range(3)}

    assert len(keys) == 3


def test_tools_are_found_by_words_in_any_order() -> None:
    assert find_tools([TOOL], "MASK thresh") == [TOOL]
    assert find_tools([TOOL], "fibers") == []


def test_results_belong_over_the_first_image() -> None:
    order = order_info({JobState.DONE: 1}, arguments={"image": "t1*", "lower": 3})

    assert image_pattern(TOOL, order) == "t1*"
    assert image_pattern(None, order) == ""


def ids_of(selection: Selection, everything: bool = False) -> list[int]:
    task = Task("", None, lambda function: function())
    return resolve_cases(FakeArchive(2500).client, "demo", selection, everything, task)


def test_known_rows_are_not_asked_for() -> None:
    assert ids_of(Selection(case_ids=(4, 7), count=2, matching=2500)) == [4, 7]


def test_rows_that_the_table_never_showed_are_fetched() -> None:
    blocks = ((3, 4), (100, 1400))

    ids = ids_of(Selection(count=1303, matching=2500, ranges=blocks))

    assert ids == [4, 5, *range(101, 1402)]


def test_everything_means_all_that_pass_the_filter() -> None:
    query = CaseQuery.model_validate({"filter": {"name": "Doe 12"}})

    ids = ids_of(Selection(matching=111, query=query), everything=True)

    assert len(ids) == 111
