"""Puts the server together: parts, routes, errors, middleware."""

from importlib.metadata import version

from fastapi import APIRouter, FastAPI

from nora_core.wire.problem import Problem
from nora_server.errors_as_problems import add_error_handlers
from nora_server.parts import Parts

API_PREFIX = "/api/v1"
ROUTERS: tuple[APIRouter, ...] = ()


def make_app(parts: Parts) -> FastAPI:
    """Return the application that serves ``parts``."""
    app = FastAPI(
        title="napari-nora",
        version=version("napari-nora"),
        summary="Projects, files, rights and jobs of a lab's imaging studies.",
        openapi_url=f"{API_PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
        responses={
            "4XX": {"model": Problem, "description": "Refused, with the reason."},
        },
    )
    app.state.parts = parts
    add_error_handlers(app)
    app.include_router(_api(), prefix=API_PREFIX)
    return app


def _api() -> APIRouter:
    api = APIRouter()
    for router in ROUTERS:
        api.include_router(router)
    return api
