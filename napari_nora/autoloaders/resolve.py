"""Which of the files that were found goes where; what is missing, and what then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from napari_nora.autoloaders.case import Case
from napari_nora.autoloaders.new_mask import (
    NewMask,
    name_of_new_mask,
    tags_of_new_mask,
)
from napari_nora.opening.series import Series, group_files
from nora_core.images.formats.kinds import FileKind, kind_of_name
from nora_core.wire.archive import FileRow
from nora_core.wire.names import fold
from nora_core.wire.preset import Autoloader, OnMultiMatches, Placement

Slot = tuple[int, int, int | None]
"""Number of an autoloader, of the match among its matches, and the volume of it."""
_SHOWN_KINDS = frozenset({FileKind.IMAGE, FileKind.DICOM, FileKind.SURFACE})


@dataclass(frozen=True)
class Match:
    """An image that is to be shown: one file, or the slices of a series.

    Where viewports show different volumes of a 4D image, each volume is one.
    """

    slot: Slot
    files: tuple[FileRow, ...]
    placements: tuple[Placement, ...]
    autoloader: Autoloader


@dataclass(frozen=True)
class Missing:
    """An autoloader without an image: what to say in its viewports, what to make."""

    index: int
    viewports: tuple[str, ...]
    sentence: str
    new_mask: NewMask | None = None


@dataclass(frozen=True)
class Resolution:
    """What a case shows: matches from the background up."""

    case: Case
    matches: tuple[Match, ...] = ()
    missing: tuple[Missing, ...] = ()
    counts: tuple[tuple[int, int], ...] = ()
    """How many images each autoloader found, by its number."""
    empty: tuple[Autoloader, ...] = ()
    """Autoloaders that found nothing; their viewports keep their planes."""


def resolve(
    case: Case,
    autoloaders: Sequence[Autoloader],
    found: Mapping[int, Sequence[FileRow]],
    problems: Iterable[tuple[int, str]],
    viewports: Sequence[str],
) -> Resolution:
    """Choose among the files that were ``found``, by their autoloader's number.

    ``problems`` are autoloaders that could not be asked, and why. Nothing is loaded
    into other viewports than ``viewports``.
    """
    images = {index: images_among(files) for index, files in found.items()}
    matches = [
        match
        for index in sorted(
            images, key=lambda index: (_height(autoloaders[index]), index)
        )
        for match in _matches(index, autoloaders[index], images[index], viewports)
    ]
    missing = [
        Missing(index, _there(autoloaders[index], viewports), sentence)
        for index, sentence in problems
    ]
    studies = {match.slot[0]: match.files[0].study_id for match in reversed(matches)}
    for index in sorted(index for index, some in images.items() if not some):
        autoloader = autoloaders[index]
        sentence, new_mask = _why_missing(case, autoloader, found[index], studies)
        there = _there(autoloader, viewports)
        missing.append(Missing(index, there, sentence, new_mask))
    counts = tuple((index, len(images[index])) for index in sorted(images))
    empty = tuple(autoloaders[one.index] for one in missing)
    return Resolution(case, tuple(matches), tuple(missing), counts, empty)


def images_among(files: Iterable[FileRow]) -> list[tuple[FileRow, ...]]:
    """Return what can be shown, by path: single files, and series as one."""
    shown = [file for file in files if _is_shown(file)]
    by_study: dict[int, list[FileRow]] = {}
    for file in shown:
        by_study.setdefault(file.study_id, []).append(file)
    images = [
        item.files if isinstance(item, Series) else (item,)
        for members in by_study.values()
        for item in group_files(members)
    ]
    return sorted(images, key=lambda image: _order(image[0]))


def _is_shown(file: FileRow) -> bool:
    kind = kind_of_name(file.relative_name)
    has_ending = "." in file.relative_name.rpartition("/")[2]
    return kind in _SHOWN_KINDS or (kind is FileKind.OTHER and not has_ending)


def _order(file: FileRow) -> tuple[str, int, int]:
    return fold(file.relative_name), file.study_id, file.id


def _height(autoloader: Autoloader) -> int:
    """Return 0 for backgrounds, 1 for overlays, 2 for ROIs."""
    return 2 if autoloader.intent.roi else int(autoloader.intent.overlay)


def _matches(
    index: int,
    autoloader: Autoloader,
    images: Sequence[tuple[FileRow, ...]],
    viewports: Sequence[str],
) -> Iterable[Match]:
    if autoloader.intent.onmultimatches is not OnMultiMatches.LOAD_ALL:
        spots = [tuple(autoloader.placements())] if images else []
    else:
        spots = [(_successive(autoloader, number),) for number in range(len(images))]
    for number, (files, spot) in enumerate(zip(images, spots, strict=False)):
        there = [one for one in spot if one.viewport in viewports]
        for volume in dict.fromkeys(one.select for one in there):
            some = tuple(one for one in there if one.select == volume)
            yield Match((index, number, volume), files, some, autoloader)


def _successive(autoloader: Autoloader, number: int) -> Placement:
    """Return where a match goes: the listed viewports, then those behind the last."""
    listed = autoloader.placements()
    if number < len(listed):
        return listed[number]
    last = listed[-1]
    bar = "b" if last.viewport.startswith("b") else ""
    place = int(last.viewport.removeprefix("b")) + number - len(listed) + 1
    return last._replace(viewport=f"{bar}{place}")


def _there(autoloader: Autoloader, viewports: Sequence[str]) -> tuple[str, ...]:
    return tuple(key for key in autoloader.viewports if key in viewports)


def _why_missing(
    case: Case,
    autoloader: Autoloader,
    files: Sequence[FileRow],
    studies: Mapping[int, int],
) -> tuple[str, NewMask | None]:
    """Say what is missing, and what is made instead."""
    pattern = autoloader.pattern
    reference = autoloader.intent.autocreateroi
    if files:
        return f"no image among the files {pattern}", None
    if reference is None:
        return f"no file {pattern}", None
    if reference not in studies:
        return f"no file {pattern}, and no image {reference + 1} to draw on", None
    name = name_of_new_mask(autoloader, case.user)
    if name is None:
        return f"no file {pattern}; say as what a new mask is saved", None
    tags = tags_of_new_mask(autoloader)
    study_id = case.study_id or studies[reference]
    return f"new mask {name}", NewMask(case.project, study_id, name, tags, reference)
