"""Puts the server together: parts, routes, errors, middleware."""

from importlib.metadata import version

from fastapi import APIRouter, Depends, FastAPI

from nora_core.wire.problem import Problem
from nora_server.errors_as_problems import add_error_handlers
from nora_server.middleware.access_log import AccessLog
from nora_server.middleware.bodies import BodyLimit
from nora_server.middleware.hosts import LOOPBACK_NAMES, HostCheck
from nora_server.middleware.peers import PeerCheck
from nora_server.middleware.security_headers import SecurityHeaders
from nora_server.middleware.surprises import Surprises
from nora_server.middleware.versions import VersionCheck
from nora_server.parts import Parts
from nora_server.routes import (
    accounts,
    archive,
    calls,
    cases,
    events,
    files,
    links,
    orders,
    pages,
    presets,
    projects,
    register,
    server,
    tags,
    tools,
    uploads,
)
from nora_server.routes.dependencies import note_route
from nora_server.settings import Settings

API_PREFIX = "/api/v1"
ROUTERS: tuple[APIRouter, ...] = (
    server.router,
    accounts.router,
    projects.router,
    cases.router,
    archive.router,
    files.router,
    uploads.router,
    tags.router,
    register.router,
    events.router,
    tools.router,
    orders.router,
    presets.router,
    links.project_router,
    links.router,
    calls.router,
)


def make_app(parts: Parts) -> FastAPI:
    """Return the application that serves ``parts``."""
    app = FastAPI(
        title="napari-nora",
        version=version("napari-nora"),
        summary="Projects, files, rights and jobs of a lab's imaging studies.",
        openapi_url=f"{API_PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses={
            "4XX": {"model": Problem, "description": "Refused, with the reason."},
        },
    )
    app.state.parts = parts
    add_error_handlers(app)
    _add_middleware(app, parts.settings)
    noted = [Depends(note_route)]
    app.include_router(server.health_router, dependencies=noted)
    app.include_router(pages.router, dependencies=noted)
    for router in ROUTERS:
        app.include_router(router, prefix=API_PREFIX, dependencies=noted)
    return app


def _add_middleware(app: FastAPI, settings: Settings) -> None:
    """Add what requests pass; the last one added is passed first."""
    listens = settings.server
    is_tls = listens.tls_certificate is not None
    app.add_middleware(Surprises)
    app.add_middleware(BodyLimit, max_bytes=listens.max_json_megabytes * 2**20)
    app.add_middleware(VersionCheck)
    app.add_middleware(HostCheck, names=LOOPBACK_NAMES | set(settings.host_names))
    app.add_middleware(
        PeerCheck, trusted_proxies=listens.trusted_proxies, is_tls=is_tls
    )
    app.add_middleware(SecurityHeaders, is_tls=is_tls)
    app.add_middleware(AccessLog)
