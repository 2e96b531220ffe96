"""Routes of tags."""

from fastapi import APIRouter

from nora_core.wire.archive import TagChange, TagResult
from nora_server.routes.dependencies import CurrentActor, CurrentParts, ProjectName
from nora_server.services import tags

router = APIRouter(prefix="/projects/{project}/tags", tags=["tags"])


@router.get("", summary="All tags in use in a project")
def list_tags(
    project: ProjectName, actor: CurrentActor, parts: CurrentParts
) -> list[str]:
    with parts.database.read() as session:
        return tags.list_tags(actor, session, project)


@router.post("", summary="Add and remove tags of many items in one step")
def change_tags(
    project: ProjectName, body: TagChange, actor: CurrentActor, parts: CurrentParts
) -> TagResult:
    with parts.database.write() as session:
        return tags.change_tags(actor, session, project, body)
