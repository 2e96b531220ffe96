"""Routes of tools: what can be run."""

from fastapi import APIRouter

from nora_core.wire.tool import ToolList
from nora_server.routes.dependencies import CurrentActor, CurrentParts
from nora_server.services import tools

router = APIRouter(prefix="/tools", tags=["tools"])


@router.get("", summary="What can be run, and which plug-ins are broken")
def list_tools(actor: CurrentActor, parts: CurrentParts) -> ToolList:
    return tools.list_tools(actor, parts)


@router.post("/reload", summary="Load the plug-ins again; for server admins")
def reload_tools(actor: CurrentActor, parts: CurrentParts) -> ToolList:
    return tools.reload_tools(actor, parts)
