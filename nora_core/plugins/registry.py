"""All tools that can be run, and the plug-ins that could not be loaded."""

from __future__ import annotations

import logging
import threading
import traceback
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pluggy

from nora_core.errors import NoraError, NotFound, PluginError
from nora_core.jobs.tool import Tool
from nora_core.plugins import hookspecs
from nora_core.wire.tool import BrokenPlugin, ToolList

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Source(ABC):
    """One plug-in that was found but not loaded yet."""

    name: str
    """Short name, unique among the loaded plug-ins."""
    origin: str
    """Where it was found, for people: a path or a package."""

    @abstractmethod
    def load(self) -> object:
        """Return the module or object that has the hooks; may raise anything."""


@dataclass(frozen=True)
class LoadedPlugin:
    """A plug-in in use and the names of its tools."""

    name: str
    origin: str
    tools: tuple[str, ...]


@dataclass(frozen=True)
class _Contents:
    """What one round of loading brought; replaced as a whole."""

    tools: dict[str, Tool] = field(default_factory=dict)
    plugins: list[LoadedPlugin] = field(default_factory=list)
    broken: list[BrokenPlugin] = field(default_factory=list)


class Registry:
    """The tools of this process, by name.

    Made once by a ``main`` and passed on; tests make as many as they like. Reading is
    safe in any thread while another one reloads.

    Parameters
    ----------
    find : callable
        Returns the sources to load, in their order; asked again by :meth:`reload`.
    """

    def __init__(self, find: Callable[[], Iterable[Source]] = tuple) -> None:
        self._find = find
        self._contents = _Contents()
        self._turn = threading.Lock()
        self.reload()

    @property
    def tools(self) -> dict[str, Tool]:
        """All tools by name."""
        return dict(self._contents.tools)

    @property
    def plugins(self) -> list[LoadedPlugin]:
        """The plug-ins that are in use."""
        return list(self._contents.plugins)

    @property
    def broken(self) -> list[BrokenPlugin]:
        """The plug-ins that were skipped, and why."""
        return list(self._contents.broken)

    def tool(self, name: str) -> Tool:
        """Return the tool called ``name``.

        Raises
        ------
        NotFound
            There is none; the message lists those that there are.
        """
        tools = self._contents.tools
        if name not in tools:
            known = ", ".join(sorted(tools)) or "none"
            raise NotFound(f"no tool {name!r}; known: {known}")
        return tools[name]

    def tool_list(self) -> ToolList:
        """Return the tools and the broken plug-ins as they travel to a client."""
        contents = self._contents
        return ToolList(
            tools=[contents.tools[name].describe() for name in sorted(contents.tools)],
            broken=list(contents.broken),
        )

    def reload(self) -> None:
        """Load all plug-ins anew, as their files are now."""
        with self._turn:
            contents = _Contents()
            for source in self._find():
                _load_into(contents, source)
            self._contents = contents

    def add(self, plugin: object, name: str = "added", origin: str = "program") -> None:
        """Load one more plug-in object, which a :meth:`reload` forgets again.

        Raises
        ------
        PluginError
            It breaks its contract.
        """
        with self._turn:
            found = _ask(plugin, name, origin, self._contents.tools)
            old = self._contents
            self._contents = replace(
                old,
                tools={**old.tools, **found},
                plugins=[*old.plugins, LoadedPlugin(name, origin, tuple(found))],
            )


def _load_into(contents: _Contents, source: Source) -> None:
    try:
        tools = _ask(source.load(), source.name, source.origin, contents.tools)
    except (Exception, SystemExit) as error:  # noqa: BLE001 the plug-in loader's edge
        text = explain_error(error)
        _log.warning("plug-in %s (%s) skipped: %s", source.name, source.origin, text)
        contents.broken.append(
            BrokenPlugin(name=source.name, source=source.origin, error=text)
        )
        return
    contents.tools.update(tools)
    contents.plugins.append(LoadedPlugin(source.name, source.origin, tuple(tools)))


def _ask(
    plugin: object, name: str, origin: str, known: dict[str, Tool]
) -> dict[str, Tool]:
    """Call the hooks of one plug-in and return its tools by name."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(plugin, name)
    manager.check_pending()
    if not manager.get_hookcallers(plugin):
        raise PluginError(
            f"plug-in {name!r} has no hook; mark its 'register_tools(register)' "
            "with @hookimpl"
        )
    found: dict[str, Tool] = {}

    def register(tool: Tool) -> None:
        if not isinstance(tool, Tool):
            raise PluginError(
                f"register() got {tool!r}, which is no tool; mark the function "
                "with @tool(title=...) or use command_tool(...)"
            )
        other = found.get(tool.name) or known.get(tool.name)
        if other is not None:
            raise PluginError(
                f"the tool {tool.name!r} is there already, from "
                f"{other.source or 'this plug-in'}; rename one of them"
            )
        found[tool.name] = replace(tool, source=origin)

    manager.hook.register_tools(register=register)
    return found


def explain_error(error: BaseException) -> str:
    """Return a plug-in's error in one line, with its place in the plug-in's file."""
    text = str(error) or "no message"
    if not isinstance(error, NoraError):
        text = f"{type(error).__name__}: {text}"
    text = " ".join(text.split())
    if isinstance(error, SyntaxError):
        return text
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith("<")
    ]
    core = str(Path(hookspecs.__file__).parents[1])
    own = [frame for frame in frames if not _is_ours(frame.filename, core)]
    if not own:
        return text
    return f"{text} ({Path(own[-1].filename).name}, line {own[-1].lineno})"


def _is_ours(filename: str, core: str) -> bool:
    bundled = str(Path(core, "plugins", "bundled"))
    if filename.startswith(bundled):
        return False
    return filename.startswith(core) or "pluggy" in Path(filename).parts
