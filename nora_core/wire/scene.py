"""A scene: which images are shown where and how, as data that can be sent.

Links, presets and autoloaders are made of it. It names files by their numbers,
places in RAS+ mm, and nothing of a patient. What comes from elsewhere is checked:
sizes are bounded, numbers finite, unknown fields refused.
"""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from nora_core.errors import BadInput
from nora_core.wire.names import Identifier, RelativeName, RowNumber
from nora_core.wire.values import (
    MAX_VIEWPORTS,
    Color,
    Frozen,
    Point,
    Range,
    Share,
    Value,
    ViewportNumber,
    Word,
)

MAX_LAYERS = 200
MAX_FILES_OF_A_LAYER = 5000
MAX_FILES = 20_000
_UNIT_TOLERANCE = 1e-3

LayerIndex = Annotated[int, Field(ge=0, lt=MAX_LAYERS)]
AttachmentName = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,60}\.nii\.gz$")
]
"""Of a mask that travels with the link, as it is stored nowhere else."""


class ViewportKind(StrEnum):
    """What a viewport shows of the world."""

    PLANE = "plane"
    MOSAIC = "mosaic"
    VOLUME = "volume"


class Orientation(StrEnum):
    """From where a plane is looked at, before it is turned."""

    AXIAL = "axial"
    CORONAL = "coronal"
    SAGITTAL = "sagittal"


class SlabMode(StrEnum):
    """How the values along a slab's thickness become one."""

    MAX = "max"
    MEAN = "mean"
    MIN = "min"


class Convention(StrEnum):
    """From where the planes are looked at."""

    RADIOLOGICAL = "radiological"
    NEUROLOGICAL = "neurological"
    UPSIDE_DOWN = "upside down"
    MEMORY = "as stored"


class LayerKind(StrEnum):
    """What a layer of napari is made of."""

    IMAGE = "image"
    LABELS = "labels"
    SURFACE = "surface"


class Layout(Frozen):
    """A grid of viewports, and how many bars of mosaics lie below it."""

    rows: int = Field(default=1, ge=1, le=8)
    cols: int = Field(default=1, ge=1, le=8)
    bars: int = Field(default=0, ge=0, le=4)


class Mosaic(Frozen):
    """Slices side by side; ``None`` for what fits the viewport."""

    rows: int | None = Field(default=None, ge=1, le=20)
    cols: int | None = Field(default=None, ge=1, le=20)
    step_mm: float | None = Field(default=None, gt=0, le=1000)


class Look(Frozen):
    """How a layer is drawn; ``None`` says nothing: as the layer, or by itself."""

    colormap: Word | None = None
    limits: Range | None = None
    """Values shown darkest and brightest."""
    gamma: float | None = Field(default=None, gt=0, le=10)
    opacity: Share | None = None
    blending: Word | None = None
    interpolation: Word | None = None
    visible: bool | None = None
    contour_px: int | None = Field(default=None, ge=0, le=100)
    """Width of the outline of labels; 0 fills them."""
    color: Color | None = None
    time: int | None = Field(default=None, ge=0, le=2**31 - 1)
    """Index of the volume of a 4D image."""
    symmetric: bool | None = None
    """Limits that stay at the same distance from zero."""
    reading: Word | None = None
    """How three components are read, such as ``rgb`` or ``vectors``."""
    clips_below: bool | None = None
    """Values below the lower limit are seen through."""
    in_3d: Word | None = None
    """``volume``, ``isosurface``, ``as it is`` or ``hidden``."""
    isosurface: Value | None = None
    """Threshold of the surface in 3D; ``None`` finds one by itself."""

    @field_validator("limits")
    @classmethod
    def _in_order(
        cls, limits: tuple[float, float] | None
    ) -> tuple[float, float] | None:
        if limits is not None and limits[0] > limits[1]:
            raise BadInput(f"limits are {limits}; give the smaller one first")
        return limits


