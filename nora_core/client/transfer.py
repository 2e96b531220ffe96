"""Moves a file's bytes to and from a server, picking up where a connection broke."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BufferedReader, BufferedWriter
from pathlib import Path, PurePosixPath
from urllib.parse import quote

import requests

from nora_core.client.cache import DownloadCache
from nora_core.client.calls import project_path
from nora_core.client.connection import (
    PAUSES_SECONDS,
    Call,
    Connection,
    unreachable,
)
from nora_core.errors import (
    Cancelled,
    ChecksumMismatch,
    Conflict,
    NotFound,
    ServerError,
    ServerUnreachable,
)
from nora_core.wire.archive import (
    UPLOAD_HEADER,
    UPLOAD_OFFSET_HEADER,
    FileRow,
    UploadRequest,
    UploadState,
)
from nora_core.wire.names import check_relative_name

SMALL_BYTES = 4 << 20
"""Files up to this size go in one request."""
PART_BYTES = 64 << 20
"""Larger ones go in requests of this size: each is safe on disk once answered."""
_BLOCK_BYTES = 1 << 20
_HEADER_CHARACTERS = 8000
_SHA256 = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class Source:
    """A file on this machine and where it shall go."""

    path: Path
    study_id: int
    relative_name: str
    tags: tuple[str, ...] = ()
    replace: bool = False


@dataclass(frozen=True)
class Watch:
    """How the caller follows and stops a transfer."""

    progress: Callable[[int, int], None] | None = None
    cancelled: Callable[[], bool] | None = None

    def report(self, done_bytes: int, all_bytes: int) -> None:
        """Tell the caller how far it is; raise if it wants to stop."""
        if self.cancelled is not None and self.cancelled():
            raise Cancelled("the transfer was cancelled")
        if self.progress is not None:
            self.progress(done_bytes, all_bytes)


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


def download(
    connection: Connection,
    cache: DownloadCache,
    project: str,
    file: FileRow,
    watch: Watch,
) -> Path:
    """Return a file's bytes on disk; see :meth:`nora_core.client.Client.download`."""
    name = PurePosixPath(check_relative_name(file.relative_name)).name
    if file.sha256 is not None:
        _refuse_strange_checksum(file.sha256)
        found = cache.find(connection.url, project, file.sha256, name)
        if found is not None:
            watch.report(file.size_bytes, file.size_bytes)
            return found
    part = cache.new_part()
    try:
        sha256 = _Download(connection, project, file, watch).run(part)
        return cache.add(connection.url, project, sha256, name, part)
    except NotFound:
        _forget_if_withdrawn(connection, cache, project)
        raise
    finally:
        part.unlink(missing_ok=True)


def _refuse_strange_checksum(sha256: str) -> None:
    """Keep a server from naming a place outside the cache."""
    if not _SHA256.fullmatch(sha256):
        raise ServerError(
            "the server sent something else than a SHA-256 as a file's checksum; "
            "is it a napari-nora server of the same version?"
        )


def _forget_if_withdrawn(
    connection: Connection, cache: DownloadCache, project: str
) -> None:
    try:
        connection.send(Call("GET", project_path(project), repeatable=True))
    except NotFound:
        cache.forget_project(connection.url, project)


class _Download:
    """One file on its way from the server."""

    def __init__(
        self, connection: Connection, project: str, file: FileRow, watch: Watch
    ) -> None:
        self.connection = connection
        self.file = file
        self.watch = watch
        self.path = project_path(project, f"/files/{file.id}/content")
        self.digest = hashlib.sha256()
        self.done_bytes = 0
        self.etag: str | None = None

    def run(self, part: Path) -> str:
        """Fetch all bytes into ``part``; return their checksum."""
        with part.open("wb") as stream:
            failures = 0
            while True:
                before = self.done_bytes
                try:
                    self._fetch(stream)
                    break
                except ServerUnreachable:
                    failures = 1 if self.done_bytes > before else failures + 1
                    if failures > len(PAUSES_SECONDS):
                        raise
                    time.sleep(PAUSES_SECONDS[failures - 1])
        sha256 = self.digest.hexdigest()
        if self.file.sha256 not in (None, sha256):
            raise ChecksumMismatch(
                f"file {self.file.id} arrived with other bytes than were stored; "
                "try again, and tell the server's admin if it stays so"
            )
        return sha256

    def _fetch(self, stream: BufferedWriter) -> None:
        response = self.connection.send(
            Call("GET", self.path, headers=self._range(), stream=True)
        )
        with response:
            if response.status_code != 206:
                self._start_again(stream)
            self.etag = response.headers.get("ETag")
            expected = self.done_bytes + int(response.headers["Content-Length"])
            self.watch.report(self.done_bytes, expected)
            try:
                for block in response.iter_content(_BLOCK_BYTES):
                    stream.write(block)
                    self.digest.update(block)
                    self.done_bytes += len(block)
                    self.watch.report(self.done_bytes, expected)
            except requests.RequestException as error:
                raise unreachable(self.connection.url, error) from error
            if self.done_bytes < expected:
                raise ServerUnreachable(f"{self.connection.url} stopped in mid-file")

    def _range(self) -> dict[str, str]:
        if self.done_bytes == 0 or self.etag is None:
            return {"Accept-Encoding": "identity"}
        return {
            "Accept-Encoding": "identity",
            "Range": f"bytes={self.done_bytes}-",
            "If-Range": self.etag,
        }

    def _start_again(self, stream: BufferedWriter) -> None:
        stream.seek(0)
        stream.truncate()
        self.digest = hashlib.sha256()
        self.done_bytes = 0
