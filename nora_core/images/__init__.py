"""Images and masks in RAS+ millimetres, and the files they come from."""

from nora_core.images.components import Components
from nora_core.images.formats import (
    FileKind,
    kind_of,
    read_mask,
    read_surface,
    read_volume,
    write_mask,
    write_volume,
)
from nora_core.images.header import Form, ImageHeader
from nora_core.images.mask import Mask
from nora_core.images.surface import Surface
from nora_core.images.volume import Volume

__all__ = [
    "Components",
    "FileKind",
    "Form",
    "ImageHeader",
    "Mask",
    "Surface",
    "Volume",
    "kind_of",
    "read_mask",
    "read_surface",
    "read_volume",
    "write_mask",
    "write_volume",
]
