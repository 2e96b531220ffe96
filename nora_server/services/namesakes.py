"""Keeps apart cases whose identifiers differ only in the case of their letters."""

from sqlalchemy import or_
from sqlmodel import Session, col

from nora_server.database.archive import Study, Subject
from nora_server.search.conditions import Condition


def not_of_namesakes(
    session: Session, project_id: int, subject_id: int | None, study_id: int | None
) -> list[Condition]:
    """Return what leaves out the studies of a case's namesakes, and only these.

    For queries of ``Study`` and ``Subject``. A pattern that means another patient
    altogether, such as an atlas, still finds that one.
    """
    conditions: list[Condition] = []
    study = session.get(Study, study_id) if study_id is not None else None
    if study is not None and study.project_id == project_id:
        subject_id = study.subject_id
        conditions.append(
            or_(
                col(Study.id) == study_id,
                col(Study.subject_id) != subject_id,
                col(Study.studies_id_folded) != study.studies_id_folded,
            )
        )
    subject = session.get(Subject, subject_id) if subject_id is not None else None
    if subject is not None and subject.project_id == project_id:
        conditions.append(
            or_(
                col(Subject.id) == subject_id,
                col(Subject.patients_id_folded) != subject.patients_id_folded,
            )
        )
    return conditions
