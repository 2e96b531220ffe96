"""Layers that 3D shows as they are: surfaces, points, lines, tracks."""

from __future__ import annotations

from typing import ClassVar

from napari.layers import Layer

from napari_nora.viewports.three_d.items import Item3D
from napari_nora.viewports.three_d.pieces import Piece, set_opacity


class CopyPiece(Piece):
    """A copy of a layer that shares its arrays; made anew when the layer changes."""

    content_events: ClassVar[tuple[str, ...]] = (
        "data",
        "affine",
        "border_color",
        "border_width",
        "colormap",
        "contrast_limits",
        "current_border_color",
        "current_edge_color",
        "current_face_color",
        "current_size",
        "edge_color",
        "edge_width",
        "face_color",
        "features",
        "gamma",
        "length",
        "rotate",
        "scale",
        "shading",
        "shear",
        "size",
        "symbol",
        "texcoords",
        "texture",
        "translate",
        "vector_style",
    )

    def show(self, item: Item3D) -> None:
        if self.layer is None or self.is_stale:
            self.is_stale = False
            data, look, kind = item.layer.as_layer_data_tuple()
            self.put(Layer.create(data, {**look, "visible": True}, kind))
        set_opacity(self.layer, item)
