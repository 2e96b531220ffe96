"""What a file will look like as a layer; computed in a thread, without napari."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nora.opening.frame import Frame, frame_of, is_aligned, upright_grid
from nora_core.errors import ImageFileError
from nora_core.geometry.affine import Affine, zooms_of
from nora_core.geometry.grid import Grid
from nora_core.geometry.resample import resample_linear, resample_nearest
from nora_core.images import FileKind, Volume, kind_of, read_surface, read_volume

METADATA_KEY = "nora"
LABEL_TAGS = frozenset({"mask", "atlas", "labels", "roi", "seg", "segmentation"})
MAX_LABELS = 40
"""An integer image with at most so many values in a sample shows regions."""
MASK_OPACITY = 0.4
_SAMPLE_VOXELS = 400_000
_SOFT_TISSUE_HU = (-160.0, 240.0)


class LayerKind(StrEnum):
    """napari's layer types that files become."""

    IMAGE = "image"
    LABELS = "labels"
    SURFACE = "surface"


@dataclass(frozen=True)
class Source:
    """The file of a study that a layer came from."""

    project: str
    study_id: int
    file_ids: tuple[int, ...]
    relative_name: str


@dataclass(frozen=True, eq=False)
class Placed:
    """Where a layer lies; kept in ``layer.metadata["nora"]``.

    Parameters
    ----------
    grid : Grid or None
        The grid of the file itself, in RAS+ mm; ``None`` for surfaces.
    frame : Frame
        How the scanner's world lies in the viewer.
    """

    grid: Grid | None
    frame: Frame
    source: Source | None = None


@dataclass(frozen=True, eq=False)
class LayerPlan:
    """Everything that a layer is made of."""

    kind: LayerKind
    data: Any
    name: str
    placed: Placed
    options: dict[str, Any] = field(default_factory=dict)
    value_range: tuple[float, float] | None = None
    """Lowest and highest intensity of an image, for the sliders."""

    @property
    def all_options(self) -> dict[str, Any]:
        """Keyword arguments of ``viewer.add_image`` and its like."""
        metadata = {METADATA_KEY: self.placed}
        return {"name": self.name, "metadata": metadata, **self.options}


def plan_file(
    path: Path,
    *,
    name: str,
    tags: tuple[str, ...] = (),
    frame: Frame | None = None,
    source: Source | None = None,
) -> LayerPlan:
    """Read a file, or a folder of DICOM slices, and plan its layer.

    ``frame`` is that of the layers that are open; ``None`` where this is the first.

    Raises
    ------
    ImageFileError
        The file is broken, or of a kind that the viewer cannot show.
    """
    kind = kind_of(path)
    if kind is FileKind.SURFACE:
        return _plan_surface(path, name, frame, source)
    if kind in (FileKind.IMAGE, FileKind.DICOM):
        return plan_volume(
            read_volume(path), name=name, tags=tags, frame=frame, source=source
        )
    raise ImageFileError(
        f"{name}: the viewer shows images, DICOM series and surfaces, not {kind.value}"
        " files; save it to look at it elsewhere"
    )


def plan_volume(
    volume: Volume,
    *,
    name: str,
    tags: tuple[str, ...] = (),
    frame: Frame | None = None,
    source: Source | None = None,
) -> LayerPlan:
    """Plan the layer of an image."""
    frame = frame or frame_of(volume.grid)
    is_labels = shows_labels(volume, name, tags)
    data, shown = _upright(volume, frame, is_labels)
    zooms = zooms_of(shown)
    scale = tuple(float(zoom) for zoom in zooms)
    affine = shown @ np.diag([*(1 / zooms), 1.0])
    if data.ndim == 4:
        data = np.moveaxis(data, 3, 0)
        scale = (1.0, *scale)
        affine = _with_time(affine)
    options: dict[str, Any] = {"scale": scale, "affine": affine}
    if is_labels:
        data = _as_labels(data)
        options["opacity"] = MASK_OPACITY
    else:
        options["contrast_limits"] = window_of(data)
        options["colormap"] = "gray"
        options["interpolation2d"] = "linear"
        options["rgb"] = False  # napari takes three slices for colors
    placed = Placed(volume.grid, frame, source)
    if is_labels:
        return LayerPlan(LayerKind.LABELS, data, name, placed, options)
    return LayerPlan(
        LayerKind.IMAGE, data, name, placed, options, value_range=range_of(data)
    )


