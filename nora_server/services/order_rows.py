"""Reads orders and their cases as clients see them."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Select, func, select
from sqlmodel import Session, col

from nora_core.errors import NotFound
from nora_core.plugins.registry import Registry
from nora_core.wire.case import Level
from nora_core.wire.jobs import JobState, OrderCasePage, OrderCaseRow, OrderInfo
from nora_server.database.accounts import Account, Project
from nora_server.database.archive import Study, Subject
from nora_server.database.chunks import in_chunks
from nora_server.database.jobs import Order, OrderCase

_MAX_ORDERS = 200


def order_in(session: Session, project_id: int, order_id: int) -> Order:
    """Return an order of a project.

    Raises
    ------
    NotFound
        If the project has none of this number.
    """
    order = session.get(Order, order_id)
    if order is None or order.project_id != project_id:
        raise NotFound(f"no order {order_id} in this project; load the list again")
    return order


def count_states(
    session: Session, order_ids: Sequence[int]
) -> dict[int, dict[JobState, int]]:
    """Return how many cases of each order are in which state."""
    counts: dict[int, dict[JobState, int]] = defaultdict(dict)
    for chunk in in_chunks(order_ids):
        query = (
            select(col(OrderCase.order_id), col(OrderCase.state), func.count())
            .where(col(OrderCase.order_id).in_(chunk))
            .group_by(col(OrderCase.order_id), col(OrderCase.state))
        )
        for order_id, state, count in session.execute(query):
            counts[order_id][JobState(state)] = count
    return counts


def infos_of_project(
    session: Session, registry: Registry, project_id: int
) -> list[OrderInfo]:
    """Return the latest orders of a project, newest first."""
    query = _orders().where(col(Order.project_id) == project_id)
    return _infos(session, registry, query.order_by(col(Order.id).desc()))


def info_of(session: Session, registry: Registry, order_id: int) -> OrderInfo:
    """Return one order, which exists."""
    return _infos(session, registry, _orders().where(col(Order.id) == order_id))[0]


def page_of_cases(
    session: Session, order_id: int, after: int, limit: int
) -> OrderCasePage:
    """Return the cases of an order whose numbers are above ``after``."""
    query = (
        select(OrderCase, col(Subject.patients_id), col(Study.studies_id))
        .join(Subject, col(Subject.id) == col(OrderCase.subject_id))
        .outerjoin(Study, col(Study.id) == col(OrderCase.study_id))
        .where(col(OrderCase.order_id) == order_id, col(OrderCase.id) > after)
        .order_by(col(OrderCase.id))
        .limit(limit + 1)
    )
    found = session.execute(query).all()
    rows = [_case_row(case, patient, study) for case, patient, study in found[:limit]]
    return OrderCasePage(rows=rows, next=rows[-1].id if len(found) > limit else None)


def cases_of(
    session: Session,
    project_id: int,
    study_id: int | None,
    subject_id: int | None,
    limit: int,
) -> list[OrderCaseRow]:
    """Return the latest cases of one study, or of one subject with its studies."""
    is_asked = (
        col(OrderCase.study_id) == study_id
        if study_id is not None
        else col(OrderCase.subject_id) == subject_id
    )
    query = (
        select(OrderCase, col(Subject.patients_id), col(Study.studies_id))
        .join(Order, col(Order.id) == col(OrderCase.order_id))
        .join(Subject, col(Subject.id) == col(OrderCase.subject_id))
        .outerjoin(Study, col(Study.id) == col(OrderCase.study_id))
        .where(col(Order.project_id) == project_id, is_asked)
        .order_by(col(OrderCase.id).desc())
        .limit(limit)
    )
    found = session.execute(query).all()
    return [_case_row(case, patient, study) for case, patient, study in found]


def _orders() -> Select[Order, str, str]:
    return (
        select(Order, col(Project.name), col(Account.name))
        .join(Project, col(Project.id) == col(Order.project_id))
        .join(Account, col(Account.id) == col(Order.account_id))
        .limit(_MAX_ORDERS)
    )


def _infos(
    session: Session, registry: Registry, query: Select[Order, str, str]
) -> list[OrderInfo]:
    found = session.execute(query).all()
    counts = count_states(session, [order.id for order, _, _ in found])
    tools = registry.tools
    return [
        OrderInfo(
            id=order.id,
            project=project,
            tool=order.tool,
            tool_title=tools[order.tool].title if order.tool in tools else order.tool,
            arguments=order.request.get("arguments", {}),
            level=Level(order.level),
            state=JobState(order.state),
            counts=counts.get(order.id, {}),
            created_by=author,
            created_at=order.created_at,
            ended_at=order.ended_at,
            backend=order.backend,
            message=order.message,
        )
        for order, project, author in found
    ]


def _case_row(
    case: OrderCase, patients_id: str, studies_id: str | None
) -> OrderCaseRow:
    return OrderCaseRow(
        id=case.id or 0,
        order_id=case.order_id,
        subject_id=case.subject_id,
        study_id=case.study_id,
        patients_id=patients_id,
        studies_id=studies_id,
        state=JobState(case.state),
        attempt=case.attempt,
        started_at=case.started_at,
        ended_at=case.ended_at,
        message=case.message,
        result_file_ids=case.result_file_ids,
    )
