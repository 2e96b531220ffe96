"""Fetches a file's bytes from a server into the cache, going on after a break."""

from __future__ import annotations

import hashlib
import re
import time
from io import BufferedWriter
from pathlib import Path, PurePosixPath

import requests

from nora_core.client.cache import DownloadCache
from nora_core.client.calls import project_path
from nora_core.client.connection import (
    PAUSES_SECONDS,
    Call,
    Connection,
    unreachable,
)
from nora_core.client.watch import Watch
from nora_core.errors import (
    ChecksumMismatch,
    NotFound,
    ServerError,
    ServerUnreachable,
)
from nora_core.wire.archive import FileRow
from nora_core.wire.names import check_relative_name

_BLOCK_BYTES = 1 << 20
_SHA256 = re.compile("[0-9a-f]{64}")


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
            expected = self.file.size_bytes
            if length := response.headers.get("Content-Length"):
                expected = self.done_bytes + int(length)
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
