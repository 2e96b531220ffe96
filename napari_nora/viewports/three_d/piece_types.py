"""The pieces for napari's own layers."""

from __future__ import annotations

from napari.layers import Image, Labels, Layer

from napari_nora.viewports.three_d.copy_piece import CopyPiece
from napari_nora.viewports.three_d.isosurface_piece import IsosurfacePiece
from napari_nora.viewports.three_d.items import Shown
from napari_nora.viewports.three_d.pieces import PieceTypes
from napari_nora.viewports.three_d.volume_piece import VolumePiece


def default_types() -> PieceTypes:
    """Return the pieces for napari's own layers."""
    types = PieceTypes()
    types.register(Layer, Shown.AS_IT_IS, CopyPiece)
    for kind in (Image, Labels):
        types.register(kind, Shown.VOLUME, VolumePiece)
        types.register(kind, Shown.ISOSURFACE, IsosurfacePiece)
    return types
