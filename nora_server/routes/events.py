"""Routes of a project's history."""

from typing import Annotated

from fastapi import APIRouter, Query

from nora_core.wire.archive import EventRow
from nora_server.routes.dependencies import (
    CurrentActor,
    CurrentParts,
    ProjectName,
    RowId,
)
from nora_server.services import events

router = APIRouter(prefix="/projects/{project}/events", tags=["history"])

Before = Annotated[int | None, Query(ge=1, le=2**31 - 1)]
Limit = Annotated[int, Query(ge=1, le=1000)]


@router.get("", summary="What happened, newest first")
def list_events(
    project: ProjectName,
    actor: CurrentActor,
    parts: CurrentParts,
    before: Before = None,
    limit: Limit = 100,
) -> list[EventRow]:
    with parts.database.read() as session:
        return events.list_events(actor, session, project, before, limit)


@router.post("/{event_id}/undo", summary="Take an event back")
def undo(
    project: ProjectName, event_id: RowId, actor: CurrentActor, parts: CurrentParts
) -> EventRow:
    with parts.database.write() as session:
        return events.undo(actor, session, parts.storage, project, event_id)
