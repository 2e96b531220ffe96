"""Plug-ins are found in their places and loaded by path."""

import os
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from nora_core.plugins import sources
from nora_core.plugins.sources import load

TOOL = '''
from nora_core import Volume, hookimpl, tool

@tool(title="{title}")
def {name}(image: Volume) -> Volume:
    """Copy."""
    return image

@hookimpl
def register_tools(register):
    register({name})
'''


def write_tool(path: Path, name: str | None = None, title: str = "A tool") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(TOOL.format(name=name or path.stem, title=title), "utf-8")
    return path


def test_the_shipped_tools_are_there():
    registry = load(folders=[])

    assert "threshold_lesion" in registry.tools
    assert registry.broken == []


def test_files_and_folders_of_the_variable_are_loaded(tmp_path, monkeypatch):
    one = write_tool(tmp_path / "one.py")
    write_tool(tmp_path / "folder" / "two.py")
    write_tool(tmp_path / "folder" / "three" / "__init__.py", name="three")
    places = os.pathsep.join([str(one), str(tmp_path / "folder"), ""])
    monkeypatch.setenv("NORA_PLUGINS", places)

    registry = load()

    assert {"one", "two", "three"} <= set(registry.tools)
    assert registry.tool("one").source == str(one)
    assert registry.broken == []


def test_private_and_foreign_files_are_left_alone(tmp_path):
    for name in ("_private.py", ".hidden.py", "notes.txt"):
        (tmp_path / name).write_text("raise RuntimeError", "utf-8")

    assert load([tmp_path]).broken == []


def test_a_plugin_is_not_importable_by_its_name(tmp_path):
    write_tool(tmp_path / "never_a_package.py")

    registry = load([tmp_path])

    assert "never_a_package" in registry.tools
    assert "nora_plugin_never_a_package" in sys.modules
    assert str(tmp_path) not in sys.path
    with pytest.raises(ImportError):
        __import__("never_a_package")


def test_loading_writes_nothing_beside_the_plugin(tmp_path):
    path = write_tool(tmp_path / "clean.py")

    load([tmp_path])

    assert list(tmp_path.iterdir()) == [path]


def test_a_quick_edit_is_seen_by_a_reload(tmp_path):
    path = write_tool(tmp_path / "edited.py", title="Title 1")
    registry = load([tmp_path])
    stat = path.stat()
    write_tool(path, title="Title 2")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    registry.reload()

    assert registry.tool("edited").title == "Title 2"


def test_a_folder_plugin_imports_and_reloads_its_own_files(tmp_path):
    package = tmp_path / "bundle"
    write_tool(package / "part.py", title="Title 1")
    (package / "__init__.py").write_text("from .part import register_tools\n", "utf-8")
    registry = load([tmp_path])

    write_tool(package / "part.py", title="A longer title")
    registry.reload()

    assert registry.tool("part").title == "A longer title"


def test_a_broken_file_is_listed_with_the_line_that_broke(tmp_path):
    (tmp_path / "broken.py").write_text("a = 1\nb = a / 0\n", "utf-8")
    write_tool(tmp_path / "good.py")

    registry = load([tmp_path])

    assert "good" in registry.tools
    assert registry.broken[0].name == "broken"
    assert registry.broken[0].error == (
        "ZeroDivisionError: division by zero (broken.py, line 2)"
    )
    assert "nora_plugin_broken" not in sys.modules


def test_a_wrong_hint_is_explained_with_its_line(tmp_path):
    path = write_tool(tmp_path / "hint.py")
    path.write_text(path.read_text().replace("image: Volume", "image"), "utf-8")

    broken = load([tmp_path]).broken[0]

    assert "parameter 'image' has no type hint" in broken.error
    assert "(hint.py, line" in broken.error


def test_a_missing_place_is_listed(tmp_path):
    broken = load([tmp_path / "nowhere"]).broken[0]

    assert "there is no plug-in file or folder" in broken.error
    assert "NORA_PLUGINS" in broken.error


def test_two_own_files_of_one_name_are_refused(tmp_path):
    first = write_tool(tmp_path / "a" / "same.py")
    write_tool(tmp_path / "b" / "same.py")

    registry = load([tmp_path / "a", tmp_path / "b"])

    assert registry.tool("same").source == str(first)
    assert f"is there already, at {first}" in registry.broken[0].error


def test_a_broken_copy_hides_the_shipped_plugin(tmp_path):
    (tmp_path / "smooth.py").write_text("1 / 0", "utf-8")

    registry = load([tmp_path])

    assert "smooth" not in registry.tools
    assert [broken.name for broken in registry.broken] == ["smooth"]


def test_an_installed_package_brings_its_tools(tmp_path, monkeypatch):
    write_tool(tmp_path / "installed_tools_x.py", name="installed")
    monkeypatch.syspath_prepend(str(tmp_path))
    entry_point = EntryPoint("installed", "installed_tools_x", "nora")
    monkeypatch.setattr(sources, "entry_points", lambda group: [entry_point])

    registry = load(folders=[])

    assert registry.tool("installed").source == "package installed_tools_x"


def test_the_variable_is_read_again_by_a_reload(tmp_path, monkeypatch):
    registry = load()
    write_tool(tmp_path / "later.py")
    monkeypatch.setenv("NORA_PLUGINS", str(tmp_path))

    registry.reload()

    assert "later" in registry.tools
