"""A tool's description: enough to build its form, check its arguments and run it."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, JsonValue


class ArgumentKind(StrEnum):
    """What an argument holds."""

    IMAGE = "image"
    """A FILE pattern that picks an image; the tool gets a ``Volume``."""
    MASK = "mask"
    """A FILE pattern that picks a mask; the tool gets a ``Mask``."""
    FILE = "file"
    """A FILE pattern that picks any file; the tool gets its path."""
    INTEGER = "integer"
    NUMBER = "number"
    TEXT = "text"
    LOGICAL = "logical"
    OPTION = "option"

    @property
    def is_file(self) -> bool:
        """True where a path is given on the command line and a pattern in an order."""
        return self in {ArgumentKind.IMAGE, ArgumentKind.MASK, ArgumentKind.FILE}


class ArgumentDescription(BaseModel):
    """One argument of a tool."""

    model_config = ConfigDict(frozen=True)

    name: str
    kind: ArgumentKind
    title: str
    description: str = ""
    required: bool = True
    default: JsonValue = None
    minimum: float | None = None
    maximum: float | None = None
    unit: str = ""
    choices: tuple[str, ...] = ()
    many: bool = False
    """A pattern may match several files, which the tool gets as a list."""


class ResultKind(StrEnum):
    """What a tool returns under one name, and so how it is written."""

    IMAGE = "image"
    MASK = "mask"
    TABLE = "table"
    """A flat dictionary or a list of them, written as JSON."""
    FILE = "file"


class ResultDescription(BaseModel):
    """One named result of a tool."""

    model_config = ConfigDict(frozen=True)

    name: str
    kind: ResultKind
    suffix: str
    """File name's ending, such as ``.nii.gz``; a file keeps its own where empty."""
    required: bool = True
    """False where the tool may leave it out."""


class Resources(BaseModel):
    """What one case needs."""

    model_config = ConfigDict(frozen=True)

    cpus: int = Field(default=1, ge=1)
    memory_gb: float = Field(default=2.0, gt=0)
    minutes: int = Field(default=10, ge=1)
    gpus: int = Field(default=0, ge=0)


class ToolDescription(BaseModel):
    """A tool as panels and command lines show it."""

    model_config = ConfigDict(frozen=True)

    name: str
    title: str
    description: str = ""
    arguments: tuple[ArgumentDescription, ...]
    results: tuple[ResultDescription, ...]
    resources: Resources = Resources()
    source: str = ""
    """The plug-in that brought it."""


class BrokenPlugin(BaseModel):
    """A plug-in that was skipped, and why."""

    name: str
    source: str
    error: str


class ToolList(BaseModel):
    """What can be run, and which plug-ins could not be loaded."""

    tools: list[ToolDescription]
    broken: list[BrokenPlugin]
