"""What stands in the 3D scene for one layer, and which piece a layer gets.

A *piece* owns a layer of the 3D scene that shares its arrays with the layer in the
viewer, follows that one's changes, and takes its own away.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar, Protocol

from napari.layers import Image, Layer

from napari_nora.tasks import Tasks
from napari_nora.viewports.three_d.items import Item3D, Shown


class Stage(Protocol):
    """What a piece needs of the 3D scene."""

    tasks: Tasks
    budget_mb: float

    def add(self, layer: Layer) -> None:
        """Put a layer into the 3D scene."""

    def remove(self, layer: Layer) -> None:
        """Take a layer out of the 3D scene."""

    def note(self, key: str, text: str) -> None:
        """Show a sentence about a layer; none where the text is empty."""

    def ask(self) -> None:
        """Have :meth:`Piece.show` called again, soon."""


class Piece(ABC):
    """Base of pieces.

    :meth:`show` is called when anything may have changed; ``is_stale`` says whether
    the layer's values have, and a piece that has taken them over sets it back.
    """

    content_events: ClassVar[tuple[str, ...]] = (
        "data",
        "paint",
        "labels_update",
        "set_data",
    )
    """Events of the viewer's layer after which its values may be others.

    Undoing emits ``set_data`` alone; for images it only tells of another slice.
    """

    def __init__(self, stage: Stage, item: Item3D) -> None:
        self.stage = stage
        self.key = item.key
        self.source = item.layer
        self.layer: Layer | None = None
        self.is_stale = True
        for emitter in self._emitters():
            emitter.connect(self._on_content)

    @abstractmethod
    def show(self, item: Item3D) -> None:
        """Bring the 3D scene up to date."""

    def close(self) -> None:
        """Leave the 3D scene and give back what it took."""
        for emitter in self._emitters():
            emitter.disconnect(self._on_content)
        self.put(None)
        self.stage.note(self.key, "")

    def put(self, layer: Layer | None) -> None:
        """Show another layer, or none."""
        if self.layer is not None:
            self.stage.remove(self.layer)
        self.layer = layer
        if layer is not None:
            self.stage.add(layer)

    def _emitters(self) -> list[Any]:
        events = self.source.events
        return [
            getattr(events, name)
            for name in self.content_events
            if hasattr(events, name)
        ]

    def _on_content(self, event: Any) -> None:
        if event.type == "set_data" and isinstance(self.source, Image):
            return
        self.is_stale = True
        self.stage.ask()


def set_opacity(layer: Layer | None, item: Item3D) -> None:
    """Let a layer of the 3D scene be as clear as the item."""
    opacity = item.look("opacity")
    if layer is not None and layer.opacity != opacity:  # napari would draw anew
        layer.opacity = opacity


MakePiece = Callable[[Stage, Item3D], Piece]


class PieceTypes:
    """Which piece a layer gets, by its class and how it is shown.

    A new type of layer, such as fibers, plugs in here:
    ``types.register(StreamlineLayer, Shown.AS_IT_IS, StreamlinePiece)``.
    """

    def __init__(self) -> None:
        self._known: list[tuple[type[Layer], Shown, MakePiece]] = []

    def register(self, kind: type[Layer], shown: Shown, make: MakePiece) -> None:
        """Use ``make`` for layers of a class; the last one known is asked first."""
        self._known.insert(0, (kind, shown, make))

    def make(self, item: Item3D, stage: Stage) -> Piece | None:
        """Return a new piece; ``None`` where the layer can't be shown so."""
        for kind, shown, make in self._known:
            if isinstance(item.layer, kind) and shown is item.shown:
                return make(stage, item)
        return None
