"""Routes about the server itself: its version and its health."""

from importlib.metadata import version

from fastapi import APIRouter, Response
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from nora_core.wire.server import API_VERSION, Health, ServerVersion
from nora_server.parts import Parts
from nora_server.routes.dependencies import CurrentParts

router = APIRouter(tags=["server"])
health_router = APIRouter(tags=["server"])


@router.get("/version", summary="Version of the server and of its interface")
def show_version(parts: CurrentParts) -> ServerVersion:
    return ServerVersion(
        version=version("napari-nora"),
        api=API_VERSION,
        is_embedded=parts.settings.is_embedded,
    )


@health_router.get(
    "/healthz",
    summary="Whether the server works; 503 where it does not",
    responses={503: {"model": Health, "description": "Something is out of order."}},
)
def check_health(parts: CurrentParts, response: Response) -> Health:
    checks = {
        "database": _database_answers(parts),
        "storage": parts.settings.data_folder.is_dir(),
        "watcher": parts.watcher_is_alive(),
    }
    works = all(checks.values())
    response.status_code = 200 if works else 503
    return Health(status="ok" if works else "failing", **checks)


def _database_answers(parts: Parts) -> bool:
    try:
        with parts.database.read() as session:
            session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return False
    return True
