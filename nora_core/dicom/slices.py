"""Take DICOM files apart into slices: one per file, or one per frame."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nora_core.dicom.header import SeriesHeader, series_header, text_of
from nora_core.errors import ImageFileError

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

PARALLEL = 1e-3
"""Slices whose direction cosines and spacings (mm) differ by less are one stack."""

REFUSED_CLASSES = {
    "1.2.840.10008.5.1.4.1.1.66.4": "is a segmentation, whose frames may overlap",
    "1.2.840.10008.5.1.4.1.1.66.7": "is a map of labels, whose frames may be sparse",
    "1.2.840.10008.5.1.4.1.1.481.2": "is a dose grid, which has a scaling of its own",
}
"""SOP classes (PS3.4 B.5) whose frames are no slices of a volume."""

IMAGE_CLASS_WORDS = "Image Storage"
"""Part of the name of every SOP class whose instances are pictures (PS3.4 B.5)."""

NEEDED = (
    "SOPClassUID",
    "SOPInstanceUID",
    "SeriesInstanceUID",
    "StudyInstanceUID",
    "SeriesNumber",
    "SeriesDescription",
    "StudyDescription",
    "Modality",
    "StudyDate",
    "PatientID",
    "PatientName",
    "SpecificCharacterSet",
    "RepetitionTime",
    "ImageType",
    "EchoTime",
    "InstanceNumber",
    "NumberOfFrames",
    "Rows",
    "Columns",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "BitsAllocated",
    "PixelRepresentation",
    "PixelSpacing",
    "ImagerPixelSpacing",
    "SliceThickness",
    "SpacingBetweenSlices",
    "ImageOrientationPatient",
    "ImagePositionPatient",
    "RescaleSlope",
    "RescaleIntercept",
    "SharedFunctionalGroupsSequence",
    "PerFrameFunctionalGroupsSequence",
)
"""Elements that are read; everything else is skipped, which is several times faster."""


@dataclass(frozen=True)
class Slice:
    """One plane of voxels and where it lies.

    Attributes
    ----------
    path : Path
        The file.
    frame : int or None
        Number of the frame, from 0, in a file with several.
    position_mm : (3,) array
        Center of its first pixel, LPS mm.
    orientation : (6,) array
        Direction of its rows, then of its columns: LPS cosines.
    spacing_mm : (2,) array
        Between rows, then between columns (the order of Pixel Spacing).
    depth_mm : float
        From one slice to the next, as far as the header says.
    shape : tuple of 2 int
        Rows and columns.
    dtype : numpy.dtype
        Type of the stored values.
    slope, intercept : float
        Scaling of the stored values.
    order : int
        Instance or frame number: what is earlier in time.
    kind : tuple
        What tells apart the images of one series: image type, echo.
    transfer_syntax_uid : str
        How its pixels are coded.
    """

    path: Path
    frame: int | None
    position_mm: NDArray[np.float64]
    orientation: NDArray[np.float64]
    spacing_mm: NDArray[np.float64]
    depth_mm: float
    shape: tuple[int, int]
    dtype: np.dtype[Any]
    slope: float
    intercept: float
    order: int
    kind: tuple[str, ...]
    transfer_syntax_uid: str

    @property
    def stack_key(self) -> tuple[object, ...]:
        """What slices of one volume have in common, besides being parallel."""
        return (*self.kind, self.shape, self.dtype.str)

    def is_parallel(self, other: Slice) -> bool:
        """Tell whether both have one orientation and pixel size, but for rounding."""
        turned = np.abs(self.orientation - other.orientation).max()
        scaled = np.abs(self.spacing_mm - other.spacing_mm).max()
        return bool(max(turned, scaled) < PARALLEL)


@dataclass(frozen=True)
class Instance:
    """One file: its series and slices, or why there are none.

    Attributes
    ----------
    uid : str
        SOP Instance UID.
    header : SeriesHeader
        Its series.
    slices : tuple of Slice
        Its slices.
    refusal : str
        Why it cannot be part of a volume; empty where it can.
    """

    uid: str
    header: SeriesHeader
    slices: tuple[Slice, ...] = ()
    refusal: str = ""


def read_instance(path: Path, is_forced: bool = False) -> Instance | None:
    """Read one file's header; ``None`` for what is no DICOM or holds no image.

    Parameters
    ----------
    path : Path
        The file.
    is_forced : bool
        Try it without the magic bytes of DICOM.

    Raises
    ------
    ImageFileError
        DICOM, but broken within its header.
    """
    import pydicom
    from pydicom.errors import InvalidDicomError

    try:
        dataset = pydicom.dcmread(
            path,
            stop_before_pixels=True,
            specific_tags=list(NEEDED),
            force=is_forced,
        )
    except InvalidDicomError:
        return None
    except Exception as error:
        raise ImageFileError(f"{path}: broken DICOM: {error}") from error
    if not text_of(dataset, "SOPClassUID"):
        raise ImageFileError(f"{path}: broken DICOM: the SOP Class UID is missing")
    if "Rows" not in dataset:
        if _is_image_class(dataset):
            raise ImageFileError(
                f"{path}: broken DICOM: the header ends before Rows; "
                "the file is truncated, copy it again"
            )
        return None
    header = series_header(dataset)
    uid = text_of(dataset, "SOPInstanceUID")
    try:  # pydicom converts values, and complains, when they are looked at
        refusal = _refusal(dataset)
        slices = () if refusal else tuple(_slices(path, dataset))
    except (LookupError, AttributeError, ValueError, TypeError, ArithmeticError) as why:
        slices = ()
        refusal = f"{path.name}: an element is missing or malformed: {why}"
    return Instance(uid, header, slices, refusal)


def _is_image_class(dataset: Dataset) -> bool:
    """Tell by the file's meta group, which a cut leaves longest, and the data set."""
    from pydicom.uid import UID

    uids = (
        text_of(dataset.file_meta, "MediaStorageSOPClassUID"),
        text_of(dataset, "SOPClassUID"),
    )
    return any(IMAGE_CLASS_WORDS in UID(uid).name for uid in uids)


