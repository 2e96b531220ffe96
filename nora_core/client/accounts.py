"""Calls about users, tokens, projects and their members."""

from __future__ import annotations

from pydantic import SecretStr

from nora_core.client.calls import Calls, project_path
from nora_core.client.connection import Call, part
from nora_core.errors import NotLoggedIn, VersionMismatch
from nora_core.wire.account import (
    IssuedToken,
    LogIn,
    NewUser,
    Role,
    TokenInfo,
    TokenRequest,
    UserChange,
    UserInfo,
)
from nora_core.wire.project import (
    Explanation,
    Member,
    NewProject,
    ProjectChange,
    ProjectInfo,
)
from nora_core.wire.server import API_VERSION, ServerVersion


class AccountCalls(Calls):
    """Log-in, users, tokens, projects, members."""

    def version(self) -> ServerVersion:
        """Return the server's version; raise where client and server do not fit."""
        call = Call("GET", "/version", repeatable=True)
        version: ServerVersion = self._connection.ask(call, ServerVersion)
        if version.api != API_VERSION:
            older = "client" if version.api > API_VERSION else "server"
            raise VersionMismatch(
                f"{self.url} speaks version {version.api}, this program "
                f"{API_VERSION}; update the {older}"
            )
        return version

    def login(self, name: str, password: str) -> IssuedToken:
        """Log in; the calls that follow are made as this user."""
        body = {
            **LogIn(name=name, password=SecretStr(password)).model_dump(),
            "password": password,
        }
        issued: IssuedToken = self._connection.ask(
            Call("POST", "/login", body=body), IssuedToken
        )
        self._connection.token = issued.secret
        return issued

    def logout(self) -> None:
        """Make the token invalid and forget it."""
        try:
            self._connection.send(Call("POST", "/logout"))
        except NotLoggedIn:
            pass  # it had expired already: the wish is fulfilled
        finally:
            self._connection.token = None

    def me(self) -> UserInfo:
        """Return the user as whom the calls are made."""
        return self._connection.ask(Call("GET", "/me", repeatable=True), UserInfo)

    def users(self) -> list[UserInfo]:
        """Return all users."""
        return self._connection.ask(
            Call("GET", "/users", repeatable=True), list[UserInfo]
        )

    def create_user(self, user: NewUser) -> UserInfo:
        """Make a user."""
        body = {**user.model_dump(), "password": user.password.get_secret_value()}
        return self._connection.ask(Call("POST", "/users", body=body), UserInfo)

    def change_user(self, name: str, change: UserChange) -> UserInfo:
        """Change a user's name, password or state."""
        body = change.model_dump()
        if change.password is not None:
            body["password"] = change.password.get_secret_value()
        call = Call("PATCH", f"/users/{part(name)}", body=body)
        return self._connection.ask(call, UserInfo)

    def tokens(self) -> list[TokenInfo]:
        """Return the user's own API tokens."""
        return self._connection.ask(
            Call("GET", "/tokens", repeatable=True), list[TokenInfo]
        )

    def create_token(self, request: TokenRequest) -> IssuedToken:
        """Make an API token; its secret is shown only now."""
        return self._connection.ask(Call("POST", "/tokens", body=request), IssuedToken)

    def revoke_token(self, token_id: int) -> None:
        """Make an API token invalid."""
        self._connection.send(Call("DELETE", f"/tokens/{token_id}"))

    def projects(self) -> list[ProjectInfo]:
        """Return the projects that the user may see.

        Cached files of projects that are not among them any more are deleted.
        """
        projects: list[ProjectInfo] = self._connection.ask(
            Call("GET", "/projects", repeatable=True), list[ProjectInfo]
        )
        self._cache.keep_only(self.url, {project.name for project in projects})
        return projects

    def project(self, project: str) -> ProjectInfo:
        """Return one project."""
        return self._connection.ask(
            Call("GET", project_path(project), repeatable=True), ProjectInfo
        )

    def create_project(self, new: NewProject) -> ProjectInfo:
        """Make a project."""
        return self._connection.ask(Call("POST", "/projects", body=new), ProjectInfo)

    def change_project(self, project: str, change: ProjectChange) -> ProjectInfo:
        """Change a project's title."""
        call = Call("PATCH", project_path(project), body=change)
        return self._connection.ask(call, ProjectInfo)

    def rights(self, project: str) -> list[Explanation]:
        """Return what the user may do in a project, and why."""
        call = Call("GET", project_path(project, "/rights"), repeatable=True)
        return self._connection.ask(call, list[Explanation])

    def members(self, project: str) -> list[Member]:
        """Return a project's members and their roles."""
        call = Call("GET", project_path(project, "/members"), repeatable=True)
        return self._connection.ask(call, list[Member])

    def set_member(self, project: str, user: str, role: Role) -> Member:
        """Give a user a role in a project."""
        path = project_path(project, f"/members/{part(user)}")
        return self._connection.ask(
            Call("PUT", path, body={"role": role}, repeatable=True), Member
        )

    def remove_member(self, project: str, user: str) -> None:
        """Take away a user's role in a project."""
        path = project_path(project, f"/members/{part(user)}")
        self._connection.send(Call("DELETE", path))
