"""Find the series in a folder of DICOM files and open them as volumes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from nora_core.dicom.header import SeriesHeader
from nora_core.dicom.pixels import check_decoder, stored_stack
from nora_core.dicom.slices import Instance, Slice, read_instance
from nora_core.dicom.stack import stack_slices
from nora_core.errors import ImageFileError
from nora_core.images.formats.kinds import FileKind, kind_of_name
from nora_core.images.header import ImageHeader
from nora_core.images.volume import Volume


@dataclass(frozen=True)
class Series:
    """One volume of a series; a series with two echoes or orientations gives two.

    Attributes
    ----------
    header : SeriesHeader
        Who and what it shows.
    volume : Volume
        Voxels, decoded when they are asked for, in RAS+ mm.
    paths : tuple of Path
        The files it comes from.
    """

    header: SeriesHeader
    volume: Volume
    paths: tuple[Path, ...]


@dataclass(frozen=True)
class SkippedSeries:
    """A series that is no volume, and why."""

    header: SeriesHeader
    reason: str


@dataclass(frozen=True)
class FoundSeries:
    """Everything that a folder holds.

    Attributes
    ----------
    series : tuple of Series
        What can be opened.
    skipped : tuple of SkippedSeries
        Images that cannot: colors, gaps, codings without a decoder, mosaics.
    broken : tuple of str
        Files that are DICOM but cannot be read, with what is wrong.
    """

    series: tuple[Series, ...] = ()
    skipped: tuple[SkippedSeries, ...] = ()
    broken: tuple[str, ...] = ()


def find_series(source: Path | str | Iterable[Path | str]) -> FoundSeries:
    """Read the headers of a folder with all below it, or of a list of files.

    Files that are not DICOM, and DICOM without pictures (reports, plans), are left
    out. A file that comes twice counts once.
    """
    instances: dict[str, Instance] = {}
    broken: list[str] = []
    for path in _files(source):
        is_named_dicom = kind_of_name(path.name) is FileKind.DICOM
        try:
            instance = read_instance(path, is_forced=is_named_dicom)
        except ImageFileError as error:
            broken.append(error.message)
            continue
        if instance is not None:
            instances.setdefault(instance.uid or str(path), instance)
    series, skipped = _open_all(instances.values())
    return FoundSeries(tuple(series), tuple(skipped), tuple(broken))


def _files(source: Path | str | Iterable[Path | str]) -> list[Path]:
    if not isinstance(source, (str, Path)):
        return [Path(path) for path in source]
    folder = Path(source)
    if folder.is_file():
        return [folder]
    names = (path for path in folder.rglob("*") if not path.name.startswith("."))
    return sorted(path for path in names if path.is_file() and path.name != "DICOMDIR")


def _open_all(
    instances: Iterable[Instance],
) -> tuple[list[Series], list[SkippedSeries]]:
    series: list[Series] = []
    skipped: dict[tuple[str, str], SkippedSeries] = {}
    for header, slices in _stacks(instances, skipped):
        try:
            series.append(_open(header, slices))
        except ImageFileError as error:
            skipped[header.series_instance_uid, error.message] = SkippedSeries(
                header, error.message
            )
    series.sort(key=lambda one: one.header.series_number or 0)
    return series, list(skipped.values())


def _stacks(
    instances: Iterable[Instance], skipped: dict[tuple[str, str], SkippedSeries]
) -> list[tuple[SeriesHeader, list[Slice]]]:
    """Return the slices of each stack with the header of their series."""
    headers: dict[str, SeriesHeader] = {}
    stacks: dict[tuple[object, ...], list[list[Slice]]] = {}
    for instance in instances:
        uid = instance.header.series_instance_uid
        header = headers.setdefault(uid, instance.header)
        if instance.refusal:
            skipped[uid, instance.refusal] = SkippedSeries(header, instance.refusal)
        for one in instance.slices:
            _add_to_parallel(stacks.setdefault((uid, *one.stack_key), []), one)
    return [
        (headers[str(key[0])], slices)
        for key, parallel in stacks.items()
        for slices in parallel
    ]


def _add_to_parallel(stacks: list[list[Slice]], one: Slice) -> None:
    for stack in stacks:
        if stack[0].is_parallel(one):
            stack.append(one)
            return
    stacks.append([one])


def _open(header: SeriesHeader, slices: list[Slice]) -> Series:
    for syntax in {one.transfer_syntax_uid for one in slices}:
        check_decoder(syntax)
    stack = stack_slices(slices)
    step_ms = header.repetition_time_ms if len(stack.frames) > 1 else None
    more = ImageHeader(
        time_step_s=step_ms / 1000 if step_ms else None,
        description=header.series_description,
    )
    paths = tuple(dict.fromkeys(one.path for frame in stack.frames for one in frame))
    return Series(header, Volume(stored_stack(stack), stack.grid, more), paths)


def read_series_volume(source: Path) -> Volume:
    """Open a folder, or a file, that holds exactly one volume.

    Raises
    ------
    ImageFileError
        No volume or several, or a broken file among its slices.
    """
    found = find_series(source)
    if found.broken:
        raise ImageFileError(found.broken[0])
    if len(found.series) == 1:
        _check_whole(found.series[0], found.skipped)
        return found.series[0].volume
    if found.series:
        titles = ", ".join(one.header.title for one in found.series)
        raise ImageFileError(
            f"{source}: holds {len(found.series)} volumes: {titles}; "
            "give each a folder of its own"
        )
    reasons = "; ".join(f"{one.header.title} {one.reason}" for one in found.skipped)
    raise ImageFileError(f"{source}: no DICOM image; {reasons or 'no DICOM files'}")


def _check_whole(series: Series, skipped: Iterable[SkippedSeries]) -> None:
    """Refuse a volume from which slices of its own series were left out."""
    for one in skipped:
        if one.header.series_instance_uid == series.header.series_instance_uid:
            raise ImageFileError(f"a part of {one.header.title} {one.reason}")
