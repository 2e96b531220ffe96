"""GIFTI surfaces: ``.gii``."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nora_core.errors import ImageFileError
from nora_core.images.formats.raw import naming, open_binary
from nora_core.images.surface import Surface


def read_gifti(path: Path) -> Surface:
    """Read the mesh of a GIFTI file.

    Vertices are taken as they stand in the file, which is RAS+ mm in the space that
    the file was made for; matrices to other spaces are left alone.

    Raises
    ------
    ImageFileError
        Broken, or values on a surface without the surface itself.
    """
    from nibabel.gifti.gifti import GiftiImage

    path = Path(path)
    with naming(path):
        with open_binary(path) as file:
            image = GiftiImage.from_bytes(file.read())
        points = image.get_arrays_from_intent("NIFTI_INTENT_POINTSET")
        triangles = image.get_arrays_from_intent("NIFTI_INTENT_TRIANGLE")
        if not points or not triangles:
            raise ImageFileError(
                f"{path}: holds no surface, only values on one; open the surface first"
            )
        return Surface(
            np.asarray(points[0].data, dtype=np.float32),
            np.asarray(triangles[0].data, dtype=np.int32),
        )
