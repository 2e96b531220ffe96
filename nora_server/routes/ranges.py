"""Sends a file's bytes, whole or from a given byte on, without holding it in memory."""

import re
from collections.abc import Iterator
from typing import BinaryIO

from fastapi import Request, Response, status
from fastapi.responses import StreamingResponse

from nora_core.errors import BadInput
from nora_server.errors_as_problems import problem_response
from nora_server.services.files import OpenedFile

_BLOCK_BYTES = 1 << 20
_RANGE = re.compile(r"bytes=(\d{0,19})-(\d{0,19})")
Span = tuple[int, int]
"""First byte, and the one behind the last."""


def send_file(request: Request, file: OpenedFile) -> Response:
    """Answer with the file, the part of it that is asked for, or 'not modified'.

    Closes the file, at the latest when the answer is sent.
    """
    answer = _answer(request, file)
    if not isinstance(answer, StreamingResponse):
        file.stream.close()
    return answer


def _answer(request: Request, file: OpenedFile) -> Response:
    headers = {
        "ETag": file.etag,
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        "Content-Disposition": "attachment",
        "X-Content-Type-Options": "nosniff",
    }
    known = request.headers.get("If-None-Match", "")
    if file.etag in {etag.strip() for etag in known.split(",")}:
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=headers)
    span = _wanted_span(request, file)
    if span is None:
        return _stream(file.stream, (0, file.size_bytes), status.HTTP_200_OK, headers)
    begin, end = span
    if begin >= end:
        headers["Content-Range"] = f"bytes */{file.size_bytes}"
        error = BadInput(
            f"the range begins behind the file's end, which has {file.size_bytes} "
            "bytes; ask for the whole file"
        )
        return problem_response(error, 416, headers)
    headers["Content-Range"] = f"bytes {begin}-{end - 1}/{file.size_bytes}"
    return _stream(file.stream, span, status.HTTP_206_PARTIAL_CONTENT, headers)


def _wanted_span(request: Request, file: OpenedFile) -> Span | None:
    """Read the headers; ``None``: the whole file, as for several ranges at once."""
    if_range = request.headers.get("If-Range")
    if if_range is not None and if_range != file.etag:
        return None
    match = _RANGE.fullmatch(request.headers.get("Range", "").replace(" ", ""))
    if match is None or not any(match.groups()):
        return None
    first, last = match.groups()
    if not first:
        return max(0, file.size_bytes - int(last)), file.size_bytes
    if last and int(last) < int(first):
        return None
    end = int(last) + 1 if last else file.size_bytes
    return int(first), min(end, file.size_bytes)


def _stream(
    stream: BinaryIO, span: Span, status_code: int, headers: dict[str, str]
) -> Response:
    begin, end = span
    return StreamingResponse(
        _blocks(stream, begin, end),
        status_code=status_code,
        media_type="application/octet-stream",
        headers={**headers, "Content-Length": str(end - begin)},
    )


def _blocks(stream: BinaryIO, begin: int, end: int) -> Iterator[bytes]:
    with stream:
        stream.seek(begin)
        while begin < end:
            block = stream.read(min(_BLOCK_BYTES, end - begin))
            if not block:
                return  # it became shorter: the client sees that bytes are missing
            begin += len(block)
            yield block
