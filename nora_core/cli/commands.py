"""The commands that there are, and what each does, without importing them."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

ENTRY_POINT_GROUP = "nora.commands"


@dataclass(frozen=True)
class KnownCommand:
    """A command of which only the name and the short help are known yet."""

    name: str
    target: str
    """``module:object`` to import when it is called."""
    short_help: str
    package: str = "napari-nora"


OWN_COMMANDS = (
    KnownCommand(
        "run",
        "nora_core.cli.run:run",
        "Run a tool on files; needs neither server nor window.",
    ),
    KnownCommand(
        "plugins",
        "nora_core.cli.plugins:plugins",
        "List tools and plug-ins, or load them anew.",
    ),
    KnownCommand(
        "demo",
        "nora_core.cli.demo:demo",
        "Try it out: a server, real images, a job and the window.",
    ),
    KnownCommand(
        "login", "nora_core.cli.login:login", "Log in to a server and stay logged in."
    ),
    KnownCommand(
        "logout", "nora_core.cli.login:logout", "Forget the server's token again."
    ),
    KnownCommand(
        "projects", "nora_core.cli.archive:projects", "List the projects of a server."
    ),
    KnownCommand(
        "select",
        "nora_core.cli.archive:select",
        "List the files of a project that a pattern picks.",
    ),
    KnownCommand(
        "upload", "nora_core.cli.archive:upload", "Store files in a study of a project."
    ),
    KnownCommand(
        "order", "nora_core.cli.order:order", "Run a tool on many cases of a project."
    ),
)


def known_commands() -> dict[str, KnownCommand]:
    """Return all commands by name; those of the core win over others."""
    commands = {item.name: item for item in OWN_COMMANDS}
    for entry_point in entry_points(group=ENTRY_POINT_GROUP):
        if entry_point.name not in commands:
            commands[entry_point.name] = _from_entry_point(entry_point)
    return dict(sorted(commands.items()))


def _from_entry_point(entry_point: EntryPoint) -> KnownCommand:
    package = entry_point.dist.name if entry_point.dist else entry_point.module
    return KnownCommand(
        name=entry_point.name,
        target=entry_point.value,
        short_help=read_short_help(entry_point.module, entry_point.attr)
        or f"From {package}.",
        package=package,
    )


def read_short_help(module: str, name: str) -> str:
    """Return the first docstring line of ``name`` in a module that is not imported.

    Falls back to the module's own docstring, and to nothing where there is no source.
    """
    path = find_source(module)
    if path is None:
        return ""
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return ""
    docstring = _docstring_of(tree.body, name) or ast.get_docstring(tree) or ""
    return docstring.split("\n")[0]


def find_source(module: str) -> Path | None:
    """Return the file of ``module``; neither it nor its packages are imported."""
    top, *rest = module.split(".")
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return None
    if spec is None:
        return None
    if not rest:
        return Path(spec.origin) if spec.origin else None
    for folder in spec.submodule_search_locations or ():
        path = Path(folder, *rest)
        for candidate in (path.with_suffix(".py"), path / "__init__.py"):
            if candidate.is_file():
                return candidate
    return None


def _docstring_of(body: Iterable[ast.stmt], name: str) -> str | None:
    for node in body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return ast.get_docstring(node)
    return None
