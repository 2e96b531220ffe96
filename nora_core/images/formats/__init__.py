"""File formats: one module each, and the functions that choose among them."""

from nora_core.images.formats.dispatch import (
    read_mask,
    read_surface,
    read_volume,
    write_mask,
    write_volume,
)
from nora_core.images.formats.kinds import FileKind, kind_of

__all__ = [
    "FileKind",
    "kind_of",
    "read_mask",
    "read_surface",
    "read_volume",
    "write_mask",
    "write_volume",
]
