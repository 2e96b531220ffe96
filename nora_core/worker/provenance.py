"""Where a result comes from: tool, version, arguments, inputs, environment, times."""

from __future__ import annotations

import importlib.metadata
import platform
import socket
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, JsonValue

from nora_core.jobs.atomic import write_whole
from nora_core.jobs.request import JobRequest, ResultFile, now
from nora_core.jobs.tool import Tool
from nora_core.wire.tool import Resources
from nora_core.worker.results import sha256_of

_PACKAGES = ("napari-nora", "numpy", "scipy", "nibabel", "scikit-image", "pydicom")


class InputFile(BaseModel):
    """A file that a tool read."""

    argument: str
    path: str
    size_bytes: int
    sha256: str


class Environment(BaseModel):
    """The program and machine that ran a tool."""

    python: str = platform.python_version()
    executable: str = sys.executable
    system: str = Field(default_factory=platform.platform)
    host: str = Field(default_factory=socket.gethostname)
    packages: dict[str, str] = Field(default_factory=lambda: dict(_versions()))


class Provenance(BaseModel):
    """``provenance.json`` of one attempt."""

    version: Literal[1] = 1
    tool: str
    tool_source: str
    """The plug-in that brought the tool."""
    arguments: dict[str, JsonValue]
    inputs: list[InputFile]
    resources: Resources
    environment: Environment
    started_at: datetime
    ended_at: datetime | None = None
    results: list[ResultFile] = []

    @classmethod
    def begin(
        cls,
        tool: Tool,
        request: JobRequest,
        paths: Mapping[str, Sequence[Path]],
        environment: Environment,
    ) -> Provenance:
        """Note what ``tool`` is about to read; takes the checksums of its files."""
        return cls(
            tool=tool.name,
            tool_source=tool.source,
            arguments=request.arguments,
            inputs=[
                _input_file(name, path)
                for name, files in paths.items()
                for path in files
            ],
            resources=request.resources,
            environment=environment,
            started_at=now(),
        )

    def end(self, results: list[ResultFile]) -> Provenance:
        """Return it with the results and the end's time."""
        return self.model_copy(update={"results": results, "ended_at": now()})

    def write(self, path: Path) -> None:
        """Store it as JSON, whole or not at all."""
        write_whole(path, f"{self.model_dump_json(indent=2)}\n".encode())


def _input_file(argument: str, path: Path) -> InputFile:
    return InputFile(
        argument=argument,
        path=str(path),
        size_bytes=path.stat().st_size,
        sha256=sha256_of(path),
    )


def _versions() -> list[tuple[str, str]]:
    found = []
    for package in _PACKAGES:
        try:
            found.append((package, importlib.metadata.version(package)))
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
