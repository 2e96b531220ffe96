"""Routes of uploads that survive broken connections."""

from typing import Annotated

from fastapi import APIRouter, Header, Path, Request, status
from starlette.concurrency import run_in_threadpool

from nora_core.wire.archive import UPLOAD_OFFSET_HEADER, UploadRequest, UploadState
from nora_server.routes.bodies import RAW_BODY, receive_body
from nora_server.routes.dependencies import CurrentActor, CurrentParts, ProjectName
from nora_server.services import uploads

router = APIRouter(prefix="/projects/{project}/uploads", tags=["files"])

UploadId = Annotated[str, Path(max_length=64, description="An upload's id.")]
Offset = Annotated[
    int,
    Header(
        alias=UPLOAD_OFFSET_HEADER,
        ge=0,
        le=2**44,
        description="Byte of the file at which the body begins.",
    ),
]


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    summary="Begin an upload, or find the one that was begun by the same wish",
)
def begin_upload(
    project: ProjectName,
    body: UploadRequest,
    actor: CurrentActor,
    parts: CurrentParts,
) -> UploadState:
    return uploads.begin_upload(actor, parts, project, body)


@router.get("/{upload_id}", summary="How much has arrived")
def show_upload(
    project: ProjectName,
    upload_id: UploadId,
    actor: CurrentActor,
    parts: CurrentParts,
) -> UploadState:
    return uploads.get_upload(actor, parts, project, upload_id)


@router.patch(
    "/{upload_id}",
    summary="Add bytes; the answer comes when they are safe on disk",
    openapi_extra=RAW_BODY,
)
async def continue_upload(
    request: Request,
    project: ProjectName,
    upload_id: UploadId,
    offset: Offset,
    actor: CurrentActor,
    parts: CurrentParts,
) -> UploadState:
    inbox = await run_in_threadpool(
        uploads.open_upload, actor, parts, project, upload_id, offset
    )
    try:
        await receive_body(request, inbox.write)
    finally:
        await run_in_threadpool(inbox.part.close)
    return await run_in_threadpool(
        uploads.finish_if_whole, actor, parts, project, upload_id
    )
