"""The layers hold, and starting one part loads nothing of another."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.project import ROOT

QT = ("qtpy", "PySide6", "PyQt6", "PySide2", "PyQt5", "superqt", "magicgui", "napari")
SERVER = ("fastapi", "starlette", "sqlmodel", "sqlalchemy", "uvicorn")
SLOW = ("nibabel", "scipy", "skimage", "dipy", "pydicom", "nrrd")


def loaded_after(statement: str) -> set[str]:
    """Return the top-level modules in a fresh Python after ``statement``."""
    code = (
        f"{statement}\nimport sys\nprint(*{{n.partition('.')[0] for n in sys.modules}})"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    return set(ended.stdout.split())


def test_import_contracts_hold() -> None:
    program = Path(sys.executable).with_name("lint-imports")

    ended = subprocess.run(
        [program, "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )

    assert ended.returncode == 0, ended.stdout


def test_core_loads_neither_qt_nor_server_nor_what_is_slow() -> None:
    assert not loaded_after("import nora_core").intersection(QT + SERVER + SLOW)


@pytest.mark.parametrize(
    "statement",
    ["from nora_core.client import Client", "import nora_core.cli.main"],
)
def test_client_and_command_line_load_neither_qt_nor_server(statement: str) -> None:
    assert not loaded_after(statement).intersection(QT + SERVER + SLOW)


def test_core_and_server_load_no_qt() -> None:
    assert not loaded_after("import nora_core, nora_server.app").intersection(QT)


def test_state_of_widgets_loads_neither_qt_nor_napari() -> None:
    states = sorted((ROOT / "napari_nora" / "widgets").glob("*/state.py"))
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts) for path in states
    ]

    assert modules
    assert not loaded_after("import " + ", ".join(modules)).intersection(QT)


def test_layers_of_widgets_load_no_qt() -> None:
    files = sorted((ROOT / "napari_nora" / "widgets").glob("*/layers.py"))
    modules = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in files]

    assert modules
    assert not loaded_after("import " + ", ".join(modules)).intersection(QT[:6])
