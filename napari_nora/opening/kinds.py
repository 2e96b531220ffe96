"""What the voxels of an image are: intensities, regions, colors or vectors."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nora.opening.windows import sample_of
from nora_core.images import Components, Volume

LABEL_TAGS = frozenset({"mask", "atlas", "labels", "roi", "seg", "segmentation"})
MAX_LABELS = 40
"""An integer image with at most so many values in a sample shows regions."""
_UNIT_LENGTH = 1.01
"""No direction, scaled with an anisotropy or not, is longer."""


def shows_labels(sample: NDArray[Any], tags: tuple[str, ...]) -> bool:
    """Whether an image of one frame holds regions rather than intensities.

    Parameters
    ----------
    sample : (n,) array
        Some of its values.
    tags : tuple of str
        Those of its file.
    """
    if LABEL_TAGS & {tag.casefold() for tag in tags} or sample.dtype == np.bool_:
        return True
    if sample.dtype.kind not in "iu":
        return False
    lowest, highest = int(sample.min()), int(sample.max())
    if lowest < 0:
        return False
    if highest < 2**16:
        return int(np.count_nonzero(np.bincount(sample))) <= MAX_LABELS
    return len(np.unique(sample)) <= MAX_LABELS


def components_of(volume: Volume) -> Components | None:
    """Return what the values of each voxel are together, ``None`` for frames.

    The file says so, or the image has three frames with the lengths of directions:
    principal directions and direction-encoded colors are mostly kept like that.
    """
    if volume.header.components is not None:
        return volume.header.components
    if volume.frame_count != 3 or volume.dtype.kind != "f":
        return None
    thirds = [sample_of(volume.data[..., n]).astype(np.float32) for n in range(3)]
    values = np.nan_to_num(np.stack(thirds))
    longest = float(np.sqrt((values**2).sum(axis=0)).max())
    if not 0 < longest <= _UNIT_LENGTH:
        return None
    return Components.VECTORS if values.min() < 0 else Components.DIRECTION_COLORS
