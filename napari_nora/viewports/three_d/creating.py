"""Surfaces of images and regions as layers of their own, that planes show too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from napari.layers import Labels, Surface

from napari_nora.opening.placed import METADATA_KEY, Placed, study_of
from napari_nora.tasks import Task, TaskError, Tasks
from napari_nora.viewports.sources import affine_of, frame_of
from napari_nora.viewports.three_d.isosurface_piece import (
    color_surface,
    mesh_work,
    nothing_in,
    surface_layer,
)
from napari_nora.viewports.three_d.items import Item3D
from napari_nora.viewports.three_d.meshes import Mesh
from nora_core.errors import BadInput

ORIGIN_KEY = "nora surface of"
"""In ``layer.metadata`` of a surface: the id of the layer that it was made of."""


def create_surface(
    viewer: Any,
    tasks: Tasks,
    item: Item3D,
    failed: Callable[[TaskError], None],
) -> Task:
    """Add the surface of an image or of regions to the viewer, when it is made.

    A surface that was made of the same layer before is replaced.

    Parameters
    ----------
    viewer : napari.Viewer
        Gets the layer.
    tasks : Tasks
        Makes it; the user sees the progress and can stop it.
    item : Item3D
        The layer, the time, the threshold and the color.
    failed : callable
        Is told what went wrong.
    """
    layer, data, study = item.layer, item.layer.data, study_of(item.layer)
    voxels, affine = frame_of(layer, item.time), affine_of(layer)
    work = mesh_work(
        voxels, affine, item.threshold, is_labels=isinstance(layer, Labels)
    )

    def add(mesh: Mesh) -> None:
        if layer not in viewer.layers or layer.data is not data:
            return  # another case is shown by now
        if not len(mesh.triangles):
            raise BadInput(f"{layer.name}: {nothing_in(mesh)}")
        surface = surface_layer(mesh, f"{layer.name} surface")
        color_surface(surface, mesh, item)
        surface.metadata = {ORIGIN_KEY: item.key}
        if study is not None:
            surface.metadata[METADATA_KEY] = Placed(None, study)
        remove_surface(viewer, layer)
        viewer.add_layer(surface)

    title = f"Surface of {layer.name}"
    return tasks.run(work, add, failed, title=title, lane=f"surface {item.key}")


def surface_of(viewer: Any, layer: Any) -> Surface | None:
    """Return the surface that was made of a layer, while it is open."""
    for other in viewer.layers:
        if other.metadata.get(ORIGIN_KEY) == str(layer.unique_id):
            return other if isinstance(other, Surface) else None
    return None


def remove_surface(viewer: Any, layer: Any) -> None:
    """Close the surface that was made of a layer, if there is one."""
    surface = surface_of(viewer, layer)
    if surface is not None:
        viewer.layers.remove(surface)
