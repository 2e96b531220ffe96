"""Voxels of a mask or atlas as whole numbers that can be painted on."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

FEW_LABELS = 6
"""So many labels get colors that color-blind people tell apart."""


def as_labels(data: NDArray[Any]) -> NDArray[Any]:
    """Return whole numbers; whole ones stay in their place, nothing is copied.

    Parameters
    ----------
    data : (i, j, k) array
        Integers, truth values, or numbers: whole ones up to 65,535 are labels, of
        others all above 0 is label 1, as in a map of probabilities.

    Returns
    -------
    (i, j, k) integer array
    """
    if data.dtype.kind in "iu":
        return data if data.flags.writeable else data.copy(order="K")
    if data.dtype == np.bool_:
        return data.view(np.uint8)
    highest = _highest(data)
    small = np.dtype(np.uint8 if highest < 2**8 else np.uint16)
    labels = np.empty_like(data, dtype=small if 0 <= highest < 2**16 else np.uint8)
    slabs = list(zip(_slabs(data), _slabs(labels), strict=True))
    if highest < 2**16 and all(_copy_whole(slab, into) for slab, into in slabs):
        return labels
    for slab, into in slabs:
        into[...] = slab > 0
    return labels


def colors_needed(labels: NDArray[Any]) -> int:
    """Return the highest label, 0 where there are more than :data:`FEW_LABELS`."""
    highest = int(labels.max(initial=0))
    return highest if highest <= FEW_LABELS else 0


def _slabs(data: NDArray[Any]) -> list[NDArray[Any]]:
    """Return views that are whole numbers' worth of memory one after the other."""
    axis = int(np.argmax(np.abs(data.strides)))
    return [np.moveaxis(data, axis, 0)[n] for n in range(data.shape[axis])]


def _highest(data: NDArray[Any]) -> float:
    highest = float(data.max(initial=0))
    return highest if np.isfinite(highest) else float(np.nanmax(data, initial=0))


def _copy_whole(slab: NDArray[Any], into: NDArray[Any]) -> bool:
    """Copy numbers, NaN as 0; tell whether all of them are whole and not negative."""
    with np.errstate(invalid="ignore"):
        into[...] = slab
        if (into == slab).all():
            return True
        finite = np.nan_to_num(slab)
        into[...] = finite
    return bool((into == finite).all())
