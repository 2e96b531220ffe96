"""The surface of what is bright in an image, and the surfaces of regions."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
from napari.layers import Labels, Surface
from napari.utils.colormaps import Colormap
from numpy.typing import NDArray

from napari_nora.tasks import Task, TaskError
from napari_nora.viewports.sources import affine_of, frame_of
from napari_nora.viewports.three_d.items import Item3D
from napari_nora.viewports.three_d.meshes import Mesh, isosurface, regions_mesh
from napari_nora.viewports.three_d.pieces import Piece, Stage, set_opacity
from napari_nora.viewports.three_d.volume_piece import identity_of
from nora_core.geometry.affine import Affine

LABELS_SMOOTH_VOXELS = 0.6
"""Takes the stairs from regions; the surface moves by less than half a voxel."""


class IsosurfacePiece(Piece):
    """A surface that is computed in a thread.

    While one is computed, the one before stays, unless it is of other voxels, as when
    the next case comes. Values that change meanwhile, as when a mask is drawn, are
    taken afterwards; another threshold at once.
    """

    def __init__(self, stage: Stage, item: Item3D) -> None:
        super().__init__(stage, item)
        self.mesh: Mesh | None = None
        """What is shown, or would be if it had triangles."""
        self._item = item
        self._wanted: tuple[Any, ...] = ()
        self._checksum: int | None = None
        self._task: Task | None = None

    def show(self, item: Item3D) -> None:
        self._item = item
        voxels, affine = frame_of(item.layer, item.time), affine_of(item.layer)
        wanted = (*identity_of(voxels), affine.tobytes(), item.threshold)
        if wanted != self._wanted:
            self._cancel()
            self._checksum = None
            if wanted[:-1] != self._wanted[:-1]:
                self._forget_mesh()
        elif not self.is_stale or self._task is not None:
            self._color()
            return
        self._wanted, self.is_stale = wanted, False
        self._start(item, voxels, affine)

    def close(self) -> None:
        self._cancel()
        self.mesh = None
        super().close()

    def _start(self, item: Item3D, voxels: NDArray[Any], affine: Affine) -> None:
        is_labels, known = isinstance(item.layer, Labels), self._checksum
        make = mesh_work(voxels, affine, item.threshold, is_labels=is_labels)

        def work(task: Task) -> tuple[int, Mesh | None]:
            checksum = zlib.crc32(np.ascontiguousarray(voxels).data)
            return checksum, None if checksum == known else make(task)

        if self.mesh is None:
            self.stage.note(self.key, f"{item.layer.name}: making its surface …")
        self._task = self.stage.tasks.run(
            work,
            self._on_mesh,
            self._on_failure,
            title="" if is_labels else f"Surface of {item.layer.name}",
        )

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _on_mesh(self, made: tuple[int, Mesh | None]) -> None:
        self._task = None
        self._checksum, mesh = made
        if mesh is not None:
            self._show_mesh(mesh)
        if self.is_stale:
            self.stage.ask()

    def _forget_mesh(self) -> None:
        if self.mesh is not None:
            self.mesh = None
            self.put(None)

    def _show_mesh(self, mesh: Mesh) -> None:
        self.mesh = mesh
        if len(mesh.triangles):
            self.stage.note(self.key, "")
            self.put(surface_layer(mesh, self._item.layer.name))
            self._color()
        else:
            self.put(None)
            self.stage.note(self.key, f"{self._item.layer.name}: {nothing_in(mesh)}")

    def _on_failure(self, problem: TaskError) -> None:
        self._task = None
        self.stage.note(self.key, problem.message)

    def _color(self) -> None:
        if isinstance(self.layer, Surface) and self.mesh is not None:
            color_surface(self.layer, self.mesh, self._item)
            set_opacity(self.layer, self._item)


def mesh_work(
    voxels: NDArray[Any], affine: Affine, threshold: float | None, *, is_labels: bool
) -> Callable[[Task], Mesh]:
    """Return the work that makes the surface of a volume."""

    def work(task: Task) -> Mesh:
        def check(part: float) -> None:
            task.check()
            task.progress(part, 1.0)

        if is_labels:
            smooth = LABELS_SMOOTH_VOXELS
            return regions_mesh(voxels, affine, smooth_voxels=smooth, check=check)
        return isosurface(voxels, affine, threshold, check=check)

    return work


def surface_layer(mesh: Mesh, name: str) -> Surface:
    """Return a napari layer of a mesh in RAS+ mm."""
    data = (mesh.vertices_mm, mesh.triangles)
    return Surface(data, name=name, shading="smooth", blending="translucent")


def color_surface(layer: Surface, mesh: Mesh, item: Item3D) -> None:
    """Color regions as their labels are, and an image's isosurface by its color."""
    if mesh.labels is not None:
        colors = region_colors(item.layer.colormap, mesh.labels)
        if layer.vertex_colors is None or not np.array_equal(
            layer.vertex_colors, colors
        ):
            layer.vertex_colors = colors
    elif layer.colormap.name != item.color:
        layer.colormap = Colormap([item.color, item.color], name=item.color)


def region_colors(colormap: Any, labels: NDArray[np.int32]) -> NDArray[np.float32]:
    """Return the color of each label, (n, 4)."""
    values, owner = np.unique(labels, return_inverse=True)
    return np.asarray(colormap.map(values), dtype=np.float32).reshape(-1, 4)[owner]


def nothing_in(mesh: Mesh) -> str:
    """Say why a surface is empty."""
    if mesh.threshold is None:
        return "no region is drawn yet"
    return f"nothing is brighter than {mesh.threshold:.4g}; choose a lower threshold"
