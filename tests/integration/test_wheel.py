"""What is published works: the built wheel in a clean environment without Qt.

Needs the package index, as `make setup` does.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from nora_core.demo.studies import DATA
from tests.architecture.project import ROOT

HELP_SECONDS = 0.5
SCRIPTS = Path(sys.executable).parent


def run(
    *command: str | Path, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command away from the checkout; its output is the failure's text."""
    ended = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=280,
        env={**os.environ, "PYTHONSAFEPATH": "1"},
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(SCRIPTS / "uv", "build", "--wheel", "--quiet", "--out-dir", folder, ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def clean(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the scripts of an environment with the wheel and no extra."""
    folder = tmp_path_factory.mktemp("clean")
    uv = SCRIPTS / "uv"
    run(uv, "venv", "--quiet", "--python", sys.executable, folder / "venv")
    scripts = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
    python = scripts / "python"
    run(uv, "pip", "install", "-q", "--compile-bytecode", "--python", python, wheel)
    return scripts


def loaded(clean: Path, statement: str, cwd: Path) -> set[str]:
    code = f"{statement}; import json, sys; print(json.dumps(list(sys.modules)))"
    names = json.loads(run(clean / "python", "-c", code, cwd=cwd).stdout)
    return {name.partition(".")[0] for name in names}


def cpu_seconds(command: Sequence[str | Path], cwd: Path) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run(*command, cwd=cwd)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_the_wheel_has_the_packages_and_plugins_and_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.partition("/")[0] for name in names if ".dist-info/" not in name}

    assert tops == {"nora_core", "nora_server", "napari_nora"}
    assert "nora_core/plugins/bundled/otsu_mask.py" in names
    assert "nora_core/demo/data/MANIFEST.tsv" in names
    assert "napari_nora/napari.yaml" in names
    assert "nora_server/pages/open.html" in names


def test_no_qt_comes_with_it(clean: Path) -> None:
    listed = run(SCRIPTS / "uv", "pip", "list", "--python", clean / "python").stdout

    for package in ("napari ", "pyside6", "pyqt"):
        assert package not in listed.lower()


def test_importing_the_core_is_light(clean: Path, tmp_path: Path) -> None:
    names = loaded(clean, "import nora_core", tmp_path)

    assert not names & {"qtpy", "fastapi", "sqlmodel", "nibabel", "scipy", "numpy"}


def test_help_is_quick(clean: Path, tmp_path: Path) -> None:
    command = [clean / "nora", "--help"]

    assert min(cpu_seconds(command, tmp_path) for _ in range(5)) < HELP_SECONDS


def test_a_tool_runs_on_a_file(clean: Path, tmp_path: Path) -> None:
    image = DATA / "colin27" / "t1.nii.gz"

    run(
        *(clean / "nora", "run", "threshold_lesion", "--image", image),
        *("--lower", "100", "--out", tmp_path / "out"),
        cwd=tmp_path,
    )

    (mask,) = (tmp_path / "out").iterdir()
    assert mask.name.endswith(".nii.gz")


def test_the_demo_runs_without_a_window(clean: Path, tmp_path: Path) -> None:
    command = [clean / "nora", "demo", "--no-window", "--data", tmp_path / "data"]

    assert "9 studies" in run(*command, cwd=tmp_path).stdout


def test_the_demo_says_what_its_window_needs(clean: Path, tmp_path: Path) -> None:
    ended = subprocess.run(
        [clean / "nora", "demo"], cwd=tmp_path, capture_output=True, text=True
    )

    assert ended.returncode == 1
    assert "napari-nora[viewer]" in ended.stderr


def test_the_manifest_of_the_plugin_is_valid() -> None:
    assert "valid" in run(SCRIPTS / "npe2", "validate", "napari-nora").stdout.lower()
