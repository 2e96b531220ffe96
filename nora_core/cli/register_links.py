"""``nora register-links``: lets the desktop open nora:// addresses with napari."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import click

from nora_core.errors import SettingsError

DESKTOP_FILE = "napari-nora.desktop"
MIME_TYPE = "x-scheme-handler/nora"
_ENTRY = """[Desktop Entry]
Type=Application
Name=NORA in napari
Comment=Open shared views of medical images in napari
Exec={command} open %u
Icon=napari
Terminal=false
NoDisplay=true
Categories=Science;MedicalSoftware;
MimeType=x-scheme-handler/nora;
StartupNotify=true
"""


@click.command("register-links")
@click.option("--remove", is_flag=True, help="Take the registration back.")
def register_links(remove: bool) -> None:
    """Open links to shared views (nora://...) with napari on this desktop.

    For the present user only. Doing it twice does no harm; do it again after
    napari-nora was moved to another folder.
    """
    if not sys.platform.startswith("linux"):
        raise SettingsError(
            f"this is for Linux desktops, not for {sys.platform}; "
            "docs/links.md says how links are registered there"
        )
    folder = applications_folder()
    if remove:
        remove_handler(folder)
        click.echo("links are not opened with napari any more", err=True)
        return
    path = install_handler(folder, find_window_command())
    click.echo(f"links are opened with napari now: {path}", err=True)


def applications_folder() -> Path:
    """Return where the user's own applications are listed (XDG base directories)."""
    data = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(data) / "applications"


def find_window_command() -> Path:
    """Return the program ``napari-nora``, best the one beside this Python.

    Raises
    ------
    SettingsError
        If it is not installed.
    """
    beside = Path(sys.executable).absolute().with_name("napari-nora")
    found = str(beside) if beside.exists() else shutil.which("napari-nora")
    if found is None:
        raise SettingsError(
            "napari-nora is not installed here; install it with "
            "`pip install napari-nora[viewer]`"
        )
    return Path(found)


def install_handler(folder: Path, command: Path) -> Path:
    """List ``command`` as the program for nora:// addresses; return the file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / DESKTOP_FILE
    entry = _ENTRY.format(command=quote_command(str(command)))
    if not path.exists() or path.read_text("utf-8") != entry:
        temporary = path.with_suffix(".new")
        temporary.write_text(entry, "utf-8")
        temporary.replace(path)
    _run("update-desktop-database", str(folder))
    _run("xdg-mime", "default", DESKTOP_FILE, MIME_TYPE)
    return path


def remove_handler(folder: Path) -> None:
    """Take the listing back; harmless where there is none."""
    (folder / DESKTOP_FILE).unlink(missing_ok=True)
    if folder.is_dir():
        _run("update-desktop-database", str(folder))


def quote_command(text: str) -> str:
    """Return a program's path as the Exec key takes it (Desktop Entry, 1.5).

    Examples
    --------
    >>> print(quote_command("/opt/my napari/bin/x"))
    "/opt/my napari/bin/x"
    """
    for special in '\\"`$':
        text = text.replace(special, f"\\{special}")
    # the value is itself a string in which a backslash is written twice
    return '"' + text.replace("\\", "\\\\").replace("%", "%%") + '"'


def _run(*command: str) -> None:
    """Tell the desktop, where it has a program for that; the file alone may do."""
    if shutil.which(command[0]) is not None:
        subprocess.run(command, check=False, capture_output=True, timeout=30)
