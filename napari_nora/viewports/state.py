"""What the user wants to see in the viewports; knows neither Qt, napari nor numpy.

A *viewport* has a key: ``"0"``, ``"1"`` ... in the grid, row by row, and ``"b0"``,
``"b1"`` ... for the bars below. Viewports that a smaller grid hides keep their
content. Layers are named by napari's ``layer.unique_id`` as text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from psygnal import Signal

from nora_core.wire.scene import Convention, Orientation, SlabMode
from nora_core.wire.scene import ViewportKind as Kind

__all__ = [
    "Convention",
    "Desk",
    "Kind",
    "Layout",
    "Mosaic",
    "Orientation",
    "Point",
    "Quaternion",
    "SlabMode",
    "ViewportState",
]

Point = tuple[float, float, float]
"""World coordinates in RAS+ mm."""
Quaternion = tuple[float, float, float, float]
"""A turn as (w, x, y, z) of length 1."""
NO_TURN: Quaternion = (1.0, 0.0, 0.0, 0.0)
MAX_ROWS = MAX_COLUMNS = 8
MAX_BARS = 4


@dataclass(frozen=True)
class Mosaic:
    """Slices side by side; ``None`` for what fits the viewport."""

    rows: int | None = None
    columns: int | None = None
    step_mm: float | None = None


@dataclass(frozen=True)
class ViewportState:
    """One viewport.

    Parameters
    ----------
    turn : Quaternion
        Turns the orientation's plane in the world; an oblique plane.
    focus_mm : Point or None
        What the middle of the viewport shows; ``None`` for the image's center.
    mm_per_pixel : float or None
        ``None`` fits the image.
    items : tuple of str
        Layers from the background up.
    overrides : mapping
        By layer: properties that differ from the layer's own here.
    """

    key: str
    kind: Kind = Kind.PLANE
    orientation: Orientation = Orientation.AXIAL
    turn: Quaternion = NO_TURN
    focus_mm: Point | None = None
    mm_per_pixel: float | None = None
    slab_mm: float = 0.0
    slab_mode: SlabMode = SlabMode.MAX
    mosaic: Mosaic = Mosaic()
    items: tuple[str, ...] = ()
    overrides: Mapping[str, Mapping[str, Any]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    note: str = ""
    """A sentence shown in place of an image, such as what is missing."""

    @property
    def is_bar(self) -> bool:
        """Whether it is one of the bars below the grid."""
        return self.key.startswith("b")

    @property
    def is_turned(self) -> bool:
        """Whether its plane is oblique to its orientation's."""
        return self.turn != NO_TURN


