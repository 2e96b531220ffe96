"""Bounded numbers and texts of which scenes and presets are made."""

from __future__ import annotations

import base64
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

from nora_core.errors import BadInput
from nora_core.wire.names import Text

MAX_VIEWPORTS = 100


class Frozen(BaseModel):
    """A value that refuses fields it does not know and numbers that are not finite."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


Millimeters = Annotated[float, Field(ge=-1e6, le=1e6)]
Value = Annotated[float, Field(ge=-1e38, le=1e38)]
"""An intensity of an image."""
Range = tuple[Value, Value]
"""The smaller one first."""
Point = tuple[Millimeters, Millimeters, Millimeters]
"""A place in the world: RAS+ mm."""
Share = Annotated[float, Field(ge=0, le=1)]
Color = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]
"""Such as ``#ff8000``."""
Word = Annotated[Text, Field(min_length=1, max_length=100)]
"""A name in the window, such as that of a colormap."""
ViewportNumber = Annotated[str, StringConstraints(pattern=r"^b?(0|[1-9][0-9]?)$")]
"""``"0"``, ``"1"`` in the grid, row by row; ``"b0"`` in the bar below."""


def _decode(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return base64.b64decode(value, validate=True)
    except ValueError:
        raise BadInput("this is no Base64; encode the bytes (RFC 4648, 4)") from None


def _encode(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


Base64 = Annotated[
    bytes,
    BeforeValidator(_decode),
    PlainSerializer(_encode, when_used="json"),
    WithJsonSchema({"type": "string", "contentEncoding": "base64"}),
]
"""Bytes; in JSON as Base64."""


def split_commas(value: Any) -> Any:
    """Return ``"0,1"`` as ``["0", "1"]``, ``1`` as ``[1]``, and lists as they are."""
    if isinstance(value, str):
        return [word.strip() for word in value.split(",")]
    return [value] if isinstance(value, int) else value
