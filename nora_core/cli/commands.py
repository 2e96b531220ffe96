"""The commands that there are, and what each does, without importing them."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import entry_points
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


OWN_COMMANDS = {
    "demo": "nora_core.cli.demo:demo",
    "login": "nora_core.cli.login:login",
    "logout": "nora_core.cli.login:logout",
    "order": "nora_core.cli.order:order",
    "plugins": "nora_core.cli.plugins:plugins",
    "projects": "nora_core.cli.archive:projects",
    "register-links": "nora_core.cli.register_links:register_links",
    "run": "nora_core.cli.run:run",
    "select": "nora_core.cli.archive:select",
    "upload": "nora_core.cli.archive:upload",
}
"""The core's own commands and where they are."""


def known_commands() -> dict[str, KnownCommand]:
    """Return all commands by name; those of the core win over others."""
    commands = {
        name: _command(name, target, "napari-nora")
        for name, target in OWN_COMMANDS.items()
    }
    for item in entry_points(group=ENTRY_POINT_GROUP):
        package = item.dist.name if item.dist else item.module
        commands.setdefault(item.name, _command(item.name, item.value, package))
    return dict(sorted(commands.items()))


def _command(name: str, target: str, package: str) -> KnownCommand:
    module, _, attribute = target.partition(":")
    help_text = read_short_help(module, attribute) or f"From {package}."
    return KnownCommand(name, target, help_text, package)


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
