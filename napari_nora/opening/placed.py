"""Where a layer lies: the grid of its file, and what napari makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from nora_core.geometry.affine import Affine, zooms_of
from nora_core.geometry.grid import Grid
from nora_core.images import Components

METADATA_KEY = "nora"
ALIGNED_VOXELS = 0.05
"""A layer is upright when no voxel is off by more than this part of a voxel."""


@dataclass(frozen=True)
class Source:
    """The file of a study that a layer came from.

    A mask that was drawn and not saved yet has its image's study and no files.
    """

    project: str
    study_id: int
    file_ids: tuple[int, ...]
    relative_name: str


@dataclass(frozen=True, eq=False)
class Placed:
    """Where a layer lies; kept in ``layer.metadata["nora"]``.

    The viewer's world is the scanner's: RAS+ mm. A layer's own affine says where its
    voxels lie; this says how the file holds them.

    Parameters
    ----------
    grid : Grid or None
        The grid of the file itself, in RAS+ mm; ``None`` for surfaces.
    source : Source or None
        Where the file is kept; ``None`` for files of this computer.
    components : Components or None
        What the three (or four) values of each voxel are together. Colors lie along
        the last axis of the layer's data, vectors along its first.
    """

    grid: Grid | None
    source: Source | None = None
    components: Components | None = None


def placed_of(layer: Any) -> Placed | None:
    """Return where a layer lies; ``None`` if another program made it."""
    placed = layer.metadata.get(METADATA_KEY)
    return placed if isinstance(placed, Placed) else None


def study_of(layer: Any) -> Source | None:
    """Return the study that a layer came from, as the place of what is made of it."""
    placed = placed_of(layer)
    source = placed.source if placed is not None else None
    if source is None:
        return None
    return Source(source.project, source.study_id, (), "")


def shown_affine_of(layer: Any) -> Affine:
    """Return voxel to RAS+ mm of the layer's last three axes, (4, 4).

    As it is shown: with what the user or another program moved.
    """
    count = layer.ndim
    origin = np.asarray(layer.data_to_world(np.zeros(count)))
    affine = np.eye(4)
    affine[:3, 3] = origin[-3:]
    for axis in range(3):
        unit = np.zeros(count)
        unit[count - 3 + axis] = 1.0
        moved = np.asarray(layer.data_to_world(unit))
        affine[:3, axis] = (moved - origin)[-3:]
    return affine


def spatial_shape_of(layer: Any) -> tuple[int, int, int]:
    """Return the voxels along i, j, k of an image or labels layer."""
    is_colored = getattr(layer, "rgb", False)
    shape = layer.data.shape[:-1] if is_colored else layer.data.shape
    i, j, k = shape[-3:]
    return int(i), int(j), int(k)


def is_oblique(layer: Any) -> bool:
    """Whether napari's own canvas shows a layer only about where it lies.

    It does not resample: slices of layers that are turned against R, A and S are
    shown upright there. The viewports cut the exact planes.
    """
    if getattr(layer.data, "ndim", 0) < 3:  # points, surfaces and the like
        return False
    affine = shown_affine_of(layer)
    sizes = np.array(spatial_shape_of(layer))
    zooms = zooms_of(affine)
    shift_mm = np.sort(np.abs(affine[:3, :3] * sizes), axis=0)[1]
    return bool((shift_mm > ALIGNED_VOXELS * zooms.min()).any())
