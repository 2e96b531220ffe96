"""Subjects and studies: make them, list them, change them."""

from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session, col

from nora_core.errors import BadInput, Conflict
from nora_core.wire.archive import (
    NewStudy,
    StudyChange,
    StudyInfo,
    SubjectChange,
)
from nora_core.wire.names import fold
from nora_core.wire.project import Action
from nora_server.database.archive import Study, Subject
from nora_server.database.changes import note_changes
from nora_server.history import events
from nora_server.rights.actor import Actor
from nora_server.rights.query import project_for
from nora_server.services.belonging import Found, study_in, subject_in


def create_study(
    actor: Actor, session: Session, project: str, new: NewStudy
) -> StudyInfo:
    """Make a study, and its subject where that is new.

    Raises
    ------
    Conflict
        If the subject has a study of this ``studies_id``, perhaps in the trash.
    """
    project_id = project_for(actor, session, project, Action.WRITE).id or 0
    subject = _subject_for(session, project_id, new)
    refuse_same_study(session, subject.id or 0, new.studies_id)
    study = Study(
        project_id=project_id,
        subject_id=subject.id or 0,
        subject_name_folded=subject.name_folded,
        subject_patients_id_folded=subject.patients_id_folded,
        studies_id=new.studies_id,
        studies_id_folded=fold(new.studies_id),
        date=new.date.isoformat() if new.date else "",
        description=new.description,
        description_folded=fold(new.description),
        modality=new.modality,
    )
    session.add(study)
    session.flush()
    found = Found(study, subject)
    note_changes(session, project_id, [found.study_id])
    events.record(
        session,
        actor,
        project_id,
        "study.create",
        f"study {found.study_id}",
        {"subject_id": found.subject_id},
        way_back={"delete_studies": [found.study_id]},
    )
    return info_of(found)


def get_study(actor: Actor, session: Session, project: str, study_id: int) -> StudyInfo:
    """Return one study."""
    project_id = project_for(actor, session, project, Action.READ).id or 0
    return info_of(study_in(session, project_id, study_id))


def list_studies(
    actor: Actor, session: Session, project: str, subject_id: int
) -> list[StudyInfo]:
    """Return the studies of a subject by date."""
    project_id = project_for(actor, session, project, Action.READ).id or 0
    return studies_of(session, subject_in(session, project_id, subject_id))


def change_study(
    actor: Actor, session: Session, project: str, study_id: int, change: StudyChange
) -> StudyInfo:
    """Change the texts of a study."""
    project_id = project_for(actor, session, project, Action.WRITE).id or 0
    old = apply_study_change(session, project_id, study_id, change)
    _record_change(session, actor, project_id, f"study {study_id}", old)
    return info_of(study_in(session, project_id, study_id))


def apply_study_change(
    session: Session, project_id: int, study_id: int, change: StudyChange
) -> dict[str, Any]:
    """Change a study without asking for rights; return what it said before."""
    found = study_in(session, project_id, study_id)
    study = found.study
    if change.studies_id not in (None, study.studies_id):
        refuse_same_study(session, found.subject_id, change.studies_id)
    new = _given(change)
    old = {field: getattr(study, field) for field in new}
    study.sqlmodel_update(new)
    study.studies_id_folded = fold(study.studies_id)
    study.description_folded = fold(study.description)
    session.add(study)
    session.flush()
    note_changes(session, project_id, [study_id])
    return old


def change_subject(
    actor: Actor,
    session: Session,
    project: str,
    subject_id: int,
    change: SubjectChange,
) -> list[StudyInfo]:
    """Change a subject's identifier or name; return its studies."""
    project_id = project_for(actor, session, project, Action.WRITE).id or 0
    old = apply_subject_change(session, project_id, subject_id, change)
    _record_change(session, actor, project_id, f"subject {subject_id}", old)
    return studies_of(session, subject_in(session, project_id, subject_id))


