"""Where plug-ins are looked for: shipped, installed, and in ``$NORA_PLUGINS``."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import CodeType

from nora_core.errors import PluginError
from nora_core.plugins.registry import Registry, Source

ENTRY_POINT_GROUP = "nora"
FOLDERS_VARIABLE = "NORA_PLUGINS"
MODULE_PREFIX = "nora_plugin_"
SHIPPED = "shipped with napari-nora"


def load(folders: Sequence[Path] | None = None) -> Registry:
    """Return a registry of the tools of all plug-ins.

    Later places win over earlier ones where two plug-ins have the same name: a copy
    of a shipped file in ``$NORA_PLUGINS`` replaces the shipped one.

    Parameters
    ----------
    folders
        Files and folders of one's own; those of ``$NORA_PLUGINS`` where not given,
        which is then read again by each reload.
    """
    return Registry(lambda: find(own_folders() if folders is None else folders))


def find(folders: Sequence[Path]) -> list[Source]:
    """Return the plug-ins of all places: shipped, installed, then of ``folders``."""
    found: dict[str, Source] = {}
    doubles: list[Source] = []
    for source in [*_shipped(), *_installed()]:
        found[source.name] = source
    own: dict[str, Source] = {}
    for source in _in_folders(folders):
        if source.name in own:
            doubles.append(_Double(source.name, source.origin, own[source.name].origin))
        else:
            own[source.name] = source
    return [*{**found, **own}.values(), *doubles]


def own_folders() -> list[Path]:
    """Return the files and folders that ``$NORA_PLUGINS`` names."""
    text = os.environ.get(FOLDERS_VARIABLE, "")
    return [
        Path(part).expanduser().absolute()
        for part in text.split(os.pathsep)
        if part.strip()
    ]


def shipped_folder() -> Path:
    """Return the folder of the shipped plug-ins: in the wheel or in the checkout."""
    bundled = Path(__file__).with_name("bundled")
    return bundled if bundled.is_dir() else Path(__file__).parents[2] / "plugins"


@dataclass(frozen=True)
class _Installed(Source):
    """A plug-in of an installed package."""

    entry_point: EntryPoint

    def load(self) -> object:
        return self.entry_point.load()


@dataclass(frozen=True)
class _File(Source):
    """A plug-in that is a file, or a folder with an ``__init__.py``."""

    path: Path

    def load(self) -> object:
        return load_file(self.name, self.path)


@dataclass(frozen=True)
class _Missing(Source):
    """A place in ``$NORA_PLUGINS`` where nothing is."""

    def load(self) -> object:
        raise PluginError(
            f"there is no plug-in file or folder {self.origin}; "
            f"correct {FOLDERS_VARIABLE}"
        )


@dataclass(frozen=True)
class _Double(Source):
    """A second plug-in of one name in ``$NORA_PLUGINS``."""

    first: str

    def load(self) -> object:
        raise PluginError(
            f"a plug-in named {self.name!r} is there already, at {self.first}; "
            "rename one of the files"
        )


class _FreshLoader(SourceFileLoader):
    """Reads the source each time and writes no ``__pycache__`` beside it.

    A cached file is trusted by its second of change and its size, so a quick edit
    and reload would run the old code.
    """

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        code: CodeType = self.source_to_code(self.get_data(path), path)
        return code


def load_file(name: str, path: Path) -> object:
    """Run the plug-in at ``path`` and return its module.

    It is known as ``nora_plugin_<name>``; its folder is not put on the import path,
    so that no plug-in can hide a package.
    """
    module_name = MODULE_PREFIX + name
    _forget(module_name)
    init = path / "__init__.py"
    file = init if init.is_file() else path
    spec = importlib.util.spec_from_file_location(
        module_name,
        file,
        loader=_FreshLoader(module_name, str(file)),
        submodule_search_locations=[str(path)] if file is init else None,
    )
    if spec is None or spec.loader is None:
        raise PluginError(f"the plug-in {path} cannot be loaded; is it a .py file?")
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        _forget(module_name)
        raise
    return module


def _forget(module_name: str) -> None:
    for name in list(sys.modules):
        if name == module_name or name.startswith(f"{module_name}."):
            del sys.modules[name]


def _shipped() -> Iterator[Source]:
    for path in _plugins_in(shipped_folder()):
        yield _File(_name_of(path), SHIPPED, path)


def _installed() -> Iterator[Source]:
    for entry_point in entry_points(group=ENTRY_POINT_GROUP):
        package = entry_point.dist.name if entry_point.dist else entry_point.module
        yield _Installed(entry_point.name, f"package {package}", entry_point)


def _in_folders(folders: Iterable[Path]) -> Iterator[Source]:
    for place in folders:
        if not place.exists():
            yield _Missing(place.name, str(place))
        elif place.is_file() or (place / "__init__.py").is_file():
            yield _File(_name_of(place), str(place), place)
        else:
            for path in _plugins_in(place):
                yield _File(_name_of(path), str(path), path)


def _plugins_in(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [
        path
        for path in sorted(folder.iterdir())
        if not path.name.startswith((".", "_"))
        and (path.suffix == ".py" or (path / "__init__.py").is_file())
    ]


def _name_of(path: Path) -> str:
    return path.stem if path.suffix == ".py" else path.name
