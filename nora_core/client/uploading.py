"""Sends a file's bytes to a server, going on where a connection broke."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from urllib.parse import quote

from nora_core.client.calls import project_path
from nora_core.client.connection import PAUSES_SECONDS, Call, Connection
from nora_core.client.watch import Watch
from nora_core.errors import ChecksumMismatch, Conflict, ServerUnreachable
from nora_core.wire.archive import (
    UPLOAD_HEADER,
    UPLOAD_OFFSET_HEADER,
    FileRow,
    UploadRequest,
    UploadState,
)
from nora_core.wire.names import check_relative_name, check_tag

SMALL_BYTES = 4 << 20
"""Files up to this size go in one request."""
PART_BYTES = 64 << 20
"""Larger ones go in requests of this size: each is safe on disk once answered."""
_BLOCK_BYTES = 1 << 20
_HEADER_CHARACTERS = 8000


@dataclass(frozen=True)
class Source:
    """A file on this machine and where it shall go."""

    path: Path
    study_id: int
    relative_name: str
    tags: tuple[str, ...] = ()
    replace: bool = False

    def __post_init__(self) -> None:
        """Refuse names in words, before a byte is read."""
        check_relative_name(self.relative_name)
        for tag in self.tags:
            check_tag(tag)


def upload(
    connection: Connection, project: str, source: Source, watch: Watch
) -> FileRow:
    """Store a file; see :meth:`nora_core.client.Client.upload`."""
    with source.path.open("rb") as stream:
        request = _describe(stream, source)
        watch.report(0, request.size_bytes)
        header = quote(request.model_dump_json(), safe="")
        if request.size_bytes <= SMALL_BYTES and len(header) <= _HEADER_CHARACTERS:
            return _send_whole(connection, project, stream, header, watch)
        return _Upload(connection, project, stream, request, watch).run()


def _describe(stream: BufferedReader, source: Source) -> UploadRequest:
    digest = hashlib.file_digest(stream, "sha256")
    return UploadRequest(
        study_id=source.study_id,
        relative_name=source.relative_name,
        size_bytes=stream.tell(),
        sha256=digest.hexdigest(),
        tags=list(source.tags),
        replace=source.replace,
    )


def _send_whole(
    connection: Connection,
    project: str,
    stream: BufferedReader,
    header: str,
    watch: Watch,
) -> FileRow:
    stream.seek(0)
    content = stream.read()
    row = connection.ask(
        Call(
            "POST",
            project_path(project, "/files/content"),
            headers={
                UPLOAD_HEADER: header,
                "Content-Type": "application/octet-stream",
            },
            content=content,
            repeatable=True,  # the server knows a file that arrived already
        ),
        FileRow,
    )
    watch.report(len(content), len(content))
    return row


class _Body:
    """Blocks of a request's body, with the length that its header states."""

    def __init__(self, blocks: Iterator[bytes], size_bytes: int) -> None:
        self.blocks = blocks
        self.size_bytes = size_bytes

    def __len__(self) -> int:
        return self.size_bytes

    def __iter__(self) -> Iterator[bytes]:
        return self.blocks


class _Upload:
    """One large file on its way to the server."""

    def __init__(
        self,
        connection: Connection,
        project: str,
        stream: BufferedReader,
        request: UploadRequest,
        watch: Watch,
    ) -> None:
        self.connection = connection
        self.project = project
        self.stream = stream
        self.request = request
        self.watch = watch

    def run(self) -> FileRow:
        """Send part after part until the server has the row."""
        path = project_path(self.project, "/uploads")
        state = self.connection.ask(
            Call("POST", path, body=self.request, repeatable=True), UploadState
        )
        here = f"{path}/{state.id}"
        failures = 0
        while state.file is None:
            before = state.received_bytes
            try:
                state = self._send_part(here, state.received_bytes)
            except (ServerUnreachable, Conflict) as error:
                failures += 1
                if failures > len(PAUSES_SECONDS) or isinstance(
                    error, ChecksumMismatch
                ):
                    raise
                time.sleep(PAUSES_SECONDS[failures - 1])
                state = self.connection.ask(
                    Call("GET", here, repeatable=True), UploadState
                )
            if state.received_bytes > before:
                failures = 0
        self.watch.report(self.request.size_bytes, self.request.size_bytes)
        return state.file

    def _send_part(self, here: str, offset: int) -> UploadState:
        end = min(offset + PART_BYTES, self.request.size_bytes)
        call = Call(
            "PATCH",
            here,
            headers={
                UPLOAD_OFFSET_HEADER: str(offset),
                "Content-Type": "application/octet-stream",
            },
            content=_Body(self._blocks(offset, end), end - offset) or b"",
        )
        return self.connection.ask(call, UploadState)

    def _blocks(self, offset: int, end: int) -> Iterator[bytes]:
        self.stream.seek(offset)
        while offset < end:
            self.watch.report(offset, self.request.size_bytes)
            block = self.stream.read(min(_BLOCK_BYTES, end - offset))
            if not block:
                raise ChecksumMismatch(
                    "the file became shorter while it was sent; send it again"
                )
            offset += len(block)
            yield block
