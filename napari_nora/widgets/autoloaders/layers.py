"""What the autoloaders' panel reads from the viewer's layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari_nora.autoloaders.snapshot import OpenFile, SnapshotKind, autoloaders_of
from napari_nora.scenes.collecting import scene_of
from nora_core.wire.preset import Autoloader

if TYPE_CHECKING:
    from napari_nora.autoloaders.loading import Autoloading

if TYPE_CHECKING:
    from napari_nora.autoloaders.loading import Autoloading


def take_snapshot(
    viewer: Any, auto: Autoloading, kind: SnapshotKind
) -> tuple[Autoloader, ...]:
    """Return autoloaders for what the viewports show now."""
    scene = scene_of(viewer, auto.desk).scene
    files = []
    for layer in scene.layers:
        ids = layer.files.file_ids if layer.files is not None else ()
        known = auto.stage.files.get(ids)
        tags = tuple(known.tags) if known is not None else ()
        files.append(OpenFile(tags, is_series=len(ids) > 1))
    return autoloaders_of(scene, files, kind)