class SceneViewport(Frozen):
    """One viewport: where it looks, and at which layers."""

    number: ViewportNumber
    kind: ViewportKind = ViewportKind.PLANE
    orientation: Orientation = Orientation.AXIAL
    rotation: tuple[float, float, float, float] = (1.0, 0.0, 0.0, 0.0)
    """Unit quaternion (w, x, y, z) that turns the orientation's axes in the world."""
    focus_mm: Point | None = None
    """World point in the center of the viewport; ``None``: the images' middle."""
    mm_per_pixel: float | None = Field(default=None, gt=0, le=1000)
    """``None``: so that all is seen."""
    slab_mm: float = Field(default=0.0, ge=0, le=1000)
    slab_mode: SlabMode = SlabMode.MAX
    mosaic: Mosaic | None = None
    items: tuple[LayerIndex, ...] = Field(default=(), max_length=MAX_LAYERS)
    """Indices of the layers shown, from back to front."""
    overrides: dict[LayerIndex, Look] = Field(default={}, max_length=MAX_LAYERS)
    """What differs in this viewport from the layers' own looks."""

    @field_validator("rotation")
    @classmethod
    def _is_unit(
        cls, rotation: tuple[float, float, float, float]
    ) -> tuple[float, float, float, float]:
        if abs(math.hypot(*rotation) - 1) > _UNIT_TOLERANCE:
            raise BadInput(
                f"rotation {rotation} is no unit quaternion (w, x, y, z); normalize it"
            )
        return rotation

    @model_validator(mode="after")
    def _overrides_are_shown(self) -> Self:
        if len(set(self.items)) != len(self.items):
            raise BadInput(f"viewport {self.number} shows a layer twice; name it once")
        if not self.overrides.keys() <= set(self.items):
            raise BadInput(
                f"viewport {self.number} changes the look of a layer that it does "
                "not show; leave that out"
            )
        return self


class FileRef(Frozen):
    """Files of one study that make one image: one, or the slices of a series."""

    project: Identifier
    study_id: RowNumber
    file_ids: tuple[RowNumber, ...] = Field(
        min_length=1, max_length=MAX_FILES_OF_A_LAYER
    )
    relative_name: RelativeName
    """Of the first file when the scene was made: says which it was when it is gone."""


class SceneLayer(Frozen):
    """One layer: where its data come from, and how it looks."""

    kind: LayerKind = LayerKind.IMAGE
    name: Word | None = None
    """As the layer list shows it; by itself the file's name."""
    files: FileRef | None = None
    attachment: AttachmentName | None = None
    """Instead of ``files``: a mask that is saved in no study yet."""
    look: Look = Look()

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        if (self.files is None) == (self.attachment is None):
            raise BadInput("a layer comes from files or from an attachment; name one")
        return self


class Scene(Frozen):
    """Everything that is shown, where and how."""

    version: Literal[1] = 1
    layout: Layout = Layout()
    viewports: tuple[SceneViewport, ...] = Field(default=(), max_length=MAX_VIEWPORTS)
    layers: tuple[SceneLayer, ...] = Field(default=(), max_length=MAX_LAYERS)
    crosshair_mm: Point | None = None
    convention: Convention = Convention.RADIOLOGICAL
    comment: str = Field(default="", max_length=4000)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        refuse_repeated_numbers(self.viewports)
        count = len(self.layers)
        for viewport in self.viewports:
            if any(index >= count for index in viewport.items):
                raise BadInput(
                    f"viewport {viewport.number} shows a layer that the scene does "
                    f"not have; it has {count}"
                )
        total = sum(len(layer.files.file_ids) for layer in self.layers if layer.files)
        if total > MAX_FILES:
            raise BadInput(f"the scene shows {total} files, at most {MAX_FILES} fit")
        names = [layer.attachment for layer in self.layers if layer.attachment]
        if len(set(names)) != len(names):
            raise BadInput("two layers come from one attachment; name each apart")
        return self


def refuse_repeated_numbers(viewports: tuple[SceneViewport, ...]) -> None:
    """Raise where two viewports have one number."""
    numbers = [viewport.number for viewport in viewports]
    if len(set(numbers)) != len(numbers):
        raise BadInput("two viewports have one number; number each apart")
