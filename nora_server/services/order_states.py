"""How cases and orders go from state to state: pure rules, in one place.

A case goes forward only: waiting, queued, running, then one of the final states,
which it leaves only when a user retries it. Where an order allows several attempts,
an interrupted case waits again instead of becoming ``interrupted``.
"""

from collections.abc import Mapping

from nora_core.wire.jobs import FINAL_STATES, JobState

RETRYABLE = frozenset({JobState.FAILED, JobState.INTERRUPTED, JobState.CANCELLED})
"""States in which a user may run a case again."""

_RANK = {JobState.WAITING: 0, JobState.QUEUED: 1, JobState.RUNNING: 2}
_WORST_FIRST = (
    JobState.FAILED,
    JobState.INTERRUPTED,
    JobState.CANCELLED,
    JobState.DONE,
)


def advance(current: JobState, reported: JobState) -> JobState:
    """Return the state of a case after a report about its present attempt."""
    if current.is_final:
        return current
    if reported.is_final or _RANK[reported] > _RANK[current]:
        return reported
    return current


def is_tried_again(attempt: int, attempts: int) -> bool:
    """Tell whether an interrupted ``attempt`` is followed by another by itself.

    ``attempts`` are allowed in a row; a user's retry begins such a row anew.
    """
    return attempt % attempts != 0


def order_state(counts: Mapping[JobState, int]) -> JobState:
    """Return the state of an order whose cases are in these states."""
    present = {state for state, count in counts.items() if count}
    if present <= FINAL_STATES:
        return next(state for state in _WORST_FIRST if state in present)
    if present <= {JobState.WAITING, JobState.FAILED}:
        return JobState.WAITING
    if JobState.RUNNING in present or present & FINAL_STATES - {JobState.FAILED}:
        return JobState.RUNNING
    return JobState.QUEUED
