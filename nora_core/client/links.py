"""Calls about shared links, and what a link's address is."""

from __future__ import annotations

from nora_core.client.calls import Calls, project_path
from nora_core.client.connection import Call, part
from nora_core.wire.account import IssuedToken
from nora_core.wire.call import ResolvedCall, Ticket, UrlCall
from nora_core.wire.link import LinkInfo, LinkSave, LinkVersion, SharedLink


class LinkCalls(Calls):
    """Scenes saved on the server under ids that nobody can guess."""

    def link_url(self, link_id: str) -> str:
        """Return the address to hand on: a page that opens the link in napari."""
        return f"{self.url}/l/{part(link_id)}"

    def save_link(self, project: str, save: LinkSave) -> LinkInfo:
        """Save a scene as a new link."""
        path = project_path(project, "/links")
        return self._connection.ask(Call("POST", path, body=save), LinkInfo)

    def overwrite_link(self, link_id: str, save: LinkSave) -> LinkInfo:
        """Save another scene under a link; the one before is kept.

        Raises
        ------
        Forbidden
            The user is neither its owner nor a writer of its project.
        Conflict
            Somebody has overwritten it since ``save.based_on``.
        """
        call = Call("PUT", f"/links/{part(link_id)}", body=save)
        return self._connection.ask(call, LinkInfo)

    def link(self, link_id: str, version: int | None = None) -> SharedLink:
        """Return a link's scene and where its files are now.

        Raises
        ------
        NotFound
            There is none, or it shows something that the user may not read.
        """
        path = f"/links/{part(link_id)}"
        call = Call("GET", path, query={"version": version}, repeatable=True)
        return self._connection.ask(call, SharedLink)

    def links(self, project: str) -> list[LinkInfo]:
        """Return the user's links in a project, newest first; all for its admins."""
        call = Call("GET", project_path(project, "/links"), repeatable=True)
        return self._connection.ask(call, list[LinkInfo])

    def link_versions(self, link_id: str) -> list[LinkVersion]:
        """Return the states that a link has had, newest first."""
        call = Call("GET", f"/links/{part(link_id)}/versions", repeatable=True)
        return self._connection.ask(call, list[LinkVersion])

    def link_preview(self, link_id: str, version: int | None = None) -> bytes:
        """Return the PNG picture of a link's window."""
        return self._bytes(link_id, "/preview", version)

    def link_attachment(
        self, link_id: str, name: str, version: int | None = None
    ) -> bytes:
        """Return a mask that travels with a link, a gzipped NIfTI file."""
        return self._bytes(link_id, f"/attachments/{part(name)}", version)

    def delete_link(self, link_id: str) -> None:
        """Let a link lead nowhere."""
        self._connection.send(Call("DELETE", f"/links/{part(link_id)}"))

    def resolve_call(self, project: str, call: UrlCall) -> ResolvedCall:
        """Return the case that a URL call names."""
        path = project_path(project, "/call")
        return self._connection.ask(
            Call("POST", path, body=call, repeatable=True), ResolvedCall
        )

    def ticket(self) -> Ticket:
        """Return a ticket that another program exchanges for this client's token."""
        return self._connection.ask(Call("POST", "/tickets"), Ticket)

    def redeem(self, ticket: str) -> IssuedToken:
        """Exchange a ticket; the calls that follow are made with its token."""
        call = Call("POST", "/tickets/redeem", body={"ticket": ticket})
        issued: IssuedToken = self._connection.ask(call, IssuedToken)
        self._connection.token = issued.secret
        return issued

    def _bytes(self, link_id: str, rest: str, version: int | None) -> bytes:
        path = f"/links/{part(link_id)}{rest}"
        call = Call("GET", path, query={"version": version}, repeatable=True)
        return self._connection.send(call).content
