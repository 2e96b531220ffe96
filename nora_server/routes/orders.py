"""Routes of orders: a tool run on many cases."""

from typing import Annotated

from fastapi import APIRouter, Query, status

from nora_core.wire.jobs import (
    LogPart,
    OrderCasePage,
    OrderCaseRow,
    OrderInfo,
    OrderRequest,
    RetryRequest,
)
from nora_server.routes.dependencies import (
    CurrentActor,
    CurrentParts,
    ProjectName,
    RowId,
)
from nora_server.services import orders

router = APIRouter(prefix="/projects/{project}/orders", tags=["orders"])

_LARGEST = 2**31 - 1
After = Annotated[
    int, Query(ge=0, le=_LARGEST, description="`next` of the page before.")
]
ItemId = Annotated[int | None, Query(ge=1, le=_LARGEST)]
Limit = Annotated[int, Query(ge=1, le=1000)]
Offset = Annotated[
    int, Query(ge=0, le=2**53, description="Bytes that one has already.")
]


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    summary="Run a tool on cases; the order is stored when this is answered",
)
def submit_order(
    project: ProjectName, body: OrderRequest, actor: CurrentActor, parts: CurrentParts
) -> OrderInfo:
    return orders.submit_order(actor, parts, project, body)


@router.get("", summary="The project's latest orders, newest first")
def list_orders(
    project: ProjectName, actor: CurrentActor, parts: CurrentParts
) -> list[OrderInfo]:
    return orders.list_orders(actor, parts, project)


@router.get("/cases", summary="The latest jobs of one study or one subject")
def list_cases_of(
    project: ProjectName,
    actor: CurrentActor,
    parts: CurrentParts,
    study_id: ItemId = None,
    subject_id: ItemId = None,
    limit: Limit = 50,
) -> list[OrderCaseRow]:
    return orders.list_cases_of(actor, parts, project, study_id, subject_id, limit)


@router.get("/cases/{case_id}/log", summary="A case's log, from a byte on")
def read_log(
    project: ProjectName,
    case_id: RowId,
    actor: CurrentActor,
    parts: CurrentParts,
    offset: Offset = 0,
) -> LogPart:
    return orders.read_log(actor, parts, project, case_id, offset)


@router.get("/{order_id}", summary="One order and how far it is")
def show_order(
    project: ProjectName, order_id: RowId, actor: CurrentActor, parts: CurrentParts
) -> OrderInfo:
    return orders.show_order(actor, parts, project, order_id)


@router.get("/{order_id}/cases", summary="A page of an order's cases")
def list_cases(
    project: ProjectName,
    order_id: RowId,
    actor: CurrentActor,
    parts: CurrentParts,
    after: After = 0,
    limit: Limit = 200,
) -> OrderCasePage:
    return orders.list_cases(actor, parts, project, order_id, after, limit)


@router.post("/{order_id}/cancel", summary="Stop the cases that have not ended")
def cancel_order(
    project: ProjectName, order_id: RowId, actor: CurrentActor, parts: CurrentParts
) -> OrderInfo:
    return orders.cancel_order(actor, parts, project, order_id)


@router.post("/{order_id}/retry", summary="Run cases again that went wrong")
def retry_order(
    project: ProjectName,
    order_id: RowId,
    body: RetryRequest,
    actor: CurrentActor,
    parts: CurrentParts,
) -> OrderInfo:
    return orders.retry_order(actor, parts, project, order_id, body)
