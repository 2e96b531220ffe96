"""Scenes of an archive with one study, and quick ways to save them as links."""

from __future__ import annotations

import base64
import gzip
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event

from nora_core.wire.archive import FileRow
from nora_server.parts import Parts
from tests.server.archive.conftest import LIVER, Store
from tests.server.archive.conftest import store as store
from tests.server.archive.conftest import study as study


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return one chunk of a PNG file."""
    return (
        struct.pack(">I", len(data))
        + kind
        + data
        + struct.pack(">I", zlib.crc32(kind + data))
    )


def png(width: int = 3, height: int = 2, *, text: str = "") -> bytes:
    """Return a gray picture, with a text inside where one is given."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(bytes(height * (1 + width)))
    texts = chunk(b"tEXt", text.encode()) if text else b""
    parts = chunk(b"IHDR", header) + texts + chunk(b"IDAT", pixels)
    return b"\x89PNG\r\n\x1a\n" + parts + chunk(b"IEND", b"")


def mask(side: int = 2) -> bytes:
    """Return a gzipped NIfTI file of bytes."""
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, 3, side, side, side, 1, 1, 1, 1)
    struct.pack_into("<2h", header, 70, 2, 8)
    struct.pack_into("<f", header, 108, 352)
    header[344:348] = b"n+1\0"
    return gzip.compress(bytes(header) + bytes(side**3), mtime=0)


def as_text(content: bytes) -> str:
    """Return bytes as Base64."""
    return base64.b64encode(content).decode()


def layer_of(*files: FileRow, project: str = "liver", **more: Any) -> dict[str, Any]:
    """Return a layer that shows these files."""
    ref = {
        "project": project,
        "study_id": files[0].study_id,
        "file_ids": [file.id for file in files],
        "relative_name": "whatever the sender says",
    }
    return {"files": ref, **more}


def scene_of(*layers: dict[str, Any], comment: str = "see the dome") -> dict[str, Any]:
    """Return a scene that shows all layers in its first viewport."""
    viewport = {"number": "0", "items": list(range(len(layers)))}
    return {
        "viewports": [viewport],
        "layers": list(layers),
        "crosshair_mm": [1.5, -2, 30],
        "comment": comment,
    }


@contextmanager
def asked(parts: Parts) -> Iterator[list[str]]:
    """Give the list of the queries that the database is asked inside."""
    queries: list[str] = []

    def note(*given: Any) -> None:
        queries.append(given[2])

    engine = parts.database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield queries
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def image(store: Store) -> FileRow:
    """An image of the study."""
    return store("t1/s003.nii", b"voxels")


@pytest.fixture
def link(rita: TestClient, image: FileRow) -> dict[str, Any]:
    """A link that rita made to the image, with a preview."""
    body = {"scene": scene_of(layer_of(image)), "preview": as_text(png())}
    answer = rita.post(f"{LIVER}/links", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()
