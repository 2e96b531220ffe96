"""Routes of log-in, users and API tokens."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, status

from nora_core.wire.account import (
    IssuedToken,
    LogIn,
    NewUser,
    TokenInfo,
    TokenRequest,
    UserChange,
    UserInfo,
)
from nora_server.routes.dependencies import CurrentActor, CurrentParts, RowId
from nora_server.services import accounts, login, tokens

router = APIRouter(tags=["accounts"])

UserName = Annotated[str, Path(max_length=128, description="A user's name.")]


@router.post("/login", summary="Exchange name and password for a token")
def log_in(body: LogIn, request: Request, parts: CurrentParts) -> IssuedToken:
    address = request.client.host if request.client else ""
    return login.log_in(parts, body, address)


@router.post(
    "/logout", status_code=status.HTTP_204_NO_CONTENT, summary="End this token"
)
def log_out(actor: CurrentActor, parts: CurrentParts) -> None:
    login.log_out(actor, parts)


@router.get("/me", summary="The user who is asking")
def show_myself(actor: CurrentActor, parts: CurrentParts) -> UserInfo:
    return accounts.show_myself(actor, parts)


@router.get("/users", summary="All users; for server admins")
def list_users(actor: CurrentActor, parts: CurrentParts) -> list[UserInfo]:
    return accounts.list_users(actor, parts)


@router.post(
    "/users",
    status_code=status.HTTP_201_CREATED,
    summary="Make a user; for server admins",
)
def create_user(body: NewUser, actor: CurrentActor, parts: CurrentParts) -> UserInfo:
    return accounts.create_user(actor, parts, body)


@router.patch("/users/{user}", summary="Change a user, or one's own password")
def change_user(
    user: UserName, body: UserChange, actor: CurrentActor, parts: CurrentParts
) -> UserInfo:
    return accounts.change_user(actor, parts, user, body)


@router.get("/tokens", summary="One's own tokens that still work")
def list_tokens(actor: CurrentActor, parts: CurrentParts) -> list[TokenInfo]:
    return tokens.list_tokens(actor, parts)


@router.post(
    "/tokens",
    status_code=status.HTTP_201_CREATED,
    summary="Make an API token; its secret is shown this once",
)
def create_token(
    body: TokenRequest, actor: CurrentActor, parts: CurrentParts
) -> IssuedToken:
    return tokens.create_token(actor, parts, body)


@router.delete(
    "/tokens/{token_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Revoke one of one's own tokens",
)
def revoke_token(token_id: RowId, actor: CurrentActor, parts: CurrentParts) -> None:
    tokens.revoke_token(actor, parts, token_id)
