"""Ends an order whose cases have all ended, or begins another round of attempts."""

import secrets
from collections.abc import Sequence

from sqlalchemy import select
from sqlmodel import Session, col

from nora_core.wire.jobs import JobState
from nora_server.database.changes import note_changes
from nora_server.database.columns import utc_now
from nora_server.database.jobs import Order, OrderCase
from nora_server.services.order_rows import count_states
from nora_server.services.order_states import order_state

_IN_FLIGHT = (JobState.QUEUED, JobState.RUNNING)


def conclude(session: Session, order_id: int) -> None:
    """Bring an order's own state up to date.

    Where no case is with the back end any more, those that wait for another attempt
    get a new job folder, or are cancelled where that was asked for.
    """
    order = session.get_one(Order, order_id)
    counts = count_states(session, [order_id])[order_id]
    is_idle = not any(counts.get(state) for state in _IN_FLIGHT)
    if is_idle and counts.get(JobState.WAITING):
        if order.cancel_requested:
            _cancel_waiting(session, order)
            counts = count_states(session, [order_id])[order_id]
        elif order.backend_job_id is not None:
            begin_round(order)
    state = order_state(counts)
    order.state = state.value
    if state.is_final:
        order.ended_at = utc_now()


def _cancel_waiting(session: Session, order: Order) -> None:
    query = select(OrderCase).where(
        col(OrderCase.order_id) == order.id,
        col(OrderCase.state) == JobState.WAITING.value,
    )
    cases = session.scalars(query).all()
    for case in cases:
        case.state = JobState.CANCELLED.value
        case.message = "cancelled before it began"
        case.ended_at = utc_now()
    note_cases(session, order.project_id, cases)
    session.flush()


def begin_round(order: Order) -> None:
    """Give an order a new job folder for the cases that wait."""
    order.job_name = new_job_name()
    order.backend_job_id = None
    order.cancel_requested = False
    order.message = ""


def note_cases(session: Session, project_id: int, cases: Sequence[OrderCase]) -> None:
    """Note for the search index that the states of ``cases`` changed."""
    note_changes(
        session,
        project_id,
        [case.study_id for case in cases if case.study_id is not None],
        [case.subject_id for case in cases if case.study_id is None],
    )


def new_job_name() -> str:
    """Return a name that no other job has."""
    return f"nora-{secrets.token_hex(8)}"
