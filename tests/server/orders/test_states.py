"""The rules by which cases and orders go from state to state."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nora_core.wire.jobs import FINAL_STATES, JobState
from nora_server.services.order_states import (
    RETRYABLE,
    advance,
    is_tried_again,
    order_state,
)

states = st.sampled_from(JobState)
FORWARD = [JobState.WAITING, JobState.QUEUED, JobState.RUNNING]


@given(st.lists(states))
def test_a_case_never_leaves_a_final_state_and_never_goes_back(
    reports: list[JobState],
) -> None:
    state = JobState.WAITING
    for report in reports:
        after = advance(state, report)
        if state.is_final:
            assert after is state
        elif not after.is_final:
            assert FORWARD.index(after) >= FORWARD.index(state)
        state = after


@given(st.lists(states))
def test_the_first_final_report_counts(reports: list[JobState]) -> None:
    state = JobState.WAITING
    for report in reports:
        state = advance(state, report)
    first = next((report for report in reports if report.is_final), None)
    assert state is first or (first is None and not state.is_final)


@given(st.dictionaries(states, st.integers(0, 5)).filter(lambda c: any(c.values())))
def test_an_order_is_over_exactly_when_all_its_cases_are(
    counts: dict[JobState, int],
) -> None:
    is_over = all(state in FINAL_STATES for state, count in counts.items() if count)
    assert order_state(counts).is_final == is_over


@given(st.dictionaries(states, st.integers(1, 5), min_size=1))
def test_an_order_is_done_only_when_all_its_cases_are(
    counts: dict[JobState, int],
) -> None:
    assert (order_state(counts) is JobState.DONE) == (set(counts) == {JobState.DONE})


@given(st.integers(1, 10))
def test_attempts_in_a_row_are_as_many_as_configured(attempts: int) -> None:
    row = 1
    while is_tried_again(row, attempts):
        row += 1
    assert row == attempts
    assert is_tried_again(row + 1, attempts) == (attempts > 1)


def test_done_cases_cannot_be_retried() -> None:
    assert RETRYABLE | {JobState.DONE} == FINAL_STATES
