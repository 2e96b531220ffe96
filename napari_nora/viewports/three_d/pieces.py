"""What stands in the 3D scene for one layer, by the layer's type.

A *piece* owns layers of the 3D scene that share their arrays with the layer in the
viewer, keeps them up to date, and takes them away. :class:`PieceTypes` says which
piece a layer gets; a new type of layer (fibers) registers its own piece there:
``types.register(StreamlineLayer, Shown.AS_IT_IS, StreamlinePiece)``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from napari.layers import Image, Labels, Layer, Surface
from numpy.typing import NDArray

from napari_nora.tasks import Task, Tasks
from napari_nora.viewports.sources import affine_of, frame_of
from napari_nora.viewports.three_d.items import Item3D, Shown
from napari_nora.viewports.three_d.meshes import Mesh, isosurface, regions_mesh
from napari_nora.viewports.three_d.textures import BUDGET_MB, texture_of

LABELS_SMOOTH_VOXELS = 0.6


class Stage(Protocol):
    """What a piece needs of the 3D scene."""

    tasks: Tasks
    budget_mb: float

    def add(self, layer: Layer) -> None:
        """Put a layer into the 3D scene."""

    def remove(self, layer: Layer) -> None:
        """Take a layer out of the 3D scene."""

    def note(self, key: str, text: str) -> None:
        """Show a sentence for a layer; none where the text is empty."""


class Piece:
    """Base of pieces; :meth:`show` is called when anything may have changed."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.layer: Layer | None = None

    def show(self, item: Item3D) -> None:
        """Bring the 3D scene up to date."""
        raise NotImplementedError

    def close(self) -> None:
        """Leave the 3D scene and give back what it took."""
        if self.layer is not None:
            self.stage.remove(self.layer)
            self.layer = None

    def _replace(self, layer: Layer) -> None:
        self.close()
        self.layer = layer
        self.stage.add(layer)


class VolumePiece(Piece):
    """An image or regions as a volume."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._shown: tuple[Any, ...] = ()

    def show(self, item: Item3D) -> None:
        voxels, affine = frame_of(item.layer, item.time), affine_of(item.layer)
        texture = texture_of(voxels, affine, self.stage.budget_mb)
        state = (*_identity(voxels), affine.tobytes(), texture.step)
        if state != self._shown or self.layer is None:
            self._replace(_volume_layer(item, texture.voxels, texture.affine))
            self._shown = state
        self.stage.note(item.key, texture.note)
        if self.layer is not None:
            _set_look(self.layer, item)

    def refresh(self) -> None:
        """Show voxels that were changed in place."""
        self._shown = ()

    def close(self) -> None:
        self._shown = ()
        super().close()


class IsosurfacePiece(Piece):
    """The surface of what is bright in an image, or of regions."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._wanted: tuple[Any, ...] = ()
        self._task: Task | None = None
        self._mesh: Mesh | None = None
        self._item: Item3D | None = None
        self._generation = 0

    @property
    def mesh(self) -> Mesh | None:
        """What is shown."""
        return self._mesh

    def show(self, item: Item3D) -> None:
        self._item = item
        voxels, affine = frame_of(item.layer, item.time), affine_of(item.layer)
        wanted = (
            *_identity(voxels),
            affine.tobytes(),
            item.threshold,
            self._generation,
        )
        if wanted != self._wanted:
            self._wanted = wanted
            self._start(item, voxels, affine)
        elif self.layer is not None:
            _set_surface_look(self.layer, item, self._mesh)

    def refresh(self) -> None:
        """Follow voxels that were changed in place."""
        self._generation += 1

    def close(self) -> None:
        self._cancel()
        self._wanted, self._mesh = (), None
        if self._item is not None:
            self.stage.note(self._item.key, "")
        super().close()

    def _start(
        self, item: Item3D, voxels: NDArray[Any], affine: NDArray[np.float64]
    ) -> None:
        self._cancel()
        self.stage.note(item.key, f"surface of {item.layer.name} ...")
        work = mesh_work(item.layer, voxels, affine, item.threshold)
        self._task = self.stage.tasks.run(
            work,
            self._on_mesh,
            lambda problem: self.stage.note(item.key, problem.message),
            title=f"Surface of {item.layer.name}",
        )

    def _cancel(self) -> None:
        if self._task is not None and not self._task.is_ended:
            self._task.cancel()
        self._task = None

    def _on_mesh(self, mesh: Mesh) -> None:
        item = self._item
        if item is None:
            return
        self._mesh = mesh
        if not len(mesh.triangles):
            super().close()
            self.stage.note(item.key, _nothing(mesh))
            return
        self.stage.note(item.key, "")
        layer = surface_layer(mesh, item.layer.name)
        _set_surface_look(layer, item, mesh)
        self._replace_layer(layer)

    def _replace_layer(self, layer: Layer) -> None:
        super().close()
        self.layer = layer
        self.stage.add(layer)


