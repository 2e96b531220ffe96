"""Routes of files: list, send, receive small ones, trash."""

from typing import Annotated
from urllib.parse import unquote

from fastapi import APIRouter, Header, Request, Response, status
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from nora_core.errors import BadInput
from nora_core.wire.archive import (
    UPLOAD_HEADER,
    EventRow,
    FileRow,
    ItemIds,
    UploadRequest,
)
from nora_server.routes.bodies import RAW_BODY, receive_body
from nora_server.routes.dependencies import (
    CurrentActor,
    CurrentParts,
    ProjectName,
    RowId,
)
from nora_server.routes.ranges import send_file
from nora_server.services import files, trash, uploads
from nora_server.services.events import row_of

router = APIRouter(prefix="/projects/{project}", tags=["files"])

UploadHeader = Annotated[
    str,
    Header(
        alias=UPLOAD_HEADER,
        max_length=16_000,
        description="An UploadRequest as percent-encoded JSON.",
    ),
]


@router.get("/studies/{study_id}/files", summary="The files of a study, by name")
def list_files(
    project: ProjectName, study_id: RowId, actor: CurrentActor, parts: CurrentParts
) -> list[FileRow]:
    with parts.database.read() as session:
        return files.list_files(actor, session, project, study_id)


@router.get(
    "/files/{file_id}/content",
    summary="The bytes of a file; knows Range, If-Range and If-None-Match",
    response_class=Response,
    responses={
        200: {"content": {"application/octet-stream": {}}},
        206: {"description": "The part that was asked for."},
        304: {"description": "As the client knows it."},
    },
)
def send_content(
    request: Request,
    project: ProjectName,
    file_id: RowId,
    actor: CurrentActor,
    parts: CurrentParts,
) -> Response:
    with parts.database.read() as session:
        file = files.open_file(actor, session, parts.storage, project, file_id)
    return send_file(request, file)


@router.post(
    "/files/content",
    status_code=status.HTTP_201_CREATED,
    summary="Store a file in one request, best for those under 4 MiB",
    openapi_extra=RAW_BODY,
)
async def store_content(
    request: Request,
    project: ProjectName,
    upload: UploadHeader,
    actor: CurrentActor,
    parts: CurrentParts,
) -> FileRow:
    wish = _read_header(upload)
    inbox = await run_in_threadpool(uploads.open_whole, actor, parts, project, wish)
    try:
        await receive_body(request, inbox.write)
        return await run_in_threadpool(
            uploads.store_whole, actor, parts, project, wish, inbox
        )
    finally:
        await run_in_threadpool(uploads.drop_whole, parts, inbox)


@router.post("/files/delete", summary="Move files to the trash")
def delete_files(
    project: ProjectName, body: ItemIds, actor: CurrentActor, parts: CurrentParts
) -> EventRow:
    with parts.database.write() as session:
        event = trash.delete_files(actor, session, parts.storage, project, body.ids)
        return row_of(session, event)


@router.post("/files/restore", summary="Take files out of the trash")
def restore_files(
    project: ProjectName, body: ItemIds, actor: CurrentActor, parts: CurrentParts
) -> EventRow:
    with parts.database.write() as session:
        event = trash.restore_files(actor, session, parts.storage, project, body.ids)
        return row_of(session, event)


def _read_header(text: str) -> UploadRequest:
    try:
        return UploadRequest.model_validate_json(unquote(text, errors="strict"))
    except ValidationError as error:
        reasons = "; ".join(
            f"{'.'.join(map(str, detail['loc']))}: {detail['msg']}"
            for detail in error.errors(include_input=False)[:5]
        )
        raise BadInput(
            f"the header {UPLOAD_HEADER} cannot be read: {reasons}"
        ) from None
    except UnicodeDecodeError:
        raise BadInput(
            f"the header {UPLOAD_HEADER} is not UTF-8; percent-encode its JSON"
        ) from None
