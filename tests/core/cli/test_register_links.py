"""``nora register-links``: the desktop's list of programs, in a home of the test's."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from nora_core.cli import register_links
from nora_core.cli.main import main
from nora_core.errors import SettingsError


@pytest.fixture
def entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the entry lies; the desktop's own programs are not asked."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(register_links, "_run", lambda *command: None)
    monkeypatch.setattr(register_links.sys, "platform", "linux")
    return tmp_path / "data" / "applications" / "napari-nora.desktop"


def nora(*words: str) -> str:
    done = CliRunner().invoke(main, ["register-links", *words])
    assert done.exit_code == 0, done.output
    return done.stderr


def test_links_are_opened_with_the_napari_of_this_python(entry: Path) -> None:
    told = nora()

    lines = entry.read_text().splitlines()
    command = register_links.find_window_command()
    assert f'Exec="{command}" open %u' in lines
    assert "MimeType=x-scheme-handler/nora;" in lines
    assert str(entry) in told


def test_doing_it_twice_leaves_the_file_as_it_is(entry: Path) -> None:
    nora()
    before = entry.stat()
    nora()

    assert entry.stat().st_mtime_ns == before.st_mtime_ns
    assert [path.name for path in entry.parent.iterdir()] == [entry.name]


def test_it_is_taken_back_and_that_twice_does_no_harm(entry: Path) -> None:
    nora()
    nora("--remove")
    nora("--remove")

    assert not entry.exists()


@pytest.mark.parametrize("folder", ["plain", "with blank", 'a"b$c`d\\e', "100%"])
def test_the_desktop_takes_any_folder(folder: str, entry: Path) -> None:
    program = shutil.which("desktop-file-validate")
    assert program, "install it with 'apt-get install desktop-file-utils'"
    path = register_links.install_handler(
        entry.parent, Path("/opt") / folder / "napari-nora"
    )

    checked = subprocess.run(
        [program, path], capture_output=True, text=True, check=False
    )

    assert checked.returncode == 0, checked.stdout
    assert checked.stdout == ""


def test_other_systems_are_told_where_to_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(register_links.sys, "platform", "darwin")

    done = CliRunner().invoke(main, ["register-links"])

    assert done.exit_code == 1
    assert "docs/links.md" in done.stderr


def test_without_the_window_nothing_is_registered(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(register_links.sys, "executable", str(tmp_path / "python"))
    monkeypatch.setattr(register_links.shutil, "which", lambda name: None)

    with pytest.raises(SettingsError, match="not installed here"):
        register_links.find_window_command()
