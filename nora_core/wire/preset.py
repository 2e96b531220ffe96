"""Presets: named settings of the viewer with a right mark, and their autoloaders.

An autoloader says which file of a case goes into which viewports and how. The keys
of its intent are NORA's; its spellings (``intendedName``) are read, too.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, NamedTuple, Self, TypeVar

from pydantic import (
    AliasChoices,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from nora_core.errors import BadInput
from nora_core.wire.names import Identifier, RelativeName, Tag, Text
from nora_core.wire.scene import (
    Convention,
    Layout,
    Orientation,
    SceneViewport,
    refuse_repeated_numbers,
)
from nora_core.wire.values import (
    MAX_VIEWPORTS,
    Frozen,
    Range,
    Share,
    Value,
    ViewportNumber,
    Word,
    split_commas,
)

MAX_AUTOLOADERS = 100

One = TypeVar("One")
PerViewport = Annotated[tuple[One, ...], BeforeValidator(split_commas)]
"""One value for all viewports of an autoloader, or one for each; or ``"a,b"``."""


class OnMultiMatches(StrEnum):
    """What an autoloader does where several files match its pattern."""

    FIRST = "first"
    """Show the first by path."""
    LOAD_ALL = "loadall"
    """Show all, in successive viewports."""


class AutoAnnotation(Frozen):
    """The annotation that is made where none is found (``autocreate_ano``)."""

    model_config = ConfigDict(populate_by_name=True)

    type: Word
    show_panel: bool = Field(
        default=False, validation_alias=AliasChoices("show_panel", "showPanel")
    )
    templates: tuple[Word, ...] = Field(default=(), max_length=100)


class Intent(Frozen):
    """How what an autoloader finds is shown, and what happens where it finds nothing.

    Background goes first, then overlays, then ROIs.
    """

    model_config = ConfigDict(populate_by_name=True)

    overlay: bool = False
    """Above the image that is in the viewport already."""
    roi: bool = False
    """A mask or labels, drawn on."""
    cmap: PerViewport[Word] = Field(default=(), max_length=MAX_VIEWPORTS)
    color: PerViewport[Word] = Field(default=(), max_length=MAX_VIEWPORTS)
    """``#ff8000`` or a color's name."""
    clim: Range | None = None
    """Values shown darkest and brightest."""
    windowing: Word | None = None
    """Name of a window preset, such as ``lung``."""
    transparent: bool | Share = False
    """Zero is seen through (true), or how opaque the layer is."""
    gl: bool | None = None
    """Show in 3D."""
    slicing: PerViewport[Orientation] = Field(default=(), max_length=MAX_VIEWPORTS)
    select: PerViewport[int] = Field(default=(), max_length=MAX_VIEWPORTS)
    """Which volume of a 4D image, from 0."""
    isosurf: bool | Value | None = None
    """As isosurface: at this value, or (true) at one found by itself."""
    create_fiber_tracking: bool = Field(
        default=False,
        validation_alias=AliasChoices("create_fiber_tracking", "createFiberTracking"),
    )
    onmultimatches: OnMultiMatches = OnMultiMatches.FIRST
    autocreateroi: int | None = Field(default=None, ge=0, lt=MAX_AUTOLOADERS)
    """Index of the autoloader on whose image's grid an empty ROI is made."""
    autocreate_ano: AutoAnnotation | None = None
    defaultform: Word | None = None
    """Form that is made where none is found."""
    intended_name: RelativeName | None = Field(
        default=None, validation_alias=AliasChoices("intended_name", "intendedName")
    )
    """Under which name of the study a new ROI is saved; ``$USER`` may be part."""
    auto_tag: Annotated[tuple[Tag, ...], BeforeValidator(split_commas)] = Field(
        default=(), max_length=100
    )
    """Tags of a newly saved ROI."""

    @field_validator("clim")
    @classmethod
    def _in_order(cls, clim: Range | None) -> Range | None:
        if clim is not None and clim[0] > clim[1]:
            raise BadInput(f"clim is {clim}; give the smaller one first")
        return clim


