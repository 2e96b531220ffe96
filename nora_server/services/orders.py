"""Orders: run a tool on many cases, see how far they are, cancel and retry them."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlmodel import Session, col

from nora_core.errors import BadInput, Conflict, NotFound
from nora_core.wire.jobs import (
    JobState,
    LogPart,
    OrderCasePage,
    OrderCaseRow,
    OrderInfo,
    OrderRequest,
    RetryRequest,
)
from nora_core.wire.project import Action
from nora_server.database.columns import utc_now
from nora_server.database.jobs import Order, OrderCase, fit_message
from nora_server.history.events import record
from nora_server.parts import Parts
from nora_server.rights.actor import Actor
from nora_server.rights.query import project_for
from nora_server.services.order_inputs import (
    FileArgument,
    find_inputs,
    read_file_arguments,
)
from nora_server.services.order_logs import read_case_log
from nora_server.services.order_rounds import begin_round, note_cases
from nora_server.services.order_rows import (
    cases_of,
    count_states,
    info_of,
    infos_of_project,
    order_in,
    page_of_cases,
)
from nora_server.services.order_states import RETRYABLE, order_state
from nora_server.services.order_submission import known_order, store_order


def submit_order(
    actor: Actor, parts: Parts, project: str, request: OrderRequest
) -> OrderInfo:
    """Store an order; it is safe against any crash when this returns.

    Cases whose files cannot be found are failed at once, the others wait for the
    watcher. An order of the same key by the same user is returned, not made again.

    Raises
    ------
    NotFound
        If there is no such tool or case.
    ArgumentError, PatternError, NameRefused
        If an argument, a pattern or a tag is wrong.
    """
    with parts.database.write() as session:
        project_id = project_for(actor, session, project, Action.RUN_JOBS).id or 0
        order_id = known_order(actor, session, project_id, request.key)
        if order_id is None:
            order_id = store_order(actor, parts, session, project_id, request)
        info = info_of(session, parts.registry, order_id)
    parts.orders_changed.set()
    return info


def list_orders(actor: Actor, parts: Parts, project: str) -> list[OrderInfo]:
    """Return the latest orders of a project, newest first."""
    with parts.database.read() as session:
        project_id = project_for(actor, session, project, Action.READ).id or 0
        return infos_of_project(session, parts.registry, project_id)


def show_order(actor: Actor, parts: Parts, project: str, order_id: int) -> OrderInfo:
    """Return one order."""
    with parts.database.read() as session:
        project_id = project_for(actor, session, project, Action.READ).id or 0
        order_in(session, project_id, order_id)
        return info_of(session, parts.registry, order_id)


def list_cases(
    actor: Actor,
    parts: Parts,
    project: str,
    order_id: int,
    after: int = 0,
    limit: int = 200,
) -> OrderCasePage:
    """Return a page of an order's cases."""
    with parts.database.read() as session:
        project_id = project_for(actor, session, project, Action.READ).id or 0
        order_in(session, project_id, order_id)
        return page_of_cases(session, order_id, after, limit)


def list_cases_of(
    actor: Actor,
    parts: Parts,
    project: str,
    study_id: int | None = None,
    subject_id: int | None = None,
    limit: int = 50,
) -> list[OrderCaseRow]:
    """Return the latest cases of all orders for one study or one subject.

    Raises
    ------
    BadInput
        If neither or both are given.
    """
    with parts.database.read() as session:
        project_id = project_for(actor, session, project, Action.READ).id or 0
        if (study_id is None) == (subject_id is None):
            raise BadInput("give either 'study_id' or 'subject_id'")
        return cases_of(session, project_id, study_id, subject_id, limit)


def read_log(
    actor: Actor, parts: Parts, project: str, case_id: int, offset: int = 0
) -> LogPart:
    """Return a case's log from byte ``offset`` on."""
    with parts.database.read() as session:
        project_id = project_for(actor, session, project, Action.READ).id or 0
        case = session.get(OrderCase, case_id)
        order = None if case is None else session.get(Order, case.order_id)
        if case is None or order is None or order.project_id != project_id:
            raise NotFound(
                f"no case {case_id} of an order in this project; load the list again"
            )
    return read_case_log(parts.settings.job_folder, case, offset)


def cancel_order(actor: Actor, parts: Parts, project: str, order_id: int) -> OrderInfo:
    """Ask for an order's end; cases that have ended stay as they are."""
    with parts.database.write() as session:
        project_id = project_for(actor, session, project, Action.RUN_JOBS).id or 0
        order = order_in(session, project_id, order_id)
        if not JobState(order.state).is_final and not order.cancel_requested:
            order.cancel_requested = True
            record(session, actor, project_id, "order.cancel", f"order {order_id}")
        session.flush()
        info = info_of(session, parts.registry, order_id)
    parts.orders_changed.set()
    return info


def retry_order(
    actor: Actor, parts: Parts, project: str, order_id: int, request: RetryRequest
) -> OrderInfo:
    """Run cases again that ended in one of the given states, as new attempts.

    Their files are looked up anew; the logs of earlier attempts stay.

    Raises
    ------
    Conflict
        If no case ended in such a state, or the order is being cancelled.
    """
    states = sorted(RETRYABLE.intersection(request.states))
    with parts.database.write() as session:
        project_id = project_for(actor, session, project, Action.RUN_JOBS).id or 0
        order = order_in(session, project_id, order_id)
        is_over = JobState(order.state).is_final
        if order.cancel_requested and not is_over:
            raise Conflict(
                f"order {order_id} is being cancelled; retry when it has ended"
            )
        cases = _cases_in(session, order_id, states)
        if not cases:
            wanted = " or ".join(states) or "failed"
            raise Conflict(f"order {order_id} has no case that is {wanted}")
        _wait_again(parts, session, order, cases)
        if is_over:
            begin_round(order)
        order.state = order_state(count_states(session, [order_id])[order_id]).value
        order.ended_at = utc_now() if JobState(order.state).is_final else None
        record(
            session,
            actor,
            project_id,
            "order.retry",
            f"order {order_id}",
            {"cases": len(cases)},
        )
        session.flush()
        info = info_of(session, parts.registry, order_id)
    parts.orders_changed.set()
    return info


def _cases_in(
    session: Session, order_id: int, states: Sequence[JobState]
) -> Sequence[OrderCase]:
    query = select(OrderCase).where(
        col(OrderCase.order_id) == order_id,
        col(OrderCase.state).in_([state.value for state in states]),
    )
    return session.scalars(query).all()


def _wait_again(
    parts: Parts, session: Session, order: Order, cases: Sequence[OrderCase]
) -> None:
    """Put ``cases`` back to waiting; those without files stay failed."""
    request = OrderRequest.model_validate({**order.request, "case_ids": [1]})
    tool = parts.registry.tool(order.tool)
    patterns: list[FileArgument] = read_file_arguments(
        tool.arguments, tool.check(request.arguments)
    )
    ids = {_case_key(case): case for case in cases}
    found = find_inputs(session, request.level, list(ids), patterns)
    for key, case in ids.items():
        problem = found[key].problem
        case.state = (JobState.FAILED if problem else JobState.WAITING).value
        case.attempt += 0 if problem else 1
        case.inputs = found[key].files
        case.message = fit_message(problem)
        case.ended_at = utc_now() if problem else None
        if not problem:
            case.started_at = None
            case.job_name = ""
    note_cases(session, order.project_id, cases)
    session.flush()


def _case_key(case: OrderCase) -> int:
    return case.subject_id if case.study_id is None else case.study_id
