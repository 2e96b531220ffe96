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
    row = _find(session, study_id, document.name)
    old = None if row is None else row.content
    write_document(session, study_id, document.name, document.content)
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
) -> None:
    """Write a document without asking for rights; ``None`` deletes it."""
    row = _find(session, study_id, name)
    if content is None:
        if row is not None:
            session.delete(row)
        return
    if row is None:
        row = StudyDocument(study_id=study_id, name=name, content=content)
    row.content = content
    row.changed_at = utc_now()
    session.add(row)


def _find(session: Session, study_id: int, name: str) -> StudyDocument | None:
    query = select(StudyDocument).where(
        col(StudyDocument.study_id) == study_id, col(StudyDocument.name) == name
    )
    return session.scalar(query)


def _refuse_unfit(content: dict[str, Any]) -> None:
    try:
        text = json.dumps(content, allow_nan=False)
    except ValueError:
        raise BadInput(
            "the document holds NaN or an infinite number, which JSON lacks; "
            "write null instead"
        ) from None
    if len(text) > MAX_CHARACTERS:
        raise BadInput(
            f"the document has {len(text)} characters, at most {MAX_CHARACTERS} "
            "are allowed; upload it as a file"
        )
    if "\\u0000" in text or "\\ud8" in text.lower():
        _refuse_unstorable(content)


def _refuse_unstorable(value: Any) -> None:
    """Refuse text that PostgreSQL cannot store: NUL and lone surrogates."""
    if isinstance(value, dict):
        for key, inner in value.items():
            _refuse_unstorable(key)
            _refuse_unstorable(inner)
    elif isinstance(value, list):
        for inner in value:
            _refuse_unstorable(inner)
    elif isinstance(value, str) and any(
        letter == "\0" or 0xD800 <= ord(letter) <= 0xDFFF for letter in value
    ):
        raise BadInput("the document holds a NUL or half a character; remove it")
