"""Turns what the viewports show into autoloaders for every case."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from nora_core.patterns import escape
from nora_core.wire.preset import Autoloader, Intent
from nora_core.wire.scene import (
    LayerKind,
    Look,
    Orientation,
    Scene,
    SceneLayer,
    SceneViewport,
)

One = TypeVar("One")
_NUMBER = re.compile(r"(?<![^\W\d_])s\d{3,}", re.IGNORECASE)
"""A series' number, as in ``s003.nii`` or ``t1_s003``."""


class SnapshotKind(StrEnum):
    """How much a snapshot's patterns let through."""

    SMART = "smart"
    """Any series' number, and folders that begin alike."""
    STRICT = "strict"
    """The same names."""
    TAGS = "tags"
    """The same tags; the smart pattern for files without any."""


@dataclass(frozen=True)
class OpenFile:
    """What is known of a layer's file beside its name."""

    tags: tuple[str, ...] = ()
    is_series: bool = False
    patients_id: str | None = None
    """Of a file that is not of the case that is shown, such as an atlas."""


def pattern_of(
    relative_name: str,
    file: OpenFile | None = None,
    kind: SnapshotKind = SnapshotKind.SMART,
) -> str:
    r"""Return a pattern that finds the same kind of file in other cases.

    Examples
    --------
    >>> pattern_of("t1_mprage_s003/s003.nii")
    't1_mprage*/s*.nii'
    >>> pattern_of("masks/lesion.nii.gz")
    'masks*/lesion.nii.gz'
    >>> pattern_of("t1_s003/s003.nii", kind=SnapshotKind.STRICT)
    't1_s003/s003.nii'
    """
    file = file or OpenFile()
    folder, _, name = relative_name.rpartition("/")
    is_general = kind is not SnapshotKind.STRICT
    parts = []
    if folder:
        parts.append(_beginning(folder) if is_general else _literal(folder))
    if file.is_series:
        parts.append("*")
    else:
        parts.append(_general(name) if is_general else _literal(name))
    pattern = "/".join(parts)
    if kind is SnapshotKind.TAGS and file.tags:
        pattern = " & ".join(f"FTAG:{_literal(tag)}" for tag in sorted(file.tags))
    if file.patients_id is not None:
        pattern += f" & PPIZ:{escape(file.patients_id)}"
    return pattern


def autoloaders_of(
    scene: Scene,
    files: Sequence[OpenFile | None] = (),
    kind: SnapshotKind = SnapshotKind.SMART,
) -> tuple[Autoloader, ...]:
    """Return autoloaders that show in each case what a scene shows of one.

    ``files`` are parallel to the scene's layers. Masks that no file holds yet are left
    out.
    """
    found = []
    for number, layer in enumerate(scene.layers):
        shown = [viewport for viewport in scene.viewports if number in viewport.items]
        if layer.files is None or not shown:
            continue
        file = files[number] if number < len(files) else None
        file = file or OpenFile(is_series=len(layer.files.file_ids) > 1)
        found.append(
            Autoloader(
                pattern=pattern_of(layer.files.relative_name, file, kind),
                viewports=tuple(viewport.number for viewport in shown),
                intent=_intent(number, layer, shown, _is_overlay(number, shown, scene)),
            )
        )
    return tuple(found)


def _beginning(folder: str) -> str:
    """Return a folder's name up to its last series' number, and ``*``."""
    numbers = list(_NUMBER.finditer(folder))
    end = numbers[-1].start() if numbers else len(folder)
    start = _general(folder[:end]).rstrip("*").rstrip("_-. ")
    return f"{start}*"


def _general(text: str) -> str:
    """Return a pattern of a text with its series' numbers as wildcards."""
    parts, end = [], 0
    for match in _NUMBER.finditer(text):
        parts.append(_literal(text[end : match.start()]))
        parts.append(f"{match.group()[0]}*")
        end = match.end()
    return "".join([*parts, _literal(text[end:])])


def _literal(text: str) -> str:
    """Escape a text; ``_`` finds itself anyway and is easier to read without."""
    escaped = escape(text).replace("\\_", "_")
    return f"\\{escaped}" if escaped.startswith("!") or escaped == "OR" else escaped


def _is_overlay(number: int, shown: Sequence[SceneViewport], scene: Scene) -> bool:
    """Whether an image lies above another one everywhere."""
    return all(
        any(
            scene.layers[other].kind is LayerKind.IMAGE
            for other in viewport.items[: viewport.items.index(number)]
        )
        for viewport in shown
    )


def _intent(
    number: int, layer: SceneLayer, shown: Sequence[SceneViewport], is_overlay: bool
) -> Intent:
    looks = [viewport.overrides.get(number, Look()) for viewport in shown]
    is_labels = layer.kind is LayerKind.LABELS
    is_first = [viewport.items[0] == number for viewport in shown]
    slicing: tuple[Orientation, ...] = ()
    if all(is_first):
        slicing = _short([viewport.orientation for viewport in shown])
    colors = [look.color or layer.look.color for look in looks]
    maps = [look.colormap or layer.look.colormap for look in looks]
    one_color = is_labels or maps == ["one color"] * len(maps)
    return Intent(
        roi=is_labels,
        overlay=is_overlay and not is_labels,
        slicing=slicing,
        cmap=() if one_color or not all(maps) else _short(maps),
        color=_short(colors) if one_color and all(colors) else (),
        transparent=_transparency(layer),
        select=(layer.look.time,) if layer.look.time is not None else (),
    )


def _transparency(layer: SceneLayer) -> bool | float:
    opacity = layer.look.opacity
    if opacity is not None and opacity < 1:
        return opacity
    return bool(layer.look.clips_below)


def _short(values: Sequence[One]) -> tuple[One, ...]:
    """Return one value where all are the same."""
    return tuple(values[:1] if len(set(values)) == 1 else values)