def _refusal(dataset: Dataset) -> str:
    """Return why the pixels cannot be part of a volume, or nothing."""
    photometric = text_of(dataset, "PhotometricInterpretation")
    if dataset.get("SamplesPerPixel", 1) != 1 or photometric == "PALETTE COLOR":
        return f"holds colors ({photometric}), not gray values"
    refused_class = REFUSED_CLASSES.get(text_of(dataset, "SOPClassUID"))
    if refused_class:
        return refused_class
    if "MOSAIC" in text_of(dataset, "ImageType"):
        return (
            "is a Siemens mosaic, all slices in one picture; convert it with dcm2niix"
        )
    if dataset.get("BitsAllocated") not in (8, 16, 32):
        return f"has {dataset.get('BitsAllocated')} bits per pixel, not 8, 16 or 32"
    is_multi_frame = int(dataset.get("NumberOfFrames") or 1) > 1
    if is_multi_frame and "PerFrameFunctionalGroupsSequence" not in dataset:
        return "has several frames without their positions in space"
    is_placed = "ImagePositionPatient" in dataset
    if not is_placed and "PerFrameFunctionalGroupsSequence" not in dataset:
        return "does not say where its picture lies in space"
    return ""


def _slices(path: Path, dataset: Dataset) -> Iterator[Slice]:
    if "PerFrameFunctionalGroupsSequence" not in dataset:
        kind = (text_of(dataset, "ImageType"), text_of(dataset, "EchoTime"))
        order = int(dataset.get("InstanceNumber") or 0)
        yield _slice(path, None, [dataset], dataset, order, kind)
        return
    shared = list(dataset.get("SharedFunctionalGroupsSequence") or [])
    for n, frame in enumerate(dataset.PerFrameFunctionalGroupsSequence):
        groups = _macros([frame, *shared])
        kind = (_find(groups, "FrameType"), _find(groups, "EffectiveEchoTime"))
        yield _slice(path, n, groups, dataset, n, tuple(map(str, kind)))


def _macros(groups: list[Dataset]) -> list[Dataset]:
    """Return the items of all functional groups, the frame's before the shared."""
    return [
        element.value[0]
        for group in groups
        for element in group
        if element.VR == "SQ" and element.value
    ]


def _find(datasets: list[Dataset], keyword: str) -> Any:
    """Return the first value of an element that is there and not empty."""
    values = (dataset.get(keyword) for dataset in datasets)
    return next((value for value in values if value not in (None, "")), None)


def _slice(
    path: Path,
    frame: int | None,
    groups: list[Dataset],
    dataset: Dataset,
    order: int,
    kind: tuple[str, ...],
) -> Slice:
    spacing = _find(groups, "PixelSpacing") or _find(groups, "ImagerPixelSpacing")
    depth = _find(groups, "SpacingBetweenSlices") or _find(groups, "SliceThickness")
    slope, intercept = _find(groups, "RescaleSlope"), _find(groups, "RescaleIntercept")
    letter = "i" if dataset.get("PixelRepresentation", 0) else "u"
    return Slice(
        path=path,
        frame=frame,
        position_mm=_numbers(_find(groups, "ImagePositionPatient"), 3, "position"),
        orientation=_unit_cosines(_find(groups, "ImageOrientationPatient")),
        spacing_mm=_numbers(spacing, 2, "Pixel Spacing"),
        depth_mm=abs(float(depth or 0)) or 1.0,
        shape=(int(dataset.Rows), int(dataset.Columns)),
        dtype=np.dtype(f"{letter}{int(dataset.BitsAllocated) // 8}"),
        slope=1.0 if slope is None else float(slope),
        intercept=float(intercept or 0),
        order=order,
        kind=kind,
        transfer_syntax_uid=str(dataset.file_meta.get("TransferSyntaxUID", "")),
    )


def _numbers(values: Any, count: int, name: str) -> NDArray[np.float64]:
    if values is None:
        raise ValueError(f"no {name}")
    numbers = np.array([float(value) for value in values])
    if numbers.shape != (count,) or not np.isfinite(numbers).all():
        raise ValueError(f"{name} {numbers.tolist()} does not hold {count} numbers")
    return numbers


def _unit_cosines(values: Any) -> NDArray[np.float64]:
    """Return row and column direction with length 1: headers round them."""
    cosines = _numbers(values, 6, "Image Orientation").reshape(2, 3)
    lengths = np.linalg.norm(cosines, axis=1, keepdims=True)
    if not np.allclose(lengths, 1.0, atol=0.01):
        raise ValueError("Image Orientation holds no unit vectors")
    unit: NDArray[np.float64] = (cosines / lengths).reshape(6)
    return unit
