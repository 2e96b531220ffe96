"""JSON documents of studies, such as ``nodeinfo``."""

import json
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from nora_core.errors import BadInput, NotFound
from nora_core.wire.archive import StudyJson
from nora_core.wire.names import check_identifier
from nora_core.wire.project import Action
from nora_server.database.archive import StudyDocument
from nora_server.database.columns import utc_now
from nora_server.history import events
from nora_server.rights.actor import Actor
from nora_server.rights.query import project_for
from nora_server.services.belonging import study_in

MAX_CHARACTERS = 4_000_000


def list_documents(
    actor: Actor, session: Session, project: str, study_id: int
) -> list[str]:
    """Return the names of a study's documents."""
    project_id = project_for(actor, session, project, Action.READ).id or 0
    study_in(session, project_id, study_id)
    query = (
        select(col(StudyDocument.name))
        .where(col(StudyDocument.study_id) == study_id)
        .order_by(col(StudyDocument.name))
    )
    return list(session.scalars(query))


def get_document(
    actor: Actor, session: Session, project: str, study_id: int, name: str
) -> StudyJson:
    """Return one document."""
    project_id = project_for(actor, session, project, Action.READ).id or 0
    study_in(session, project_id, study_id)
    document = _find(session, study_id, check_identifier(name, "name"))
    if document is None:
        raise NotFound(
            f"study {study_id} has no document of this name; list them first"
        )
    return StudyJson(name=document.name, content=document.content)


def save_document(
    actor: Actor,
    session: Session,
    project: str,
    study_id: int,
    document: StudyJson,
) -> StudyJson:
    """Write a document in the place of the one before."""
    project_id = project_for(actor, session, project, Action.WRITE).id or 0
    study_in(session, project_id, study_id)
    _refuse_unfit(document.content)
    old = write_document(session, study_id, document.name, document.content)
    events.record(
        session,
        actor,
        project_id,
        "document.save",
        f"study {study_id}",
        {"document": document.name},
        way_back={
            "document": {"study_id": study_id, "name": document.name, "old": old}
        },
    )
    return document


def write_document(
    session: Session, study_id: int, name: str, content: dict[str, Any] | None
) -> dict[str, Any] | None:
    """Write a document, or delete it by ``None``; return what it held before."""
    row = _find(session, study_id, name)
    old = None if row is None else row.content
    if content is not None:
        row = row or StudyDocument(study_id=study_id, name=name, content=content)
        row.content = content
        row.changed_at = utc_now()
        session.add(row)
    elif row is not None:
        session.delete(row)
    session.flush()
    return old


def _find(session: Session, study_id: int, name: str) -> StudyDocument | None:
    query = select(StudyDocument).where(
        col(StudyDocument.study_id) == study_id, col(StudyDocument.name) == name
    )
    return session.scalar(query)


def _refuse_unfit(content: dict[str, Any]) -> None:
    length = len(json.dumps(content))
    if length > MAX_CHARACTERS:
        raise BadInput(
            f"the document has {length} characters, at most {MAX_CHARACTERS} "
            "are allowed; upload it as a file"
        )
