"""Routes of shared links."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response, status

from nora_core.wire.link import (
    MAX_VERSIONS,
    LinkInfo,
    LinkSave,
    LinkVersion,
    SharedLink,
)
from nora_server.routes.dependencies import CurrentActor, CurrentParts, ProjectName
from nora_server.services import link_lists, link_reading, links

project_router = APIRouter(prefix="/projects/{project}/links", tags=["views"])
router = APIRouter(prefix="/links", tags=["views"])

LinkIdPart = Annotated[str, Path(max_length=64, description="A link's id.")]
Version = Annotated[int | None, Query(ge=1, le=MAX_VERSIONS)]


@project_router.get("", summary="One's own links; for project admins all")
def list_links(
    project: ProjectName, actor: CurrentActor, parts: CurrentParts
) -> list[LinkInfo]:
    with parts.database.read() as session:
        return link_lists.list_links(actor, session, project)


@project_router.post(
    "", status_code=status.HTTP_201_CREATED, summary="Save a scene as a new link"
)
def create_link(
    project: ProjectName, body: LinkSave, actor: CurrentActor, parts: CurrentParts
) -> LinkInfo:
    with parts.database.read() as session:
        links.require_share(actor, session, project)
    checked = links.check_bytes(parts.storage, body)
    with parts.database.write() as session:
        return links.create_link(actor, session, project, checked)


@router.get("/{link_id}", summary="A link's scene, and where its files are now")
def show_link(
    link_id: LinkIdPart,
    actor: CurrentActor,
    parts: CurrentParts,
    version: Version = None,
) -> SharedLink:
    with parts.database.read() as session:
        return link_reading.get_link(actor, session, link_id, version)


@router.get("/{link_id}/versions", summary="The states a link has had, newest first")
def list_versions(
    link_id: LinkIdPart, actor: CurrentActor, parts: CurrentParts
) -> list[LinkVersion]:
    with parts.database.read() as session:
        return link_lists.list_versions(actor, session, link_id)


@router.put("/{link_id}", summary="Save another scene under a link; all are kept")
def overwrite_link(
    link_id: LinkIdPart, body: LinkSave, actor: CurrentActor, parts: CurrentParts
) -> LinkInfo:
    with parts.database.read() as session:
        links.require_change(actor, session, link_id)
    checked = links.check_bytes(parts.storage, body)
    with parts.database.write() as session:
        return links.overwrite_link(actor, session, link_id, checked)


@router.delete(
    "/{link_id}", status_code=status.HTTP_204_NO_CONTENT, summary="Delete a link"
)
def delete_link(link_id: LinkIdPart, actor: CurrentActor, parts: CurrentParts) -> None:
    with parts.database.write() as session:
        links.delete_link(actor, session, link_id)


@router.get(
    "/{link_id}/preview",
    summary="The picture of a link's window, a PNG",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}}},
)
def send_preview(
    link_id: LinkIdPart,
    actor: CurrentActor,
    parts: CurrentParts,
    version: Version = None,
) -> Response:
    with parts.database.read() as session:
        content = link_reading.get_bytes(
            actor, session, link_id, link_reading.PREVIEW, version
        )
    return Response(content, media_type="image/png")


@router.get(
    "/{link_id}/attachments/{attachment}",
    summary="A mask that travels with a link, a gzipped NIfTI file",
    response_class=Response,
    responses={200: {"content": {"application/gzip": {}}}},
)
def send_attachment(
    link_id: LinkIdPart,
    attachment: Annotated[str, Path(max_length=80, description="As the scene names.")],
    actor: CurrentActor,
    parts: CurrentParts,
    version: Version = None,
) -> Response:
    with parts.database.read() as session:
        content = link_reading.get_bytes(actor, session, link_id, attachment, version)
    return Response(content, media_type="application/gzip")
