"""Tools: which there are, and loading them again."""

from nora_core.wire.tool import ToolList
from nora_server.parts import Parts
from nora_server.rights.actor import Actor, require_server_admin


def list_tools(actor: Actor, parts: Parts) -> ToolList:
    """Return the tools that can be run, for everybody who is logged in."""
    return parts.registry.tool_list()


def reload_tools(actor: Actor, parts: Parts) -> ToolList:
    """Load all plug-ins anew; for server admins, since that runs their code.

    Raises
    ------
    Forbidden
        If the actor is no server admin.
    """
    require_server_admin(actor, "reload plug-ins")
    parts.registry.reload()
    return parts.registry.tool_list()
