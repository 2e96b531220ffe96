"""File names say what is inside, and nothing names one person's machine."""

from __future__ import annotations

import re

import pytest

from tests.architecture.project import ROOT, project_files, relative

EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}
TEXT = (
    *("*.py", "*.pyi", "*.md", "*.toml", "*.yaml", "*.yml", "*.sh", "*.cfg"),
    *("*.txt", "*.tsv", "*.json", "*.service", "Makefile", ".ci/run"),
)
PRIVATE_PATH = re.compile(
    r"(?<![\w.])/(home|Users)/\w+|\.\./shared\b|(?<![\w./])/work/\w", re.ASCII
)


def test_no_module_has_a_name_that_says_nothing() -> None:
    names = [relative(file) for file in project_files("*.py")]

    assert not [
        name for name in names if EMPTY_NAMES & set(re.split(r"[/.]", name)[:-1])
    ]


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    return {
        relative(file): file.read_text(encoding="utf-8")
        for file in project_files(*TEXT)
        if relative(file) != "tests/architecture/test_names.py"
    }


def test_no_text_names_the_folder_of_this_checkout(texts: dict[str, str]) -> None:
    assert not [name for name, text in texts.items() if f"{ROOT}/" in text]


def test_no_text_names_a_folder_of_somebodys_own(texts: dict[str, str]) -> None:
    found = {name: PRIVATE_PATH.findall(text) for name, text in texts.items()}

    assert not {name: paths for name, paths in found.items() if paths}


def test_no_code_is_marked_as_unfinished(texts: dict[str, str]) -> None:
    marks = re.compile(r"\b(TODO|FIXME|XXX)\b")

    assert not [name for name, text in texts.items() if marks.search(text)]
