"""Images and regions as volumes."""

from __future__ import annotations

from typing import Any

import numpy as np
from napari.layers import Image, Labels, Layer
from numpy.typing import NDArray

from napari_nora.viewports.sources import affine_of, frame_of
from napari_nora.viewports.three_d.items import Item3D
from napari_nora.viewports.three_d.pieces import Piece, Stage, set_opacity
from napari_nora.viewports.three_d.textures import Texture, texture_of

RENDERING = "attenuated_mip"
"""Of napari's ways, the one that shows a body without choosing a threshold."""


class VolumePiece(Piece):
    """A volume in the layer's own colors; a view of its voxels, not a copy."""

    def __init__(self, stage: Stage, item: Item3D) -> None:
        super().__init__(stage, item)
        self._shown: tuple[Any, ...] = ()

    def show(self, item: Item3D) -> None:
        voxels, affine = frame_of(item.layer, item.time), affine_of(item.layer)
        texture = texture_of(voxels, affine, self.stage.budget_mb)
        state = (*identity_of(voxels), affine.tobytes(), texture.step)
        if self.is_stale or state != self._shown:
            self.is_stale = False
            self._shown = state
            self._take(item, texture)
        self.stage.note(self.key, note_of(item.layer.name, texture))
        assert self.layer is not None
        _set_look(self.layer, item)

    def _take(self, item: Item3D, texture: Texture) -> None:
        layer, voxels = self.layer, texture.voxels
        if layer is None or layer.data.shape != voxels.shape:
            self.put(_volume_layer(item, texture))
            return
        layer.data = voxels
        layer.affine = texture.affine


def identity_of(voxels: NDArray[Any]) -> tuple[Any, ...]:
    """Return what tells views of arrays apart."""
    where = voxels.__array_interface__["data"][0]
    return where, voxels.shape, voxels.strides, voxels.dtype.str


def note_of(name: str, texture: Texture) -> str:
    """Return what the user should know about a volume."""
    return f"{name}: {texture.note}" if texture.note else ""


def _volume_layer(item: Item3D, texture: Texture) -> Layer:
    name, affine = item.layer.name, texture.affine
    if isinstance(item.layer, Labels):
        colormap = item.layer.colormap
        return Labels(texture.voxels, affine=affine, name=name, colormap=colormap)
    return Image(
        _not_bool(texture.voxels),
        affine=affine,
        name=name,
        contrast_limits=item.look("contrast_limits"),
        rendering=RENDERING,
        blending="translucent",
    )


def _not_bool(voxels: NDArray[Any]) -> NDArray[Any]:
    return voxels.view(np.uint8) if voxels.dtype == np.bool_ else voxels


def _set_look(layer: Layer, item: Item3D) -> None:
    set_opacity(layer, item)
    if isinstance(item.layer, Labels):
        if layer.colormap is not item.layer.colormap:
            layer.colormap = item.layer.colormap
        return
    for name in ("colormap", "gamma"):
        if getattr(layer, name) != item.look(name):
            setattr(layer, name, item.look(name))
    limits = [float(limit) for limit in item.look("contrast_limits")]
    if layer.contrast_limits != limits:
        layer.contrast_limits = limits
