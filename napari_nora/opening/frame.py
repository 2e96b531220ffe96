"""How the scanner's world lies in the viewer.

napari does not reslice: an image whose axes are oblique to the viewer's would be
drawn wrong. So the first image decides the frame: the viewer's axes are that
image's own axes, as near to R, A, S as they come. An image that is oblique to
the frame is resampled onto axes of the frame (:mod:`napari_nora.opening.plan`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nora_core.geometry.affine import Affine, zooms_of
from nora_core.geometry.grid import Grid
from nora_core.geometry.orientation import turn_to

ALIGNED_VOXELS = 0.05
"""An image is aligned when no voxel is off by more than this part of a voxel."""


@dataclass(frozen=True, eq=False)
class Frame:
    """A turn from scanner RAS+ mm to the viewer's R, A, S axes in mm.

    Parameters
    ----------
    turn : (4, 4) array
        Rigid; identity unless the first image was oblique. The center of that
        image stays where it is.
    """

    turn: Affine

    def shown_affine(self, affine: Affine) -> Affine:
        """Return voxel to viewer for an image with ``affine`` voxel to RAS+ mm."""
        shown: Affine = self.turn @ affine
        return shown

    def scanner_affine(self, shown: Affine) -> Affine:
        """Return voxel to RAS+ mm for a layer with ``shown`` voxel to viewer."""
        affine: Affine = np.linalg.inv(self.turn) @ shown
        return affine


SCANNER_FRAME = Frame(np.eye(4))
"""The viewer's axes are the scanner's."""


def frame_of(grid: Grid) -> Frame:
    """Return the frame in which an image on ``grid`` has upright axes."""
    affine, _ = turn_to(grid.affine, grid.shape, "RAS")
    if is_aligned(affine, grid.shape):
        return SCANNER_FRAME
    left, _, right = np.linalg.svd(affine[:3, :3] / zooms_of(affine))
    rotation = (left @ right).T
    turn = np.eye(4)
    turn[:3, :3] = rotation
    turn[:3, 3] = grid.center_mm - rotation @ grid.center_mm
    return Frame(turn)


def is_aligned(shown: Affine, shape: tuple[int, ...]) -> bool:
    """Whether axis n of the image runs up along axis n of the viewer."""
    diagonal = np.diag(np.diag(shown[:3, :3]))
    if (np.diag(diagonal) <= 0).any():
        return False
    shift_mm = np.abs(shown[:3, :3] - diagonal) * np.array(shape[:3])
    return bool((shift_mm.max(axis=1) <= ALIGNED_VOXELS * np.diag(diagonal)).all())


def upright_grid(grid: Grid, frame: Frame) -> Grid:
    """Return axes of the frame that cover ``grid`` with voxels as fine as its own.

    In RAS+ mm, as any grid.
    """
    affine, _ = turn_to(grid.affine, grid.shape, "RAS")
    zooms = zooms_of(affine)
    corners = grid.corners_mm @ frame.turn[:3, :3].T + frame.turn[:3, 3]
    lowest, highest = corners.min(axis=0), corners.max(axis=0)
    i, j, k = np.maximum(np.ceil((highest - lowest) / zooms - 0.01), 1).astype(int)
    shown = np.diag([*zooms, 1.0])
    shown[:3, 3] = (lowest + highest - zooms * (np.array([i, j, k]) - 1)) / 2
    return Grid((int(i), int(j), int(k)), frame.scanner_affine(shown))
