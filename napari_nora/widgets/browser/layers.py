"""What the browser does with the viewer's layers."""

from __future__ import annotations

import re
from typing import Any

from napari.layers import Labels

from napari_nora.autoloaders.new_mask import METADATA_KEY as NEW_MASK_KEY
from napari_nora.autoloaders.new_mask import NewMask
from napari_nora.opening.mask import reference_of
from napari_nora.opening.placed import Placed, Source, placed_of, shown_affine_of
from nora_core.errors import BadInput

MASK_TAG = "mask"


class MaskToSave:
    """What saving a layer needs, copied in the main thread before the work starts."""

    def __init__(self, viewer: Any, layer: Any) -> None:
        place = reference_of(viewer, layer)
        if place is None:
            raise BadInput(
                "no image from a study is open, so the mask has no grid; "
                "open the image that you drew on"
            )
        self.place: Placed = place
        self.layer = layer
        self._own_place = placed_of(layer)
        self.tags = tags_for(layer)
        self.labels = layer.data.copy(order="K")
        self.shown = shown_affine_of(layer)

    @property
    def is_of_layer(self) -> bool:
        """Whether the layer is still this mask, not that of another case by now."""
        return placed_of(self.layer) is self._own_place


def layer_of(viewer: Any, project: str, file_ids: tuple[int, ...]) -> Any | None:
    """Return the open layer that came from these files."""
    for layer in viewer.layers:
        placed = placed_of(layer)
        source = placed.source if placed is not None else None
        if source is not None and (source.project, source.file_ids) == (
            project,
            file_ids,
        ):
            return layer
    return None


def choose_layer(viewer: Any, layer: Any) -> None:
    """Make a layer visible and the active one."""
    layer.visible = True
    viewer.layers.selection.active = layer


def labels_layer(viewer: Any) -> Any | None:
    """Return the Labels layer that is active, or the only one there is."""
    active = viewer.layers.selection.active
    if _is_labels(active):
        return active
    labels = [layer for layer in viewer.layers if _is_labels(layer)]
    return labels[0] if len(labels) == 1 else None


def study_of(viewer: Any, layer: Any) -> Source | None:
    """Return the source of the image that a layer was drawn on."""
    place = reference_of(viewer, layer)
    return place.source if place is not None else None


def file_name_for(layer: Any) -> str:
    """Propose the name of a mask's file.

    That which an autoloader will look for, that of the mask's own file, or the
    layer's without odd characters.
    """
    new = layer.metadata.get(NEW_MASK_KEY)
    if isinstance(new, NewMask):
        return new.relative_name
    placed = placed_of(layer)
    source = placed.source if placed is not None else None
    if source is not None and source.file_ids and _is_labels(layer):
        name = source.relative_name
        if name.endswith((".nii", ".nii.gz")):
            return name
    name = re.sub(r"[^\w.-]+", "_", layer.name.strip()).strip("._")
    if placed is not None and placed.source is not None:
        name = name.removesuffix(".nii.gz")
    return f"masks/{name or 'mask'}.nii.gz"


def tags_for(layer: Any) -> list[str]:
    """Return the tags that a mask is saved with."""
    new = layer.metadata.get(NEW_MASK_KEY)
    return list(new.tags) if isinstance(new, NewMask) else [MASK_TAG]


def active_image(viewer: Any) -> Any | None:
    """Return the active layer if a mask can be drawn on its grid."""
    layer = viewer.layers.selection.active
    placed = placed_of(layer) if layer is not None else None
    return layer if placed is not None and placed.grid is not None else None


def _is_labels(layer: Any) -> bool:
    return isinstance(layer, Labels)  # also through napari's proxies; `type` would not
