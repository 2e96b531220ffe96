"""The places where a plug-in joins in; each docstring is the whole contract.

A plug-in is a module with functions of these names, marked with ``@hookimpl``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from nora_core.jobs.tool import Tool

PROJECT = "nora"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def register_tools(register: Callable[[Tool], None]) -> None:
    """Offer tools in the batch panel, on the command line and as jobs.

    Called once when plug-ins are loaded, and again after each reload, in every
    program that knows tools: server, worker, window and command line. Do nothing
    costly here: no large import, no file, no network.

    Call ``register(tool)`` once for each :class:`~nora_core.jobs.tool.Tool`, made with
    ``@tool`` or ``command_tool``. It raises ``PluginError`` for anything else and for
    a name that another tool has already. A plug-in that raises is skipped with all
    its tools, logged, and listed with its error; the others are not touched. What
    is returned is ignored.
    """
