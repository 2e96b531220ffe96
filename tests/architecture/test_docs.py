"""The docs are true: links exist, hooks, errors and commands are described."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import nora_core.errors
from napari_nora.viewports.actions import ACTIONS
from nora_core.plugins import hookspecs
from tests.architecture.project import ROOT, project_files, relative

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def links_of(page: Path) -> list[str]:
    """Return the targets of the page's links to files, outside of code blocks."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    text = re.sub(r"`[^`\n]*`", "", text)
    targets = [target.partition("#")[0] for target in LINK.findall(text)]
    return [target for target in targets if target and "://" not in target]


@pytest.mark.parametrize("page", project_files("*.md"), ids=relative)
def test_links_lead_to_files_of_the_project(page: Path) -> None:
    missing = [link for link in links_of(page) if not (page.parent / link).exists()]

    assert not missing


def test_every_page_is_in_the_table_of_contents() -> None:
    contents = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    pages = [path.relative_to(ROOT / "docs") for path in project_files("docs/*.md")]

    assert not [str(page) for page in pages if str(page) not in contents]


def test_every_hook_is_described() -> None:
    page = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
    hooks = [
        name
        for name, function in inspect.getmembers(hookspecs, inspect.isfunction)
        if function.__module__ == hookspecs.__name__
    ]

    assert hooks
    assert not [name for name in hooks if f"`{name}`" not in page]


def test_every_error_stands_in_the_tree() -> None:
    tree = nora_core.errors.__doc__ or ""

    assert not [
        name
        for name in nora_core.errors.ERROR_CLASSES
        if not re.search(rf"\b{name}\b", tree)
    ]


def test_the_commands_page_is_what_the_program_says() -> None:
    written = subprocess.run(
        [sys.executable, ROOT / "scripts" / "write_commands.py"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout

    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert page == written, "run `make commands`"


def test_the_viewer_page_lists_mouse_and_keys_as_they_are() -> None:
    page = (ROOT / "docs" / "viewer.md").read_text(encoding="utf-8").splitlines()
    rows = [
        f"| {', '.join(f'`{one}`' for one in action.gestures)} | {action.title} |"
        for action in ACTIONS.values()
    ]
    written = [line for line in page if line in rows]

    assert written == rows, "docs/viewer.md: write these rows, in this order"


def test_readme_names_the_two_commands() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert "git clone" in readme
    assert "make -C napari-nora demo" in readme
    assert "not for clinical diagnosis" in readme


def test_every_picture_of_the_readme_is_shown_from_the_docs() -> None:
    pictures = [link for link in links_of(ROOT / "README.md") if link.endswith(".png")]

    assert pictures
    assert all(link.startswith("docs/pictures/") for link in pictures)


def test_changelog_has_a_head_for_what_is_not_released() -> None:
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
