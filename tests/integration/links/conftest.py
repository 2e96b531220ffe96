"""A server process with users, a study and a link that one of them has made.

``anna`` and ``bert`` read the project ``liver``, ``cleo`` is a member of nothing.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr

from nora_core.client import Client, EmbeddedServer, start_embedded
from nora_core.wire.account import NewUser, Role
from nora_core.wire.archive import FileRow, NewStudy
from nora_core.wire.link import LinkInfo, LinkSave
from nora_core.wire.project import NewProject
from nora_core.wire.scene import FileRef, Scene, SceneLayer, SceneViewport

PASSWORD = "correct horse battery"
COMMENT = "See the dome <img src=x onerror=alert(1)>"
UNKNOWN = "A" * 32


@dataclass(frozen=True)
class Lab:
    """What all tests here share."""

    server: EmbeddedServer
    folder: Path
    image: FileRow
    link: LinkInfo
    scene: Scene

    @property
    def url(self) -> str:
        """The address of the link."""
        return f"{self.server.url}/l/{self.link.id}"

    def token_of(self, user: str) -> str:
        """Return a new token of a user."""
        with Client(self.server.url) as client:
            return client.login(user, PASSWORD).secret

    def log(self) -> str:
        """Return all that the server has logged."""
        return (self.folder / "embedded.log").read_text("utf-8")


def picture(width: int = 640, height: int = 400) -> bytes:
    """Return a PNG with a gray gradient."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + checksum

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    row = bytes(255 * column // width for column in range(width))
    pixels = zlib.compress((b"\0" + row) * height)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def _fill(admin: Client) -> None:
    admin.create_project(NewProject(name="liver"))
    admin.create_project(NewProject(name="secret"))
    for name in ("anna", "bert", "cleo"):
        admin.create_user(NewUser(name=name, password=SecretStr(PASSWORD)))
    for name in ("anna", "bert"):
        admin.set_member("liver", name, Role.READER)


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Give one server to all tests here."""
    folder = tmp_path_factory.mktemp("links")
    source = folder / "t1.nii"
    source.write_bytes(b"voxels")
    with start_embedded(folder / "data") as server:
        with Client(server.url, server.token) as admin:
            _fill(admin)
            new = NewStudy(patients_id="P-4711", studies_id="visit-1", name="Mina")
            study = admin.create_study("liver", new)
            image = admin.upload("liver", source, study.study_id, "t1/s003.nii")
        ref = FileRef(
            project="liver",
            study_id=image.study_id,
            file_ids=(image.id,),
            relative_name=image.relative_name,
        )
        scene = Scene(
            layers=(SceneLayer(files=ref),),
            viewports=(SceneViewport(number="0", items=(0,)),),
            crosshair_mm=(1.5, -2.0, 30.0),
            comment=COMMENT,
        )
        with Client(server.url) as anna:
            anna.login("anna", PASSWORD)
            link = anna.save_link("liver", LinkSave(scene=scene, preview=picture()))
        yield Lab(server, folder / "data", image, link, scene)


@pytest.fixture
def client_of(lab: Lab) -> Iterator[Callable[[str], Client]]:
    """Give ``client_of(user)``, a client logged in as that user."""
    clients: list[Client] = []

    def make(user: str) -> Client:
        clients.append(Client(lab.server.url, lab.token_of(user)))
        return clients[-1]

    yield make
    for client in clients:
        client.close()
