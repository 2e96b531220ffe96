"""Which masks were changed since they were opened or saved; none is ever lost."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from napari.layers import Labels
from numpy.typing import NDArray

from napari_nora.autoloaders.case import Case

EMPTY = 0
"""The fingerprint of a mask without a painted voxel."""


def fingerprint(labels: NDArray[Any]) -> int:
    """Return a number that changes when a voxel does; 0 for an empty mask."""
    if not labels.any():
        return EMPTY
    flat = labels.ravel(order="K")  # a view unless axes are flipped
    return zlib.adler32(np.ascontiguousarray(flat).data) or 1


@dataclass
class KeptMask:
    """A mask that was not saved before its case was left."""

    case: Case
    layer: Any
    viewports: tuple[str, ...]
    slot: Any = None
    server: str = ""
    """Where the case is: studies of different servers have the same numbers."""


@dataclass
class UnsavedMasks:
    """Knows each mask as it is stored, and keeps those of cases that were left.

    A mask counts as saved while its voxels are as they were when it was opened or
    saved. One that no file holds counts as saved while it is empty.
    """

    kept: list[KeptMask] = field(default_factory=list)
    _stored: dict[str, int] = field(default_factory=dict)

    def note_stored(self, layer: Any, as_stored: int | None = None) -> None:
        """Take what a mask holds now, or ``as_stored``, for what its file holds."""
        known = fingerprint(layer.data) if as_stored is None else as_stored
        self._stored[str(layer.unique_id)] = known

    def knows(self, layer: Any) -> bool:
        """Whether it is known what a layer's file holds."""
        return str(layer.unique_id) in self._stored

    def drop_saved(self) -> None:
        """Keep no masks that were saved since."""
        self.kept = [mask for mask in self.kept if self.is_unsaved(mask.layer)]

    def forget(self, layer: Any) -> None:
        """Know no more of a layer that is gone."""
        self._stored.pop(str(layer.unique_id), None)

    def is_unsaved(self, layer: Any) -> bool:
        """Whether a layer is a mask with changes that no file holds."""
        if not isinstance(layer, Labels):
            return False
        stored = self._stored.get(str(layer.unique_id), EMPTY)
        return fingerprint(np.asarray(layer.data)) != stored

    def among(self, layers: Iterable[Any]) -> list[Any]:
        """Return the layers that are unsaved masks."""
        return [layer for layer in layers if self.is_unsaved(layer)]

    def keep(self, mask: KeptMask) -> None:
        """Keep a mask while another case is shown."""
        self.kept.append(mask)

    def take_back(self, case: Case, server: str = "") -> list[KeptMask]:
        """Return the kept masks of a case, which is shown again."""
        back = [
            mask
            for mask in self.kept
            if mask.server == server and _is_same(mask.case, case)
        ]
        self.kept = [mask for mask in self.kept if mask not in back]
        return back

    def discard(self, mask: KeptMask) -> None:
        """Throw a kept mask away, as the user asked."""
        self.kept = [other for other in self.kept if other is not mask]
        self.forget(mask.layer)


def _is_same(one: Case, other: Case) -> bool:
    if one.project != other.project or one.study_id != other.study_id:
        return False
    return one.study_id is not None or one.subject_id == other.subject_id
