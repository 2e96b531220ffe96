"""Open and save images, masks and meshes of every known format by their names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from nora_core.errors import ImageFileError
from nora_core.images.formats.dicom import read_dicom
from nora_core.images.formats.gifti import read_gifti
from nora_core.images.formats.kinds import ending_of
from nora_core.images.formats.mgh import read_mgh, write_mgh
from nora_core.images.formats.nifti import read_nifti, write_nifti
from nora_core.images.formats.nrrd import read_nrrd, write_nrrd
from nora_core.images.formats.stl import read_stl
from nora_core.images.mask import Mask
from nora_core.images.surface import Surface
from nora_core.images.volume import Volume

_READERS: dict[str, Callable[[Path], Volume]] = {
    ".nii": read_nifti,
    ".nii.gz": read_nifti,
    ".hdr": read_nifti,
    ".nrrd": read_nrrd,
    ".nhdr": read_nrrd,
    ".mgh": read_mgh,
    ".mgz": read_mgh,
    ".mgh.gz": read_mgh,
    ".dcm": read_dicom,
    ".ima": read_dicom,
}

_WRITERS: dict[str, Callable[[Path, Volume], None]] = {
    ".nii": write_nifti,
    ".nii.gz": write_nifti,
    ".nrrd": write_nrrd,
    ".mgh": write_mgh,
    ".mgz": write_mgh,
}
_SURFACE_READERS: dict[str, Callable[[Path], Surface]] = {
    ".gii": read_gifti,
    ".gii.gz": read_gifti,
    ".stl": read_stl,
}


def read_volume(path: Path | str) -> Volume:
    """Open an image or a folder of DICOM slices; voxels are read when asked for.

    Raises
    ------
    ImageFileError
        The file is broken, truncated or of unknown kind; the message names it.
    """
    path = Path(path)
    reader = read_dicom if path.is_dir() else _READERS.get(ending_of(path))
    if reader is None:
        raise ImageFileError(f"{path}: no image format; known: {_list(_READERS)}")
    return reader(path)


def read_mask(path: Path | str) -> Mask:
    """Read an image as a region: every voxel that is neither 0 nor NaN is inside.

    Raises
    ------
    ImageFileError
        As :func:`read_volume`, or the image has a time axis.
    """
    volume = read_volume(path)
    if volume.frame_count > 1:
        raise ImageFileError(f"{path}: has {volume.frame_count} frames; a mask has one")
    data = volume.data
    inside = data != 0
    if data.dtype.kind in "fc":
        inside &= ~np.isnan(data)
    return Mask(inside, volume.grid)


def write_volume(path: Path | str, volume: Volume) -> None:
    """Save an image in the format of the name's ending, whole or not at all.

    Raises
    ------
    ImageFileError
        The ending is unknown, or the format cannot hold these voxels.
    """
    path = Path(path)
    writer = _WRITERS.get(ending_of(path))
    if writer is None:
        raise ImageFileError(f"{path}: cannot write that; known: {_list(_WRITERS)}")
    writer(path, volume)


def write_mask(path: Path | str, mask: Mask) -> None:
    """Save a region as an image of 0 and 1 (uint8), whole or not at all."""
    write_volume(path, Volume(mask.data.view(np.uint8), mask.grid))


def read_surface(path: Path | str) -> Surface:
    """Read a triangle mesh in RAS+ mm.

    Raises
    ------
    ImageFileError
        The file is broken, holds no mesh or is of unknown kind.
    """
    path = Path(path)
    reader = _SURFACE_READERS.get(ending_of(path))
    if reader is None:
        raise ImageFileError(
            f"{path}: no surface format; known: {_list(_SURFACE_READERS)}"
        )
    return reader(path)


def _list(formats: Mapping[str, object]) -> str:
    return ", ".join(formats)