class Placement(NamedTuple):
    """Where an autoloader shows its image, and what holds in that viewport alone."""

    viewport: str
    slicing: Orientation | None
    cmap: str | None
    color: str | None
    select: int | None


class Autoloader(Frozen):
    """Which file of each case goes into which viewports, and how."""

    pattern: str = Field(max_length=1000)
    """A FILE pattern; the case is added to it when a case is opened."""
    viewports: Annotated[tuple[ViewportNumber, ...], BeforeValidator(split_commas)] = (
        Field(default=("0",), min_length=1, max_length=MAX_VIEWPORTS)
    )
    """``["0", "1", "b0"]`` or ``"0,1,b0"``."""
    enabled: bool = True
    intent: Intent = Intent()

    @model_validator(mode="after")
    def _lists_are_parallel(self) -> Self:
        for name in ("slicing", "cmap", "color", "select"):
            count = len(getattr(self.intent, name))
            if count > 1 and count != len(self.viewports):
                raise BadInput(
                    f"intent.{name} has {count} values for {len(self.viewports)} "
                    "viewports; give one for all, or one for each"
                )
        return self

    def placements(self) -> list[Placement]:
        """Return the viewports, each with its own part of the intent's lists."""
        intent = self.intent
        return [
            Placement(
                viewport,
                _at(intent.slicing, index),
                _at(intent.cmap, index),
                _at(intent.color, index),
                _at(intent.select, index),
            )
            for index, viewport in enumerate(self.viewports)
        ]


def _at(values: tuple[One, ...], index: int) -> One | None:
    if not values:
        return None
    return values[0] if len(values) == 1 else values[index]


class AutoloaderLevel(StrEnum):
    """Of which rows' files the autoloaders choose."""

    PATIENT_OR_STUDY = "patient_or_study"
    PATIENT = "patient"
    STUDY = "study"


_LEVEL_NUMBERS = {
    str(number): level.value for number, level in enumerate(AutoloaderLevel)
}


def _level_of_number(value: Any) -> Any:
    """Read NORA's 0, 1 and 2."""
    return _LEVEL_NUMBERS.get(str(value), value)


class PresetContent(Frozen):
    """What a preset sets: the layout, where viewports look, what is loaded there."""

    layout: Layout = Layout()
    viewports: tuple[SceneViewport, ...] = Field(default=(), max_length=MAX_VIEWPORTS)
    """Without items: which images there are depends on the case."""
    convention: Convention | None = None
    """``None`` leaves it to the user."""
    autoloaders: tuple[Autoloader, ...] = Field(default=(), max_length=MAX_AUTOLOADERS)
    autoloader_level: Annotated[AutoloaderLevel, BeforeValidator(_level_of_number)] = (
        AutoloaderLevel.PATIENT_OR_STUDY
    )
    enable_autoloaders: bool = True
    main_viewport: ViewportNumber | None = None

    @model_validator(mode="after")
    def _holds_no_images(self) -> Self:
        refuse_repeated_numbers(self.viewports)
        if any(viewport.items for viewport in self.viewports):
            raise BadInput(
                "a preset's viewports hold no images; describe these by autoloaders"
            )
        return self


class PresetMark(StrEnum):
    """Who may use and change a preset; the values are NORA's marks."""

    PRIVATE = "--"
    """The owner alone, who alone knows of it."""
    READABLE = "r-"
    """Whoever reads the project uses it; the owner changes it."""
    STANDARD = "s-"
    """Applied to every member who enters the project; project admins change it."""
    STANDARD_WRITABLE = "sw"
    """As ``s-``, and writers change it."""

    @property
    def is_standard(self) -> bool:
        """True where it is applied on entry."""
        return self in {PresetMark.STANDARD, PresetMark.STANDARD_WRITABLE}


class PresetSave(Frozen):
    """A preset's new content; its name is part of the address."""

    mark: PresetMark = PresetMark.PRIVATE
    content: PresetContent


class PresetInfo(Frozen):
    """A preset in a list."""

    name: Identifier
    mark: PresetMark
    owner: Text
    changed_at: datetime
    may_change: bool
    """Whether the current user may overwrite and delete it."""


class Preset(PresetInfo):
    """Named settings of the viewer."""

    content: PresetContent
