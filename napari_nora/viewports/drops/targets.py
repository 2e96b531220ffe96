"""Which targets a viewport offers for what is dragged over it; knows no Qt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from napari_nora.opening.dragged import Dragged, DraggedKind, dragged_kind


class Target(StrEnum):
    """What becomes of a drop."""

    BACKGROUND = "background"
    OVERLAY = "overlay"
    ROI = "roi"
    SURFACE = "surface"
    EVERYWHERE = "everywhere"
    HERE = "here"
    MOVE = "move"


TITLES = {
    Target.BACKGROUND: "Show in this viewport",
    Target.OVERLAY: "Overlay on this viewport",
    Target.ROI: "Mask (ROI)",
    Target.SURFACE: "Surface",
    Target.EVERYWHERE: "Show in all viewports",
    Target.HERE: "Show here too",
    Target.MOVE: "Move here",
}
_OFFERS = {
    DraggedKind.IMAGE: (
        Target.EVERYWHERE,
        Target.BACKGROUND,
        Target.OVERLAY,
        Target.ROI,
    ),
    DraggedKind.LABELS: (Target.ROI, Target.BACKGROUND, Target.OVERLAY),
    DraggedKind.SURFACE: (Target.SURFACE,),
    DraggedKind.STREAMLINES: (),
    DraggedKind.OTHER: (),
}


@dataclass(frozen=True)
class LocalFiles:
    """Files of this computer; shown, and never sent anywhere."""

    paths: tuple[Path, ...]


@dataclass(frozen=True)
class OpenLayer:
    """A layer that is dragged from another viewport."""

    layer: str


Payload = Dragged | LocalFiles | OpenLayer


def targets_for(payload: Payload) -> tuple[Target, ...]:
    """Return the targets for what is dragged; none if a viewport shows none of it."""
    if isinstance(payload, OpenLayer):
        return Target.HERE, Target.MOVE
    offers = [_OFFERS[kind] for kind in _kinds(payload)]
    common = [
        target for target in Target if all(target in offered for offered in offers)
    ]
    if not offers:
        return ()
    return tuple(sorted(common, key=offers[0].index))


def refusal(payload: Payload) -> str:
    """Return why a viewport shows nothing of what is dragged."""
    kinds = set() if isinstance(payload, OpenLayer) else set(_kinds(payload))
    if DraggedKind.STREAMLINES in kinds:
        return "Fibers cannot be drawn yet"
    if len(kinds) > 1:
        return "Drag images, masks and surfaces one kind at a time"
    return "A viewport shows images, masks and surfaces"


def _kinds(payload: Dragged | LocalFiles) -> Iterable[DraggedKind]:
    if isinstance(payload, Dragged):
        return [file.kind for file in payload.files]
    return [
        DraggedKind.IMAGE if path.is_dir() else dragged_kind(path.name, ())
        for path in payload.paths
    ]
