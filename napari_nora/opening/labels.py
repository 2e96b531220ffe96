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
    slabs = _slabs(data)
    highest = max((float(np.nanmax(slab)) for slab in slabs), default=0.0)
    is_whole = 0 <= highest < 2**16 and all(_is_whole(slab) for slab in slabs)
    labels = np.empty_like(data, dtype=_label_type(highest) if is_whole else np.uint8)
    for slab, part in zip(slabs, _slabs(labels), strict=True):
        part[...] = np.nan_to_num(slab) if is_whole else slab > 0
    return labels


def colors_needed(labels: NDArray[Any]) -> int:
    """Return the highest label, 0 where there are more than :data:`FEW_LABELS`."""
    highest = int(labels.max(initial=0))
    return highest if highest <= FEW_LABELS else 0


def _slabs(data: NDArray[Any]) -> list[NDArray[Any]]:
    """Return views that are whole numbers' worth of memory one after the other."""
    axis = int(np.argmax(np.abs(data.strides)))
    return [np.moveaxis(data, axis, 0)[n] for n in range(data.shape[axis])]


def _is_whole(slab: NDArray[Any]) -> bool:
    finite = np.nan_to_num(slab)
    return bool((finite == np.round(finite)).all() and finite.min(initial=0) >= 0)


def _label_type(highest: float) -> type[np.unsignedinteger[Any]]:
    return np.uint8 if highest < 2**8 else np.uint16
