"""What a file will look like as a layer; computed in a thread, without napari."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from napari_nora.opening.kinds import components_of, shows_labels
from napari_nora.opening.labels import as_labels, colors_needed
from napari_nora.opening.placed import METADATA_KEY, Placed, Source
from napari_nora.opening.windows import Limits, default_limits, range_of, sample_of
from nora_core.errors import ImageFileError
from nora_core.geometry.affine import Affine, zooms_of
from nora_core.images import (
    Components,
    FileKind,
    Volume,
    kind_of,
    read_surface,
    read_volume,
)
from nora_core.images.formats.kinds import ending_of, kind_of_name

MASK_OPACITY = 0.4
VOLUME_KEY = "nora volume"
"""In ``layer.metadata``: which volume of its file a 3D layer shows."""
_NO_PIXELS = {
    FileKind.STREAMLINES: "holds fibers, which the viewer does not show yet",
    FileKind.JSON: "is a text of names and values",
    FileKind.TABLE: "is a table",
}


class LayerKind(StrEnum):
    """napari's layer types that files become."""

    IMAGE = "image"
    LABELS = "labels"
    SURFACE = "surface"


@dataclass(frozen=True, eq=False)
class LayerPlan:
    """Everything that a layer is made of."""

    kind: LayerKind
    data: Any
    name: str
    placed: Placed
    options: dict[str, Any] = field(default_factory=dict)
    value_range: Limits | None = None
    """Lowest and highest intensity of an image, for the sliders."""
    color_count: int = 0
    """How many labels need a color of their own; 0 where there are many."""
    volume: int | None = None
    """Which volume of a 4D file it is alone."""

    @property
    def all_options(self) -> dict[str, Any]:
        """Keyword arguments of ``viewer.add_image`` and its like."""
        return {"name": self.name, "metadata": self.metadata, **self.options}

    @property
    def metadata(self) -> dict[str, Any]:
        """What the layer keeps besides."""
        found: dict[str, Any] = {METADATA_KEY: self.placed}
        return found if self.volume is None else {**found, VOLUME_KEY: self.volume}

    @property
    def size_bytes(self) -> int:
        """Memory that its voxels, or corners and triangles, take."""
        arrays = self.data if isinstance(self.data, tuple) else (self.data,)
        return sum(int(array.nbytes) for array in arrays)


class Planner(Protocol):
    """Reads a file of one kind and plans its layer."""

    def __call__(
        self, path: Path, name: str, tags: tuple[str, ...], source: Source | None
    ) -> LayerPlan: ...


def plan_file(
    path: Path,
    *,
    name: str,
    tags: tuple[str, ...] = (),
    source: Source | None = None,
) -> LayerPlan:
    """Read a file, or a folder of DICOM slices, and plan its layer.

    Touches nothing but the file, so any thread may do it ahead of time. The voxels
    are read once, into the array that the layer will hold.

    Raises
    ------
    ImageFileError
        The file is broken, or of a kind that the viewer cannot show.
    """
    kind = kind_of(path)
    planner = _PLANNERS.get(kind)
    if planner is not None:
        return planner(path, name, tags, source)
    what = _NO_PIXELS.get(kind, "is of no known kind")
    raise ImageFileError(
        f"{name}: {what}; the viewer shows images, DICOM series and surfaces; "
        "save it to look at it elsewhere"
    )


def name_of_file(file_name: str) -> str:
    """Return a file's name without the ending that says its format.

    Examples
    --------
    >>> name_of_file("s003.T1.nii.gz"), name_of_file("notes")
    ('s003.T1', 'notes')
    """
    if kind_of_name(file_name) is FileKind.OTHER:
        return file_name
    return file_name[: -len(ending_of(file_name))] or file_name


def plan_volume(
    volume: Volume,
    *,
    name: str,
    tags: tuple[str, ...] = (),
    source: Source | None = None,
) -> LayerPlan:
    """Plan the layer of an image: its own voxels, turned as near to R, A, S as is.

    Turning exchanges and flips axes, which copies nothing; the layer's affine is
    that of the turned voxels, so each one lies where the file says.
    """
    turned = volume.turned_to("RAS")
    data, affine = turned.data, turned.grid.affine
    components = components_of(volume)
    placed = Placed(volume.grid, source, components)
    if components is Components.COLORS:
        options = {**_place(affine), "rgb": True}
        return LayerPlan(LayerKind.IMAGE, data, name, placed, options)
    options = _place(affine)
    if data.ndim == 4:
        data = np.moveaxis(data, 3, 0)
        options = _with_time(options)
    sample = sample_of(data)
    if volume.frame_count == 1 and shows_labels(sample, tags):
        return _plan_labels(data, name, placed, options)
    return _plan_image(data, sample, name, placed, options)


def _place(affine: Affine) -> dict[str, Any]:
    """Return scale and affine; napari's brush is round in mm by the scale alone."""
    zooms = zooms_of(affine)
    scale = tuple(float(zoom) for zoom in zooms)
    return {"scale": scale, "affine": affine @ np.diag([*(1 / zooms), 1.0])}


def _with_time(options: Mapping[str, Any]) -> dict[str, Any]:
    padded = np.eye(5)
    padded[1:, 1:] = options["affine"]
    return {"scale": (1.0, *options["scale"]), "affine": padded}


def _plan_labels(
    data: NDArray[Any], name: str, placed: Placed, options: dict[str, Any]
) -> LayerPlan:
    labels = as_labels(data)
    options["opacity"] = MASK_OPACITY
    return LayerPlan(
        LayerKind.LABELS,
        labels,
        name,
        placed,
        options,
        color_count=colors_needed(labels),
    )


def _plan_image(
    data: NDArray[Any],
    sample: NDArray[Any],
    name: str,
    placed: Placed,
    options: dict[str, Any],
) -> LayerPlan:
    data, sample = _drawable(data), _drawable(sample)
    options["contrast_limits"] = default_limits(sample)
    options["colormap"] = "gray"
    options["interpolation2d"] = "linear"
    options["rgb"] = False  # napari takes three slices for colors
    return LayerPlan(
        LayerKind.IMAGE, data, name, placed, options, value_range=range_of(sample)
    )


def _drawable(data: NDArray[Any]) -> NDArray[Any]:
    """Return magnitudes of complex values, and types that can be drawn."""
    if data.dtype.kind == "c":
        return np.asarray(np.abs(data))
    return data.astype(np.float32) if data.dtype == np.float16 else data


def _plan_volume_file(
    path: Path, name: str, tags: tuple[str, ...], source: Source | None
) -> LayerPlan:
    return plan_volume(read_volume(path), name=name, tags=tags, source=source)


def _plan_surface(
    path: Path, name: str, tags: tuple[str, ...], source: Source | None
) -> LayerPlan:
    surface = read_surface(path)
    data = (surface.vertices_mm, surface.triangles)
    placed = Placed(None, source)
    return LayerPlan(LayerKind.SURFACE, data, name, placed, {"shading": "smooth"})


_PLANNERS: Mapping[FileKind, Planner] = {
    FileKind.IMAGE: _plan_volume_file,
    FileKind.DICOM: _plan_volume_file,
    FileKind.SURFACE: _plan_surface,
}
"""Who plans which kind; fibers will get theirs here."""
