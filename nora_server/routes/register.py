"""Route that registers folders in place."""

from fastapi import APIRouter

from nora_core.wire.archive import RegisterReport, RegisterRequest
from nora_server.routes.dependencies import CurrentActor, CurrentParts, ProjectName
from nora_server.services import register

router = APIRouter(prefix="/projects/{project}", tags=["files"])


@router.post("/register", summary="Take in files where they lie on the server's disk")
def register_folder(
    project: ProjectName,
    body: RegisterRequest,
    actor: CurrentActor,
    parts: CurrentParts,
) -> RegisterReport:
    return register.register_folder(actor, parts, project, body)