def shows_labels(volume: Volume, name: str, tags: tuple[str, ...]) -> bool:
    """Whether an image holds regions rather than intensities."""
    if volume.frame_count > 1:
        return False
    if LABEL_TAGS & {tag.casefold() for tag in tags}:
        return True
    if volume.dtype.kind not in "iub":
        return False
    sample = _sample(volume.data)
    return bool(sample.min() >= 0) and len(np.unique(sample)) <= MAX_LABELS


def window_of(data: NDArray[Any]) -> tuple[float, float]:
    """Return the intensities shown as black and white.

    Hounsfield units get the window of soft tissue; other images nearly all of
    what they hold.
    """
    sample = _sample(data).astype(np.float32)
    sample = sample[np.isfinite(sample)]
    if not len(sample):
        return 0.0, 1.0
    low, high = (float(value) for value in np.percentile(sample, (0.5, 99.7)))
    if sample.min() <= -900 and high > 100:
        return _SOFT_TISSUE_HU
    if high <= low:
        low, high = float(sample.min()), float(sample.max())
    return (low, high) if high > low else (low, low + 1.0)


def range_of(data: NDArray[Any]) -> tuple[float, float]:
    """Return the lowest and the highest finite value of a sample."""
    sample = _sample(data).astype(np.float32)
    sample = sample[np.isfinite(sample)]
    if not len(sample) or sample.min() == sample.max():
        return 0.0, 1.0
    return float(sample.min()), float(sample.max())


def _sample(data: NDArray[Any]) -> NDArray[Any]:
    step = max(1, round((data.size / _SAMPLE_VOXELS) ** (1 / 3)))
    return data[::step, ::step, ::step].ravel()


def _upright(
    volume: Volume, frame: Frame, is_labels: bool
) -> tuple[NDArray[Any], Affine]:
    """Return the voxels along the frame's axes, and voxel to viewer."""
    turned = volume.turned_to("RAS")
    shown = frame.shown_affine(turned.grid.affine)
    if is_aligned(shown, turned.grid.shape):
        exact = np.diag([*np.diag(shown)[:3], 1.0])
        exact[:3, 3] = shown[:3, 3]
        return turned.data, exact
    onto = upright_grid(volume.grid, frame)
    resample = resample_nearest if is_labels else resample_linear
    data = resample(volume.data, volume.grid, onto)
    return data, frame.shown_affine(onto.affine)


def _as_labels(data: NDArray[Any]) -> NDArray[Any]:
    """Return a copy that can be painted on."""
    if data.dtype.kind in "iu":
        return np.array(data, order="K")
    inside = np.nan_to_num(data) if data.dtype.kind == "f" else data
    if data.dtype.kind == "f" and (inside == np.round(inside)).all():
        return inside.astype(np.uint16)
    return (inside > 0).astype(np.uint8)


def _with_time(affine: Affine) -> NDArray[np.float64]:
    padded = np.eye(5)
    padded[1:, 1:] = affine
    return padded


def _plan_surface(
    path: Path, name: str, frame: Frame | None, source: Source | None
) -> LayerPlan:
    surface = read_surface(path)
    frame = frame or Frame(np.eye(4))
    turn = frame.turn
    vertices = surface.vertices_mm @ turn[:3, :3].T + turn[:3, 3]
    data = (vertices.astype(np.float32), surface.triangles)
    placed = Placed(None, frame, source)
    return LayerPlan(LayerKind.SURFACE, data, name, placed, {"shading": "smooth"})
