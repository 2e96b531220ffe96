"""What napari-nora's window and server share; works alone, without either.

The names that a plug-in needs are here: ``from nora_core import Mask, Volume,
hookimpl, tool``. They are imported when first asked for, so that ``import
nora_core`` stays light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nora_core.geometry import Grid as Grid
    from nora_core.images import Mask as Mask
    from nora_core.images import Volume as Volume
    from nora_core.jobs.command import command_tool as command_tool
    from nora_core.jobs.context import ToolContext as ToolContext
    from nora_core.jobs.tool import Tool as Tool
    from nora_core.jobs.tool import tool as tool
    from nora_core.plugins.hookspecs import hookimpl as hookimpl

_HOMES = {
    "Grid": "nora_core.geometry",
    "Mask": "nora_core.images",
    "ToolContext": "nora_core.jobs.context",
    "Tool": "nora_core.jobs.tool",
    "Volume": "nora_core.images",
    "command_tool": "nora_core.jobs.command",
    "hookimpl": "nora_core.plugins.hookspecs",
    "tool": "nora_core.jobs.tool",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'nora_core' has no attribute {name!r}")
    value: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
