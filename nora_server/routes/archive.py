"""Routes of studies, subjects and the JSON documents of studies."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, status

from nora_core.wire.archive import (
    EventRow,
    ItemIds,
    NewStudy,
    StudyChange,
    StudyInfo,
    StudyJson,
    SubjectChange,
)
from nora_core.wire.names import Identifier
from nora_server.routes.dependencies import (
    CurrentActor,
    CurrentParts,
    ProjectName,
    RowId,
)
from nora_server.services import archive, documents, trash
from nora_server.services.events import row_of

router = APIRouter(prefix="/projects/{project}", tags=["studies"])

DocumentName = Annotated[Identifier, Path(description="A document's name.")]


@router.post(
    "/studies",
    status_code=status.HTTP_201_CREATED,
    summary="Make a study, and its subject where that is new",
)
def create_study(
    project: ProjectName, body: NewStudy, actor: CurrentActor, parts: CurrentParts
) -> StudyInfo:
    with parts.database.write() as session:
        return archive.create_study(actor, session, project, body)


@router.get("/studies/{study_id}", summary="A study with its subject")
def show_study(
    project: ProjectName, study_id: RowId, actor: CurrentActor, parts: CurrentParts
) -> StudyInfo:
    with parts.database.read() as session:
        return archive.get_study(actor, session, project, study_id)


@router.patch("/studies/{study_id}", summary="Change the texts of a study")
def change_study(
    project: ProjectName,
    study_id: RowId,
    body: StudyChange,
    actor: CurrentActor,
    parts: CurrentParts,
) -> StudyInfo:
    with parts.database.write() as session:
        return archive.change_study(actor, session, project, study_id, body)


@router.post("/studies/delete", summary="Move studies to the trash")
def delete_studies(
    project: ProjectName, body: ItemIds, actor: CurrentActor, parts: CurrentParts
) -> EventRow:
    with parts.database.write() as session:
        event = trash.delete_studies(actor, session, project, body.ids)
        return row_of(session, event)


@router.post("/studies/restore", summary="Take studies out of the trash")
def restore_studies(
    project: ProjectName, body: ItemIds, actor: CurrentActor, parts: CurrentParts
) -> EventRow:
    with parts.database.write() as session:
        event = trash.restore_studies(actor, session, project, body.ids)
        return row_of(session, event)


@router.get("/subjects/{subject_id}/studies", summary="The studies of a subject")
def list_studies(
    project: ProjectName, subject_id: RowId, actor: CurrentActor, parts: CurrentParts
) -> list[StudyInfo]:
    with parts.database.read() as session:
        return archive.list_studies(actor, session, project, subject_id)


@router.patch("/subjects/{subject_id}", summary="Change a subject; returns its studies")
def change_subject(
    project: ProjectName,
    subject_id: RowId,
    body: SubjectChange,
    actor: CurrentActor,
    parts: CurrentParts,
) -> list[StudyInfo]:
    with parts.database.write() as session:
        return archive.change_subject(actor, session, project, subject_id, body)


@router.post("/subjects/delete", summary="Move subjects to the trash")
def delete_subjects(
    project: ProjectName, body: ItemIds, actor: CurrentActor, parts: CurrentParts
) -> EventRow:
    with parts.database.write() as session:
        event = trash.delete_subjects(actor, session, project, body.ids)
        return row_of(session, event)


@router.post("/subjects/restore", summary="Take subjects out of the trash")
def restore_subjects(
    project: ProjectName, body: ItemIds, actor: CurrentActor, parts: CurrentParts
) -> EventRow:
    with parts.database.write() as session:
        event = trash.restore_subjects(actor, session, project, body.ids)
        return row_of(session, event)


@router.get("/studies/{study_id}/documents", summary="The names of its documents")
def list_documents(
    project: ProjectName, study_id: RowId, actor: CurrentActor, parts: CurrentParts
) -> list[str]:
    with parts.database.read() as session:
        return documents.list_documents(actor, session, project, study_id)


@router.get("/studies/{study_id}/documents/{name}", summary="One JSON document")
def show_document(
    project: ProjectName,
    study_id: RowId,
    name: DocumentName,
    actor: CurrentActor,
    parts: CurrentParts,
) -> StudyJson:
    with parts.database.read() as session:
        return documents.get_document(actor, session, project, study_id, name)


@router.put("/studies/{study_id}/documents/{name}", summary="Write a JSON document")
def save_document(
    project: ProjectName,
    study_id: RowId,
    name: DocumentName,
    body: Annotated[dict[str, Any], Body()],
    actor: CurrentActor,
    parts: CurrentParts,
) -> StudyJson:
    document = StudyJson(name=name, content=body)
    with parts.database.write() as session:
        return documents.save_document(actor, session, project, study_id, document)
