"""What routes ask for: the server's parts and who is asking."""

from typing import Annotated

from fastapi import Depends, Path, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from nora_core.errors import NotLoggedIn
from nora_server.parts import Parts
from nora_server.rights.actor import Actor
from nora_server.rights.identify import actor_of_secret

_MAX_ROW_ID = 2**31 - 1

bearer = HTTPBearer(
    auto_error=False, description="A token from POST /api/v1/login or /api/v1/tokens."
)


def _get_parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


CurrentParts = Annotated[Parts, Depends(_get_parts)]


async def note_route(request: Request) -> None:
    """Keep the route's template for the access log."""
    request.state.route = getattr(request.scope.get("route"), "path", None)


def _get_actor(
    request: Request,
    parts: CurrentParts,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> Actor:
    if credentials is None:
        raise NotLoggedIn(
            "this needs a token: log in, or send 'Authorization: Bearer TOKEN'"
        )
    actor = actor_of_secret(parts.database, credentials.credentials)
    request.state.account_id = actor.account_id
    return actor


CurrentActor = Annotated[Actor, Depends(_get_actor)]

ProjectName = Annotated[str, Path(max_length=128, description="A project's name.")]
RowId = Annotated[int, Path(ge=1, le=_MAX_ROW_ID, description="A row's number.")]
