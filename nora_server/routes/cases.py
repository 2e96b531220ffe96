"""Routes of the tables of studies and subjects, and of the search for files."""

from fastapi import APIRouter

from nora_core.wire.archive import (
    CaseCount,
    CasePage,
    CaseQuery,
    FileRow,
    SelectManyQuery,
    SelectQuery,
)
from nora_server.routes.dependencies import CurrentActor, CurrentParts, ProjectName
from nora_server.services import cases

router = APIRouter(prefix="/projects/{project}", tags=["cases"])


@router.post("/cases/page", summary="One page of the table, filtered and sorted")
def page_cases(
    project: ProjectName, body: CaseQuery, actor: CurrentActor, parts: CurrentParts
) -> CasePage:
    return cases.page_cases(actor, parts, project, body)


@router.post("/cases/count", summary="How many rows a filter lets through")
def count_cases(
    project: ProjectName, body: CaseQuery, actor: CurrentActor, parts: CurrentParts
) -> CaseCount:
    return cases.count_cases(actor, parts, project, body)


@router.post("/files/select", summary="Files by a FILE pattern")
def select_files(
    project: ProjectName, body: SelectQuery, actor: CurrentActor, parts: CurrentParts
) -> list[FileRow]:
    return cases.select_files(actor, parts, project, body)


@router.post("/files/select-many", summary="Files by several patterns of autoloaders")
def select_many(
    project: ProjectName,
    body: SelectManyQuery,
    actor: CurrentActor,
    parts: CurrentParts,
) -> list[list[FileRow]]:
    return cases.select_many(actor, parts, project, body)
