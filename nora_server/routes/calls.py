"""Routes of URL calls, and of tickets that open napari from a browser."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.security import HTTPAuthorizationCredentials

from nora_core.wire.account import IssuedToken
from nora_core.wire.call import ResolvedCall, Ticket, TicketUse, UrlCall
from nora_server.routes.dependencies import (
    CurrentActor,
    CurrentParts,
    ProjectName,
    bearer,
)
from nora_server.services import calls, tickets

router = APIRouter(tags=["views"])

Credentials = Annotated[HTTPAuthorizationCredentials, Depends(bearer)]


@router.post("/projects/{project}/call", summary="The case that a URL call names")
def resolve_call(
    project: ProjectName, body: UrlCall, actor: CurrentActor, parts: CurrentParts
) -> ResolvedCall:
    with parts.database.read() as session:
        return calls.resolve_call(actor, session, project, body)


@router.post("/tickets", summary="A ticket that stands for this token, once")
def issue_ticket(
    actor: CurrentActor, parts: CurrentParts, credentials: Credentials
) -> Ticket:
    return tickets.issue_ticket(parts, credentials.credentials)


@router.post("/tickets/redeem", summary="Exchange a ticket for its token")
def redeem_ticket(body: TicketUse, parts: CurrentParts) -> IssuedToken:
    return tickets.redeem_ticket(parts, body)
