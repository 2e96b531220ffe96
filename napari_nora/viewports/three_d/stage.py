"""The 3D scene: napari layers for items, planes and the crosshair; no Qt."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from napari.components import ViewerModel
from napari.layers import Layer, Surface, Vectors
from numpy.typing import NDArray
from psygnal import Signal

from napari_nora.tasks import Tasks
from napari_nora.viewports.marks import source_of as mark_source_of
from napari_nora.viewports.marks_sources import SurfaceSource
from napari_nora.viewports.sources import background_of, is_sampled
from napari_nora.viewports.state import Point
from napari_nora.viewports.three_d.cuts import Patch, patch_of
from napari_nora.viewports.three_d.items import Item3D, PlanePicture, Shown
from napari_nora.viewports.three_d.piece_types import default_types
from napari_nora.viewports.three_d.pieces import Piece, PieceTypes
from napari_nora.viewports.three_d.textures import BUDGET_MB

AXIS_COLORS = ("#e0556a", "#6abf69", "#5b8def")
"""Of lines along x (left to right), y (back to front), z (foot to head)."""
_CROSSHAIR_MM = 0.6


class Stage3D:
    """Keeps a :class:`ViewerModel` equal to what a 3D viewport shows.

    Whoever knows that something changed calls :meth:`show`; its pieces notice when
    values of layers change, and ask for it by ``outdated``.

    Parameters
    ----------
    tasks : Tasks
        Computes isosurfaces.
    types : PieceTypes, optional
        Which piece a layer gets.
    budget_mb : float
        Graphics memory for one volume.
    """

    notes_changed = Signal()
    outdated = Signal()

    def __init__(
        self,
        tasks: Tasks,
        types: PieceTypes | None = None,
        budget_mb: float = BUDGET_MB,
    ) -> None:
        self.model = ViewerModel(ndisplay=3)
        self.tasks = tasks
        self.types = types or default_types()
        self.budget_mb = budget_mb
        self.notes: dict[str, str] = {}
        self._pieces: dict[str, tuple[Shown, Piece]] = {}
        self._patches: dict[str, Surface] = {}
        self._cross: Vectors | None = None
        self._items: tuple[Item3D, ...] = ()

    def show(
        self,
        items: Sequence[Item3D],
        crosshair_mm: Point | None,
        planes: Sequence[PlanePicture] = (),
    ) -> None:
        """Show these items and nothing else."""
        self._items = tuple(items)
        shown = {item.key: item for item in items if item.is_visible}
        for key, (how, _) in tuple(self._pieces.items()):
            if key not in shown or shown[key].shown is not how:
                self._drop(key)
        for key, item in shown.items():
            self._show_item(key, item)
        self._show_planes(planes)
        self._show_crosshair(crosshair_mm)

    def piece(self, key: str) -> Piece | None:
        """Return what stands for a layer."""
        return self._pieces[key][1] if key in self._pieces else None

    def corners_mm(self) -> NDArray[np.float64]:
        """Return corners of boxes around all items, (n, 3) RAS+ mm."""
        found = [_corners(item) for item in self._items]
        corners = [part for part in found if part is not None]
        return np.concatenate(corners) if corners else np.zeros((0, 3))

    def add(self, layer: Layer) -> None:
        """Put a layer into the scene; pieces call it."""
        with np.errstate(divide="ignore", invalid="ignore"):  # napari fits flat ones
            self.model.layers.append(layer)
        self.model.layers.selection.clear()

    def remove(self, layer: Layer) -> None:
        """Take a layer out of the scene; pieces call it."""
        if layer in self.model.layers:
            self.model.layers.remove(layer)

    def note(self, key: str, text: str) -> None:
        """Show a sentence about a layer; pieces call it."""
        if text == self.notes.get(key, ""):
            return
        self.notes.pop(key, None)
        if text:
            self.notes[key] = text
        self.notes_changed.emit()

    def ask(self) -> None:
        """Ask for :meth:`show`; pieces call it."""
        self.outdated.emit()

    def close(self) -> None:
        """Give everything back."""
        for key in tuple(self._pieces):
            self._drop(key)
        self._items = ()
        self._patches.clear()
        self._cross = None
        self.model.layers.clear()

    def _show_item(self, key: str, item: Item3D) -> None:
        if key not in self._pieces:
            piece = self.types.make(item, self)
            if piece is None:
                self.note(key, f"{item.layer.name} can't be shown in 3D")
                return
            self._pieces[key] = item.shown, piece
        self._pieces[key][1].show(item)

    def _drop(self, key: str) -> None:
        self._pieces.pop(key)[1].close()
        self.note(key, "")

    def _show_planes(self, planes: Sequence[PlanePicture]) -> None:
        box = self._plane_box()
        wanted: set[str] = set()
        for picture in planes:
            if box is None:
                break
            patch = patch_of(picture.plane, picture.rgba, box)
            if patch is not None:
                wanted.add(picture.key)
                self._show_patch(picture.key, patch)
        for key in self._patches.keys() - wanted:
            self.remove(self._patches.pop(key))

    def _show_patch(self, key: str, patch: Patch) -> None:
        data = (patch.vertices_mm, patch.triangles)
        layer = self._patches.get(key)
        if layer is None:
            layer = Surface(
                data, shading="none", blending="opaque", name=f"plane {key}"
            )
            self._patches[key] = layer
            layer.texture, layer.texcoords = patch.texture, patch.texcoords
            self.add(layer)
            return
        layer.texcoords = None  # the old ones do not fit the new vertices
        layer.data = data
        layer.texture = patch.texture
        layer.texcoords = patch.texcoords

    def _plane_box(self) -> NDArray[np.float64] | None:
        """Return the box of the lowest image; planes end there."""
        for item in self._items:
            if is_sampled(item.layer):
                return background_of(item.layer).corners_mm
        return None

    def _show_crosshair(self, crosshair_mm: Point | None) -> None:
        corners = self.corners_mm()
        if crosshair_mm is None or not len(corners):
            if self._cross is not None:
                self.remove(self._cross)
                self._cross = None
            return
        lines = _cross_lines(np.array(crosshair_mm), corners)
        if self._cross is None:
            self._cross = Vectors(
                lines,
                edge_color=list(AXIS_COLORS),
                edge_width=_CROSSHAIR_MM,
                vector_style="line",
                name="crosshair",
            )
            self.add(self._cross)
        elif not np.array_equal(self._cross.data, lines):
            self._cross.data = lines


def _cross_lines(
    point: NDArray[np.float64], corners: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return lines along x, y, z through a point, as long as the box: (3, 2, 3)."""
    low = np.minimum(corners.min(axis=0), point)
    high = np.maximum(corners.max(axis=0), point)
    starts = np.where(np.eye(3, dtype=bool), low, point)
    return np.stack([starts, np.diag(high - low)], axis=1)


def _corners(item: Item3D) -> NDArray[np.float64] | None:
    if item.layer.ndim < 3:
        return None
    if is_sampled(item.layer):
        return background_of(item.layer).corners_mm
    if not item.is_visible:
        return None
    source = mark_source_of(item.layer, item.time)
    if isinstance(source, SurfaceSource) and len(source.vertices_mm):
        return source.corners_mm.astype(np.float64)
    low, high = item.layer.extent.world[:, -3:]
    if not np.isfinite([low, high]).all():
        return None
    return np.stack([low, high]).astype(np.float64)
