"""Routes of projects, their members and the reasons of rights."""

from fastapi import APIRouter, status

from nora_core.wire.project import (
    Explanation,
    Member,
    NewProject,
    ProjectChange,
    ProjectInfo,
    RoleChange,
)
from nora_server.routes.accounts import UserName
from nora_server.routes.dependencies import CurrentActor, CurrentParts, ProjectName
from nora_server.services import projects

router = APIRouter(prefix="/projects", tags=["projects"])


@router.get("", summary="The projects that one may read")
def list_projects(actor: CurrentActor, parts: CurrentParts) -> list[ProjectInfo]:
    return projects.list_projects(actor, parts)


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    summary="Make a project; for server admins",
)
def create_project(
    body: NewProject, actor: CurrentActor, parts: CurrentParts
) -> ProjectInfo:
    return projects.create_project(actor, parts, body)


@router.get("/{project}", summary="A project, and what one may do in it")
def show_project(
    project: ProjectName, actor: CurrentActor, parts: CurrentParts
) -> ProjectInfo:
    return projects.show_project(actor, parts, project)


@router.patch("/{project}", summary="Change a project's title")
def change_project(
    project: ProjectName, body: ProjectChange, actor: CurrentActor, parts: CurrentParts
) -> ProjectInfo:
    return projects.change_project(actor, parts, project, body)


@router.get("/{project}/members", summary="A project's members and their roles")
def list_members(
    project: ProjectName, actor: CurrentActor, parts: CurrentParts
) -> list[Member]:
    return projects.list_members(actor, parts, project)


@router.put("/{project}/members/{user}", summary="Give a user a role in a project")
def set_member(
    project: ProjectName,
    user: UserName,
    body: RoleChange,
    actor: CurrentActor,
    parts: CurrentParts,
) -> Member:
    return projects.set_member(actor, parts, project, user, body.role)


@router.delete(
    "/{project}/members/{user}",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Take a user's role in a project away",
)
def remove_member(
    project: ProjectName, user: UserName, actor: CurrentActor, parts: CurrentParts
) -> None:
    projects.remove_member(actor, parts, project, user)


@router.get("/{project}/rights", summary="What one may do in a project, and why")
def explain_rights(
    project: ProjectName, actor: CurrentActor, parts: CurrentParts
) -> list[Explanation]:
    return projects.explain_rights(actor, parts, project)