def apply_subject_change(
    session: Session, project_id: int, subject_id: int, change: SubjectChange
) -> dict[str, Any]:
    """Change a subject without asking for rights; return what it said before."""
    subject = subject_in(session, project_id, subject_id)
    if change.patients_id not in (None, subject.patients_id):
        _refuse_same_subject(session, project_id, change.patients_id)
    new = _given(change)
    old = {field: getattr(subject, field) for field in new}
    subject.sqlmodel_update(new)
    subject.patients_id_folded = fold(subject.patients_id)
    subject.name_folded = fold(subject.name)
    session.add(subject)
    session.execute(
        update(Study)
        .where(col(Study.subject_id) == subject_id)
        .values(
            subject_name_folded=subject.name_folded,
            subject_patients_id_folded=subject.patients_id_folded,
        )
    )
    session.flush()
    study_ids = [study.study_id for study in studies_of(session, subject)]
    note_changes(session, project_id, study_ids, [subject_id])
    return old


def _given(change: StudyChange | SubjectChange) -> dict[str, Any]:
    """Return what shall change, as the tables hold it: a date as text."""
    return change.model_dump(mode="json", exclude_none=True)


def studies_of(session: Session, subject: Subject) -> list[StudyInfo]:
    """Return the live studies of a live subject by date."""
    query = (
        select(Study)
        .where(col(Study.subject_id) == subject.id, col(Study.deleted_at).is_(None))
        .order_by(col(Study.date), col(Study.studies_id_folded), col(Study.id))
    )
    return [info_of(Found(study, subject)) for study in session.scalars(query)]


def info_of(found: Found) -> StudyInfo:
    """Pack a study with its subject for the wire."""
    study, subject = found.study, found.subject
    return StudyInfo.model_validate(
        {
            "study_id": study.id,
            "subject_id": subject.id,
            "patients_id": subject.patients_id,
            "studies_id": study.studies_id,
            "name": subject.name,
            "date": study.date or None,
            "description": study.description,
            "modality": study.modality,
        }
    )


def refuse_same_study(
    session: Session, subject_id: int, studies_id: str | None
) -> None:
    """Raise where the subject has a study of this identifier."""
    query = select(Study).where(
        col(Study.subject_id) == subject_id, col(Study.studies_id) == studies_id
    )
    present = session.scalar(query)
    if present is None:
        return
    if present.deleted_at is None:
        raise Conflict(
            f"the subject has a study {studies_id!r} already: number {present.id}"
        )
    raise Conflict(
        f"a study {studies_id!r} of the subject is in the trash: "
        f"restore study {present.id} or choose another studies_id"
    )


def _subject_for(session: Session, project_id: int, new: NewStudy) -> Subject:
    query = select(Subject).where(
        col(Subject.project_id) == project_id,
        col(Subject.patients_id) == new.patients_id,
    )
    subject = session.scalar(query)
    if subject is None:
        subject = Subject(
            project_id=project_id,
            patients_id=new.patients_id,
            patients_id_folded=fold(new.patients_id),
            name=new.name,
            name_folded=fold(new.name),
        )
        session.add(subject)
        session.flush()
    elif subject.deleted_at is not None:
        raise Conflict(
            f"the subject is in the trash: restore subject {subject.id} first"
        )
    elif new.name not in ("", subject.name):
        raise BadInput(
            f"subject {subject.id} has another name; leave 'name' empty, "
            "or change the subject"
        )
    return subject


def _refuse_same_subject(
    session: Session, project_id: int, patients_id: str | None
) -> None:
    query = select(col(Subject.id)).where(
        col(Subject.project_id) == project_id, col(Subject.patients_id) == patients_id
    )
    present = session.scalar(query)
    if present is not None:
        raise Conflict(
            f"subject {present} of this project has that patients_id already; "
            "choose another"
        )


def _record_change(
    session: Session,
    actor: Actor,
    project_id: int,
    subject: str,
    old: dict[str, Any],
) -> None:
    kind, _, number = subject.partition(" ")
    events.record(
        session,
        actor,
        project_id,
        f"{kind}.change",
        subject,
        {"fields": sorted(old)},
        way_back={f"change_{kind}": {"id": int(number), "old": old}},
    )
