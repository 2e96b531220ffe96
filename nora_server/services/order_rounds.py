"""Ends an order whose cases have all ended, or begins another round of attempts."""

from sqlalchemy import select
from sqlmodel import Session, col

from nora_core.wire.jobs import JobState
from nora_server.database.columns import utc_now
from nora_server.database.jobs import Order, OrderCase
from nora_server.services.order_rows import count_states
from nora_server.services.order_states import order_state
from nora_server.services.orders import begin_round, note_cases

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
