"""Logs in to a server, or opens a folder with a server of its own; blocking."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import keyring
import platformdirs
from keyring.errors import KeyringError

from napari_nora.session import Connection
from napari_nora.tasks import Task
from nora_core.client import Client, start_embedded
from nora_core.errors import BadInput
from nora_core.images.formats.kinds import FileKind, ending_of, kind_of_name
from nora_core.wire.archive import RegisterReport, RegisterRequest
from nora_core.wire.project import NewProject

KEYRING_SERVICE = "napari-nora"
_SHOWN = frozenset({FileKind.IMAGE, FileKind.DICOM, FileKind.SURFACE})


@dataclass(frozen=True)
class LogInWish:
    """What the user typed into the log-in form."""

    url: str
    name: str
    password: str
    keep: bool = False


@dataclass(frozen=True)
class OpenedFolder:
    """A folder that is now a project."""

    connection: Connection
    project: str
    report: RegisterReport


def clean_url(text: str) -> str:
    """Return the address with its scheme; ``https`` unless it is this machine.

    Raises
    ------
    BadInput
        The text is no address.
    """
    text = text.strip().rstrip("/")
    if "://" not in text:
        is_here = re.match(r"(localhost|127\.0\.0\.1)(:|$)", text)
        text = f"{'http' if is_here else 'https'}://{text}"
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise BadInput("that is no server address; type it as https://nora.example.org")
    return text


def log_in(wish: LogInWish, task: Task) -> Connection:
    """Log in and keep the password in the system's keyring where that was wished."""
    url = clean_url(wish.url)
    client = Client(url)
    version = client.version()
    task.check()
    client.login(wish.name, wish.password)
    user = client.me()
    if wish.keep:
        keep_password(url, wish.name, wish.password)
    return Connection(client, url, user.display_name or user.name, version.version)


def connect_with_token(url: str, token: str) -> Connection:
    """Talk to a server with a token, such as that of an embedded one."""
    client = Client(url, token)
    version, user = client.version(), client.me()
    return Connection(
        client, url, user.name, version.version, is_embedded=version.is_embedded
    )


def keep_password(url: str, name: str, password: str) -> bool:
    """Keep a password in the system's keyring; False where there is none."""
    try:
        keyring.set_password(KEYRING_SERVICE, f"{name}@{url}", password)
    except KeyringError:
        return False
    return True


def kept_password(url: str, name: str) -> str:
    """Return the password kept for a user, or an empty text."""
    try:
        return keyring.get_password(KEYRING_SERVICE, f"{name}@{url}") or ""
    except KeyringError:
        return ""


def data_folder() -> Path:
    """Return where projects of opened folders live; never beside the originals."""
    return Path(platformdirs.user_data_dir("napari-nora")) / "folders"


def data_folder_for(folder: Path, beside: bool) -> Path:
    """Return where database, saves and trash of an opened folder live.

    That is the user's data folder, or ``derivatives/nora`` in the folder itself
    where that is wished, or was so the time before.

    Raises
    ------
    BadInput
        The folder can only be read.
    """
    near = folder / "derivatives" / "nora"
    if not beside and not (near / "nora.sqlite").is_file():
        return data_folder()
    try:
        near.mkdir(parents=True, exist_ok=True)
    except OSError:
        raise BadInput(
            f"{folder} cannot be written to; open it without results beside the data"
        ) from None
    return near


def open_folder(folder: Path, task: Task, data: Path | None = None) -> OpenedFolder:
    """Make a project of a folder's images; the images themselves are only read."""
    task.progress(0, 0, "starting")
    server = start_embedded(data or data_folder())
    try:
        client = Client(server.url, server.token)
        name = _project_for(client, folder)
        task.check()
        task.progress(0, 0, "reading names")
        report = _register(client, name, folder)
        version, user = client.version(), client.me()
    except BaseException:
        server.stop()
        raise
    connection = Connection(
        client, server.url, user.name, version.version, is_embedded=True, server=server
    )
    return OpenedFolder(connection, name, report)


def _register(client: Client, project: str, folder: Path) -> RegisterReport:
    """Take in the folder's studies, and images that lie beside them as one more."""
    report = client.register(project, RegisterRequest(folder=str(folder)))
    names = [path.name for path in folder.iterdir() if path.is_file()]
    endings = {ending_of(name) for name in names if kind_of_name(name) in _SHOWN}
    if not endings:
        return report
    above, own = re.escape(folder.parent.as_posix()), re.escape(folder.name)
    end = "|".join(re.escape(ending) for ending in sorted(endings))
    pattern = rf"^{above.rstrip('/')}/(?<patients_id>{own})/[^/]+(?i:{end})$"
    beside = client.register(
        project, RegisterRequest(folder=str(folder), pattern=pattern)
    )
    return report.model_copy(
        update={
            "subjects": report.subjects + beside.subjects,
            "studies": report.studies + beside.studies,
            "files": report.files + beside.files,
        }
    )


def _project_for(client: Client, folder: Path) -> str:
    """Return the project of ``folder``, made where this is the first time."""
    title = str(folder)
    projects = client.projects()
    for project in projects:
        if project.title == title:
            return project.name
    name = re.sub(r"[^\w.-]+", "-", folder.name).strip(".-")[:80] or "folder"
    if name in {project.name for project in projects}:
        name += "-" + hashlib.sha256(title.encode()).hexdigest()[:6]
    return client.create_project(NewProject(name=name, title=title[:200])).name
