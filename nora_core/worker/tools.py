"""Finds the tool that a job asks for, once per process."""

from __future__ import annotations

from pathlib import Path

from nora_core.errors import NoraError
from nora_core.jobs.request import JobRequest
from nora_core.jobs.tool import Tool
from nora_core.plugins.sources import load


class ToolSource:
    """Loads the plug-ins when the tool is first asked for."""

    def __init__(self, request: JobRequest) -> None:
        self._name = request.tool
        folders = request.plugin_folders
        self._folders = None if folders is None else [Path(path) for path in folders]
        self._tool: Tool | None = None

    def tool(self) -> Tool:
        """Return the tool.

        Raises
        ------
        NotFound
            If no plug-in brings it.
        """
        if self._tool is None:
            self._tool = load(self._folders).tool(self._name)
        return self._tool

    def warm_up(self) -> None:
        """Load the tool now; where that fails, each case says why."""
        try:
            self.tool()
        except NoraError:
            return
