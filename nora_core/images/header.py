"""What an image file says besides its voxels and their place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nora_core.geometry.affine import Affine
from nora_core.images.components import Components


@dataclass(frozen=True, eq=False)
class Form:
    """One of the two affines of a NIfTI file, with its code.

    Attributes
    ----------
    code : int
        1 scanner, 2 aligned to another image, 3 Talairach, 4 MNI 152; 0 unknown.
    affine : (4, 4) array
        Voxel to RAS+ mm in that space.
    """

    code: int
    affine: Affine

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Form):
            return NotImplemented
        return self.code == other.code and np.array_equal(self.affine, other.affine)

    def __hash__(self) -> int:
        return hash((self.code, self.affine.tobytes()))


@dataclass(frozen=True)
class ImageHeader:
    """What a file says besides its voxels and their place; kept when written again.

    Attributes
    ----------
    sform, qform : Form or None
        Both affines of a NIfTI file as they stood there. The image's grid comes from
        the sform where its code is above 0, else from the qform.
    time_step_s : float or None
        Seconds from one frame to the next; ``None`` where the file does not say or
        the fourth axis is not time.
    description : str
        The file's own free text.
    components : Components or None
        What the fourth axis holds where the file says that it is not time.
    """

    sform: Form | None = None
    qform: Form | None = None
    time_step_s: float | None = None
    description: str = ""
    components: Components | None = None