@dataclass(frozen=True)
class Layout:
    """Rows and columns of the grid, and bars below it."""

    rows: int = 2
    columns: int = 2
    bars: int = 1

    def __post_init__(self) -> None:
        fits = 1 <= self.rows <= MAX_ROWS and 1 <= self.columns <= MAX_COLUMNS
        if not fits or not 0 <= self.bars <= MAX_BARS:
            raise ValueError(
                f"no layout of {self.rows} x {self.columns} viewports and {self.bars}"
                f" bars; at most {MAX_ROWS} x {MAX_COLUMNS} and {MAX_BARS}"
            )

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of the viewports that it shows."""
        count = self.rows * self.columns
        bars = (f"b{number}" for number in range(self.bars))
        return (*(str(number) for number in range(count)), *bars)


_FIRST = (
    (Kind.PLANE, Orientation.AXIAL),
    (Kind.PLANE, Orientation.CORONAL),
    (Kind.PLANE, Orientation.SAGITTAL),
    (Kind.VOLUME, Orientation.AXIAL),
)


class Desk:
    """All viewports of one window, and the crosshair that they share.

    Every change goes through a method and is told by a signal, once.
    """

    layout_changed = Signal()
    viewport_changed = Signal(str)
    crosshair_moved = Signal()
    convention_changed = Signal()
    chosen_changed = Signal()
    drawing_changed = Signal()
    requested = Signal(str)
    """A key asked for something outside: an action's name."""
    noticed = Signal(str)
    """A short sentence for the user, such as why nothing was drawn."""
    closed_layer = Signal(str)
    """No viewport shows this layer any more."""

    def __init__(self, layout: Layout | None = None) -> None:
        self.layout = layout or Layout()
        self.crosshair_mm: Point = (0.0, 0.0, 0.0)
        self.convention = Convention.RADIOLOGICAL
        self.chosen = "0"
        """The viewport that keys act on."""
        self.maximized: str | None = None
        self.shows_crosshair = True
        self.shows_text = True
        self.scroll_steps = 1
        """Slices per step of the wheel."""
        self.brush_radius_mm = 3.0
        self.is_drawing = False
        self._viewports: dict[str, ViewportState] = {}
        self._placing: tuple[str, ...] | None = None
        self._add_missing()

    def __getitem__(self, key: str) -> ViewportState:
        return self._viewports[key]

    @property
    def visible_keys(self) -> tuple[str, ...]:
        """Keys of the viewports on the screen."""
        return (self.maximized,) if self.maximized else self.layout.keys

    @property
    def viewports(self) -> tuple[ViewportState, ...]:
        """Every viewport that ever was on the screen."""
        return tuple(self._viewports.values())

    def showing(self, layer: str) -> tuple[str, ...]:
        """Return the keys of the viewports that show ``layer``."""
        return tuple(
            key for key, viewport in self._viewports.items() if layer in viewport.items
        )

    def set_layout(self, layout: Layout) -> None:
        """Show another grid; viewports keep what they show."""
        if layout == self.layout and self.maximized is None:
            return
        self.layout = layout
        self.maximized = None
        self._add_missing()
        if self.chosen not in layout.keys:
            self.chosen = "0"
        self.layout_changed.emit()

    def maximize(self, key: str | None) -> None:
        """Give one viewport all the room; ``None`` shows the grid again."""
        if key != self.maximized:
            self.maximized = key
            if key is not None:
                self.choose(key)
            self.layout_changed.emit()

    def choose(self, key: str) -> None:
        """Let keys act on this viewport."""
        if key != self.chosen:
            self.chosen = key
            self.chosen_changed.emit()

    def change(self, key: str, **changes: Any) -> None:
        """Change fields of one viewport."""
        before = self._viewports[key]
        after = replace(before, **changes)
        if after != before:
            self._viewports[key] = after
            self.viewport_changed.emit(key)

    def move_crosshair(self, point_mm: Iterable[float]) -> None:
        """Move all viewports to a point of the world."""
        x, y, z = (float(value) for value in point_mm)
        if (x, y, z) != self.crosshair_mm:
            self.crosshair_mm = (x, y, z)
            self.crosshair_moved.emit()

    def set_convention(self, convention: Convention) -> None:
        """Look at all planes from another side."""
        if convention is not self.convention:
            self.convention = convention
            self.convention_changed.emit()

    def toggle(self, name: str) -> None:
        """Turn ``shows_crosshair`` or ``shows_text`` on or off."""
        setattr(self, name, not getattr(self, name))
        self.convention_changed.emit()

    def draw(self, is_drawing: bool, radius_mm: float | None = None) -> None:
        """Start or stop drawing on masks, or change the brush."""
        if radius_mm is not None:
            self.brush_radius_mm = radius_mm
        self.is_drawing = is_drawing
        self.drawing_changed.emit()

    def show(self, layer: str, keys: Iterable[str] | None = None) -> None:
        """Put a layer on top of some viewports, or of all there are."""
        for key in tuple(keys) if keys is not None else tuple(self._viewports):
            items = self._viewports[key].items
            if layer not in items:
                self.change(key, items=(*items, layer), note="")

    @contextmanager
    def placing(self, keys: Iterable[str]) -> Iterator[None]:
        """Let layers that are added inside go to these viewports, not to all.

        Examples
        --------
        >>> desk = Desk()
        >>> with desk.placing(["1"]):
        ...     desk.place("a layer")  # adding it to the viewer does this
        >>> desk.showing("a layer")
        ('1',)
        """
        before, self._placing = self._placing, tuple(keys)
        try:
            yield
        finally:
            self._placing = before

    def place(self, layer: str) -> None:
        """Show a new layer where :meth:`placing` says, else everywhere."""
        self.show(layer, self._placing)

    def hide(self, layer: str, key: str) -> None:
        """Take a layer out of one viewport; without a viewport it is closed."""
        viewport = self._viewports[key]
        self.change(
            key,
            items=tuple(item for item in viewport.items if item != layer),
            overrides=_without(viewport.overrides, layer),
        )
        if not self.showing(layer):
            self.closed_layer.emit(layer)

    def forget(self, layer: str) -> None:
        """Take a layer that is gone out of all viewports."""
        for key in self.showing(layer):
            viewport = self._viewports[key]
            items = tuple(item for item in viewport.items if item != layer)
            overrides = _without(viewport.overrides, layer)
            self.change(key, items=items, overrides=overrides)

    def order(self, layers: Iterable[str]) -> None:
        """Stack the layers of each viewport as they follow each other in ``layers``."""
        place = {layer: number for number, layer in enumerate(layers)}
        for key, viewport in tuple(self._viewports.items()):
            items = tuple(sorted(viewport.items, key=lambda item: place.get(item, -1)))
            self.change(key, items=items)

    def override(self, layer: str, key: str, **properties: Any) -> None:
        """Let a layer look different in one viewport."""
        overrides = dict(self._viewports[key].overrides)
        overrides[layer] = {**overrides.get(layer, {}), **properties}
        self.change(key, overrides=MappingProxyType(overrides))

    def clear_override(self, layer: str, key: str, *names: str) -> None:
        """Let a layer look in one viewport as everywhere, in some properties."""
        overrides = dict(self._viewports[key].overrides)
        own = dict(overrides.pop(layer, {}))
        left = {name: value for name, value in own.items() if name not in names}
        if left:
            overrides[layer] = left
        self.change(key, overrides=MappingProxyType(overrides))

    def reset_view(self, key: str) -> None:
        """Show the whole image on the canonical plane again."""
        self.change(key, turn=NO_TURN, focus_mm=None, mm_per_pixel=None)

    def _add_missing(self) -> None:
        first = self._viewports.get("0")
        items = first.items if first else ()
        for key in self.layout.keys:
            if key in self._viewports:
                continue
            kind, orientation = Kind.MOSAIC, Orientation.AXIAL
            if not key.startswith("b"):
                kind, orientation = _FIRST[int(key) % len(_FIRST)]
            self._viewports[key] = ViewportState(key, kind, orientation, items=items)


def _without(
    overrides: Mapping[str, Mapping[str, Any]], layer: str
) -> Mapping[str, Mapping[str, Any]]:
    return MappingProxyType(
        {name: own for name, own in overrides.items() if name != layer}
    )