class CopyPiece(Piece):
    """A layer as it is: surfaces, points, lines."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._is_stale = True

    def show(self, item: Item3D) -> None:
        if self.layer is None or self._is_stale:
            self._is_stale = False
            data, look, kind = item.layer.as_layer_data_tuple()
            self._replace(Layer.create(data, look, kind))
        if self.layer is not None:
            self.layer.visible = True
            self.layer.opacity = item.look("opacity")

    def refresh(self) -> None:
        """Take over what has changed."""
        self._is_stale = True


MakePiece = Callable[[Stage], Piece]


class PieceTypes:
    """Which piece a layer gets, by its class and how it is shown."""

    def __init__(self) -> None:
        self._known: list[tuple[type[Layer], Shown, MakePiece]] = []

    def register(self, kind: type[Layer], shown: Shown, make: MakePiece) -> None:
        """Use ``make`` for layers of a class; the last one known is asked first."""
        self._known.insert(0, (kind, shown, make))

    def make(self, item: Item3D, stage: Stage) -> Piece | None:
        """Return a new piece; ``None`` where the layer can't be shown so."""
        for kind, shown, make in self._known:
            if isinstance(item.layer, kind) and shown is item.shown:
                return make(stage)
        return None


def default_types() -> PieceTypes:
    """Return the pieces for napari's own layers."""
    types = PieceTypes()
    types.register(Layer, Shown.AS_IT_IS, CopyPiece)
    for kind in (Image, Labels):
        types.register(kind, Shown.VOLUME, VolumePiece)
        types.register(kind, Shown.ISOSURFACE, IsosurfacePiece)
    return types


def mesh_work(
    layer: Any,
    voxels: NDArray[Any],
    affine: NDArray[np.float64],
    threshold: float | None,
) -> Callable[[Task], Mesh]:
    """Return the work that makes a layer's surface; it reads no layer."""
    is_labels = isinstance(layer, Labels)

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


def color_surface(layer: Surface, mesh: Mesh | None, item: Item3D) -> None:
    """Color regions as their labels are, and an image's isosurface by its color."""
    from napari.utils.colormaps import Colormap

    if mesh is not None and mesh.labels is not None:
        layer.vertex_colors = np.asarray(item.layer.colormap.map(mesh.labels))
    else:
        layer.colormap = Colormap([item.color, item.color], name=item.color)


def _set_surface_look(layer: Layer, item: Item3D, mesh: Mesh | None) -> None:
    color_surface(layer, mesh, item)
    layer.opacity = item.look("opacity")
    layer.visible = item.is_visible


def _volume_layer(
    item: Item3D, voxels: NDArray[Any], affine: NDArray[np.float64]
) -> Layer:
    if isinstance(item.layer, Labels):
        colormap = item.layer.colormap
        return Labels(voxels, affine=affine, name=item.layer.name, colormap=colormap)
    return Image(
        voxels,
        affine=affine,
        name=item.layer.name,
        contrast_limits=item.look("contrast_limits"),
        rendering="attenuated_mip",
        blending="translucent",
    )


def _set_look(layer: Layer, item: Item3D) -> None:
    layer.opacity = item.look("opacity")
    layer.visible = item.is_visible
    if isinstance(item.layer, Labels):
        layer.colormap = item.layer.colormap
        return
    layer.colormap = item.look("colormap")
    layer.contrast_limits = item.look("contrast_limits")
    layer.gamma = item.look("gamma")


def _identity(voxels: NDArray[Any]) -> tuple[Any, ...]:
    """Return what tells views of arrays apart."""
    where = voxels.__array_interface__["data"][0]
    return where, voxels.shape, voxels.strides, voxels.dtype.str


def _nothing(mesh: Mesh) -> str:
    if mesh.threshold is None:
        return "no region is drawn yet"
    return f"nothing is brighter than {mesh.threshold:.4g}; choose a lower threshold"


DEFAULT_BUDGET_MB = BUDGET_MB
