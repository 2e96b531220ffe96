"""STL surfaces, text or binary: ``.stl``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nora_core.errors import ImageFileError
from nora_core.images.formats.raw import naming
from nora_core.images.surface import Surface

_HEADER_BYTES = 84
_TRIANGLE = np.dtype(
    [("normal", "<f4", (3,)), ("corners", "<f4", (3, 3)), ("attribute", "<u2")]
)


def read_stl(path: Path) -> Surface:
    """Read the mesh of an STL file.

    STL names no frame: numbers are taken as RAS+ mm, except where the header holds
    ``SPACE=LPS``, as 3D Slicer writes it. Equal corners become one vertex.

    Raises
    ------
    ImageFileError
        Broken or truncated.
    """
    path = Path(path)
    with naming(path):
        content = path.read_bytes()
        count = int.from_bytes(content[80:_HEADER_BYTES], "little")
        if len(content) == _HEADER_BYTES + count * _TRIANGLE.itemsize:
            corners = np.frombuffer(content, _TRIANGLE, count, _HEADER_BYTES)["corners"]
        elif content.lstrip()[:5].lower() == b"solid":
            corners = _text_corners(content, path)
        else:
            raise ImageFileError(
                f"{path}: no STL surface, or truncated: the header promises "
                f"{count} triangles, the file has {len(content)} bytes"
            )
        if not np.isfinite(corners).all():
            raise ImageFileError(f"{path}: a corner is NaN or infinite")
    places = corners.reshape(-1, 3).astype(np.float32)
    if b"SPACE=LPS" in content[:200]:
        places = places * np.array([-1, -1, 1], dtype=np.float32)
    vertices, indices = np.unique(places, axis=0, return_inverse=True)
    return Surface(vertices, indices.reshape(-1, 3).astype(np.int32))


def _text_corners(content: bytes, path: Path) -> NDArray[np.float32]:
    if b"endsolid" not in content[-500:].lower():
        raise ImageFileError(f"{path}: 'endsolid' is missing; the file is truncated")
    numbers = [
        line.split()[1:4]
        for line in content.lower().splitlines()
        if line.split()[:1] == [b"vertex"]
    ]
    if len(numbers) % 3:
        raise ImageFileError(f"{path}: {len(numbers)} corners make no whole triangles")
    return np.array(numbers, dtype=np.float32).reshape(-1, 3, 3)
