"""NORA's URL calls: finds the case that one names."""

from sqlalchemy import select
from sqlmodel import Session, col

from nora_core.errors import Conflict, NotFound
from nora_core.wire.call import ResolvedCall, UrlCall
from nora_core.wire.case import Level
from nora_core.wire.names import fold
from nora_core.wire.project import Action
from nora_server.database.archive import Study, Subject
from nora_server.rights.actor import Actor
from nora_server.rights.query import project_for
from nora_server.services.archive import info_of, studies_of
from nora_server.services.belonging import Found
from nora_server.services.presets import get_preset

_NO_DICOMWEB = (
    "reading from a DICOMweb address is not set up on this server; "
    "import its images into the project first"
)


def resolve_call(
    actor: Actor, session: Session, project: str, call: UrlCall
) -> ResolvedCall:
    """Return the case that a call names, for who may read the project.

    Raises
    ------
    NotFound
        If there is no such case or preset.
    Conflict
        If several subjects have a study of this ``sid`` and ``pid`` is not given.
    """
    project_id = project_for(actor, session, project, Action.READ).id or 0
    preset = get_preset(actor, session, project, call.preset) if call.preset else None
    found = _find_case(session, project_id, call)
    default = Level.SUBJECT if isinstance(found, Subject) else Level.STUDY
    resolved = ResolvedCall(
        project=project,
        level=call.selmode or default,
        preset=preset,
        hide_nav=call.hide_nav,
        hide_all=call.hide_all,
        notices=[_NO_DICOMWEB] if call.dcmweb else [],
    )
    if isinstance(found, Found):
        resolved.study = info_of(found)
        found = found.subject
    if found is not None:
        resolved.subject_id = found.id
        resolved.studies = studies_of(session, found)
    return resolved


def _find_case(
    session: Session, project_id: int, call: UrlCall
) -> Found | Subject | None:
    studies_id = call.sid or call.suid
    if studies_id is not None:
        return _find_study(session, project_id, call, studies_id)
    if call.pid is None:
        return None
    query = select(Subject).where(
        col(Subject.project_id) == project_id,
        col(Subject.patients_id) == call.pid,
        col(Subject.deleted_at).is_(None),
    )
    subject: Subject | None = session.scalar(query)
    if subject is None:
        raise NotFound("no subject of this project has the pid of the call; check it")
    return subject


def _find_study(
    session: Session, project_id: int, call: UrlCall, studies_id: str
) -> Found:
    query = (
        select(Study, Subject)
        .join(Subject, col(Subject.id) == col(Study.subject_id))
        .where(
            col(Study.project_id) == project_id,
            col(Study.studies_id_folded) == fold(studies_id),  # has an index
            col(Study.studies_id) == studies_id,
            col(Study.deleted_at).is_(None),
            col(Subject.deleted_at).is_(None),
        )
        .limit(2)
    )
    if call.pid is not None:
        query = query.where(col(Subject.patients_id) == call.pid)
    rows = session.execute(query).all()
    if not rows:
        raise NotFound(_missing_study(call))
    if len(rows) > 1:
        raise Conflict("several subjects have a study of this sid; add pid to the call")
    return Found(rows[0][0], rows[0][1])


def _missing_study(call: UrlCall) -> str:
    if call.sid is None:
        return (
            "no study of this project has the StudyInstanceUID of the call, and "
            "fetching from a PACS is not set up on this server; import it first"
        )
    whose = "no subject of this project has" if call.pid is None else "there is not"
    return f"{whose} a study with the pid and sid of the call; check both"
