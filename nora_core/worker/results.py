"""Writes a tool's results below its attempt's folder and takes their checksums."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from nora_core.jobs.request import ResultFile
from nora_core.jobs.tool import Tool
from nora_core.jobs.values import write_result
from nora_core.wire.tool import ResultKind


def seal_results(
    tool: Tool, results: Mapping[str, object], folder: Path
) -> list[ResultFile]:
    """Write ``results``; one that is ``None`` is left out.

    Their bytes are on the disk before ``status.json`` names them.
    """
    sealed = []
    for description in tool.results:
        value = results.get(description.name)
        if value is None:
            continue
        path = write_result(description, value, folder, description.name)
        sealed.append(
            ResultFile(
                name=description.name,
                path=path.relative_to(folder).as_posix(),
                size_bytes=path.stat().st_size,
                sha256=sha256_of(path),
                is_mask=description.kind is ResultKind.MASK,
            )
        )
    return sealed


def sha256_of(path: Path) -> str:
    """Return the checksum of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
