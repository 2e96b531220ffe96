"""Stores a new order with all its cases, in one transaction."""

from collections.abc import Mapping

from sqlalchemy import insert, select
from sqlmodel import Session, col

from nora_core.errors import Conflict
from nora_core.wire.case import Level
from nora_core.wire.jobs import JobState, OrderRequest
from nora_core.wire.names import check_tag
from nora_server.database.changes import note_changes
from nora_server.database.chunks import in_chunks
from nora_server.database.columns import utc_now
from nora_server.database.jobs import Order, OrderCase, fit_message
from nora_server.history.events import record
from nora_server.parts import Parts
from nora_server.rights.actor import Actor
from nora_server.services.belonging import studies_among, subjects_among
from nora_server.services.order_inputs import (
    CaseInputs,
    find_inputs,
    read_file_arguments,
)
from nora_server.services.order_rounds import new_job_name
from nora_server.services.order_rows import count_states
from nora_server.services.order_states import order_state


def known_order(
    actor: Actor, session: Session, project_id: int, key: str | None
) -> int | None:
    """Return the number of the order that this user sent under ``key``, if any.

    Raises
    ------
    Conflict
        If it belongs to another project.
    """
    if key is None:
        return None
    query = select(Order).where(
        col(Order.account_id) == actor.account_id, col(Order.key) == key
    )
    order = session.scalar(query)
    if order is not None and order.project_id != project_id:
        raise Conflict(
            f"the key {key!r} belongs to an order of another project; choose a new one"
        )
    return None if order is None else order.id


def store_order(
    actor: Actor,
    parts: Parts,
    session: Session,
    project_id: int,
    request: OrderRequest,
) -> int:
    """Store an order; cases whose files cannot be found are failed at once."""
    tool = parts.registry.tool(request.tool)
    arguments = tool.check(request.arguments)
    for tag in request.tags:
        check_tag(tag)
    patterns = read_file_arguments(tool.arguments, arguments)
    subjects = _subjects_of(session, project_id, request)
    inputs = find_inputs(session, request.level, list(subjects), patterns)
    order = Order(
        project_id=project_id,
        account_id=actor.account_id,
        key=request.key,
        tool=tool.name,
        request=request.model_copy(update={"case_ids": []}).model_dump(mode="json"),
        level=request.level.value,
        state=JobState.WAITING.value,
        backend=parts.backend.name,
        job_name=new_job_name(),
    )
    session.add(order)
    session.flush()
    order_id = order.id or 0
    _add_cases(session, order_id, request.level, subjects, inputs)
    order.state = order_state(count_states(session, [order_id])[order_id]).value
    order.ended_at = utc_now() if JobState(order.state).is_final else None
    _note_ids(session, project_id, request.level, subjects)
    record(
        session,
        actor,
        project_id,
        "order.submit",
        f"order {order_id}",
        {"tool": tool.name, "cases": len(subjects)},
    )
    session.flush()
    return order_id


def _subjects_of(
    session: Session, project_id: int, request: OrderRequest
) -> dict[int, int]:
    """Return the subject of each case, in the order of the request."""
    ids = list(dict.fromkeys(request.case_ids))
    if request.level is Level.SUBJECT:
        subjects_among(session, project_id, ids)
        return {subject_id: subject_id for subject_id in ids}
    found = {
        study.id: study.subject_id for study in studies_among(session, project_id, ids)
    }
    return {study_id: found[study_id] for study_id in ids}


def _add_cases(
    session: Session,
    order_id: int,
    level: Level,
    subjects: Mapping[int, int],
    inputs: Mapping[int, CaseInputs],
) -> None:
    moment = utc_now()
    rows: list[dict[str, object]] = [
        {
            "order_id": order_id,
            "subject_id": subject_id,
            "study_id": case_id if level is Level.STUDY else None,
            "state": (JobState.FAILED if problem else JobState.WAITING).value,
            "attempt": 0 if problem else 1,
            "job_name": "",
            "inputs": inputs[case_id].files,
            "message": fit_message(problem),
            "ended_at": moment if problem else None,
            "result_file_ids": [],
        }
        for case_id, subject_id in subjects.items()
        for problem in [inputs[case_id].problem]
    ]
    for chunk in in_chunks(rows):
        session.execute(insert(OrderCase), chunk)


def _note_ids(
    session: Session, project_id: int, level: Level, subjects: Mapping[int, int]
) -> None:
    if level is Level.STUDY:
        note_changes(session, project_id, subjects)
    else:
        note_changes(session, project_id, (), subjects)
