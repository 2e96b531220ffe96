"""Collects what is shown into a scene that can be sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from napari.layers import Image, Labels, Surface

from napari_nora.opening.placed import placed_of
from napari_nora.scenes.looks import look_of_layer
from napari_nora.scenes.viewports import layout_of, viewports_of
from napari_nora.viewports.sources import has_time
from napari_nora.viewports.state import Desk
from nora_core.wire.scene import (
    FileRef,
    LayerKind,
    Scene,
    SceneLayer,
)

IsUnsaved = Callable[[Any], bool]
_KINDS = {Labels: LayerKind.LABELS, Image: LayerKind.IMAGE, Surface: LayerKind.SURFACE}


@dataclass(frozen=True)
class Collected:
    """A scene, and what of the screen goes with it.

    Parameters
    ----------
    attachments : tuple of (str, layer)
        Masks that no file of a study holds as they are now.
    left_out : tuple of str
        Layers that cannot travel: local files, and other programs' layers.
    """

    scene: Scene
    attachments: tuple[tuple[str, Any], ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def image_count(self) -> int:
        """How many layers come from files of studies."""
        return sum(layer.files is not None for layer in self.scene.layers)


def scene_of(
    viewer: Any,
    desk: Desk,
    comment: str = "",
    is_unsaved: IsUnsaved = lambda layer: False,
) -> Collected:
    """Return what the viewports on the screen show.

    ``is_unsaved`` tells whether a mask's file holds something else than its layer.
    """
    on_screen = {item for key in desk.layout.keys for item in desk[key].items}
    layers: list[SceneLayer] = []
    numbers: dict[str, int] = {}
    attachments: list[tuple[str, Any]] = []
    left_out: list[str] = []
    for layer in viewer.layers:
        item = str(layer.unique_id)
        if item not in on_screen or _is_empty_mask(layer, is_unsaved):
            continue
        one = _layer_of(layer, viewer, is_unsaved, len(attachments) + 1)
        if one is None:
            left_out.append(layer.name)
            continue
        numbers[item] = len(layers)
        layers.append(one)
        if one.attachment is not None:
            attachments.append((one.attachment, layer))
    scene = Scene(
        layout=layout_of(desk),
        viewports=viewports_of(desk, numbers),
        layers=tuple(layers),
        crosshair_mm=desk.crosshair_mm,
        convention=desk.convention,
        comment=comment,
    )
    return Collected(scene, tuple(attachments), tuple(left_out))


def _is_empty_mask(layer: Any, is_unsaved: IsUnsaved) -> bool:
    placed = placed_of(layer)
    is_drawn = placed is not None and placed.source and not placed.source.file_ids
    return bool(is_drawn) and isinstance(layer, Labels) and not layer.data.any()


def _layer_of(
    layer: Any, viewer: Any, is_unsaved: IsUnsaved, number: int
) -> SceneLayer | None:
    placed = placed_of(layer)
    kind = next(
        (kind for type_, kind in _KINDS.items() if isinstance(layer, type_)), None
    )
    if kind is None:
        return None
    look = look_of_layer(layer, time_of(viewer, layer))
    source = placed.source if placed is not None else None
    stored = source is not None and bool(source.file_ids)
    if kind is LayerKind.LABELS and (not stored or is_unsaved(layer)):
        if placed is not None and source is None:
            return None  # a file of this computer
        name = f"mask-{number}.nii.gz"
        return SceneLayer(kind=kind, name=layer.name, attachment=name, look=look)
    if source is None or not stored:
        return None
    files = FileRef(
        project=source.project,
        study_id=source.study_id,
        file_ids=source.file_ids,
        relative_name=source.relative_name,
    )
    return SceneLayer(kind=kind, name=layer.name, files=files, look=look)


def time_of(viewer: Any, layer: Any) -> int | None:
    """Return which volume of a 4D layer is shown; ``None`` for others."""
    if not isinstance(layer, Image) or not has_time(layer):
        return None
    point = viewer.dims.point[-layer.ndim :]
    index = round(float(layer.world_to_data(point)[0]))
    return int(min(max(index, 0), layer.data.shape[0] - 1))
