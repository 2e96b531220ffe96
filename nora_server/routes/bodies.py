"""Takes a request's raw bytes piece by piece, written to disk beside the event loop."""

from collections.abc import Callable
from typing import Any

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

_GATHERED_BYTES = 1 << 20

RAW_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/octet-stream": {
                "schema": {"type": "string", "format": "binary"}
            }
        },
    }
}
"""For ``openapi_extra`` of routes that take raw bytes."""


async def receive_body(request: Request, write: Callable[[bytearray], None]) -> bool:
    """Hand the body to ``write`` in blocks; return whether it came to its end."""
    gathered = bytearray()
    try:
        async for piece in request.stream():
            gathered += piece
            if len(gathered) >= _GATHERED_BYTES:
                block, gathered = gathered, bytearray()
                await run_in_threadpool(write, block)
    except ClientDisconnect:
        return False
    finally:
        if gathered:
            await run_in_threadpool(write, gathered)
    return True
