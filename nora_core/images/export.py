"""New files from an image: with another affine, or on another grid."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np

from nora_core.errors import ImageFileError
from nora_core.geometry.affine import Affine, check_affine, zooms_of
from nora_core.geometry.grid import Grid
from nora_core.geometry.resample import resample_linear, resample_nearest
from nora_core.images.components import Components
from nora_core.images.formats.atomic import replacing
from nora_core.images.formats.dispatch import read_volume, write_volume
from nora_core.images.formats.kinds import ending_of
from nora_core.images.formats.nifti import (
    ALIGNED,
    NIFTI1_BYTES,
    NIFTI2_BYTES,
    SINGLE_MAGIC,
    read_nifti,
)
from nora_core.images.formats.raw import compressing, naming, open_binary
from nora_core.images.volume import Volume

_BLOCK_BYTES = 1 << 20


def burn_affine(source: Path, target: Path, affine: Affine) -> None:
    """Write a copy of an image that lies elsewhere; voxels stay as they are.

    A NIfTI file keeps every other byte, its scaling and extensions too; its sform
    says the new place, and its qform is dropped, since it may not be able to. Images
    of other formats become NIfTI with the voxels that they held.

    Parameters
    ----------
    source : Path
        An image or a folder of DICOM slices.
    target : Path
        ``.nii`` or ``.nii.gz``; replaced where it exists.
    affine : (4, 4) array
        Voxel to RAS+ mm, for the voxels in the order of the file.

    Raises
    ------
    BadInput
        The affine is none.
    ImageFileError
        The source cannot be read, or the target is no NIfTI file.
    """
    source, target, affine = Path(source), Path(target), check_affine(affine)
    if ending_of(target) not in (".nii", ".nii.gz"):
        raise ImageFileError(f"{target}: a new affine is saved as .nii or .nii.gz")
    if source.is_file() and ending_of(source) in (".nii", ".nii.gz"):
        _copy_nifti(source, target, affine)
        return
    volume = read_volume(source)
    voxels = volume.data if volume.stored is None else volume.stored
    grid = Grid(volume.grid.shape, affine)
    write_volume(target, Volume(voxels, grid, volume.header))


def _copy_nifti(source: Path, target: Path, affine: Affine) -> None:
    read_nifti(source)  # a broken file is refused before anything is written
    with (
        naming(source),
        open_binary(source) as old,
        replacing(target) as plain,
        compressing(plain, ending_of(target) == ".nii.gz") as new,
    ):
        start = old.read(NIFTI1_BYTES)
        sizes = {int.from_bytes(start[:4], order) for order in ("little", "big")}
        if NIFTI2_BYTES in sizes:
            start += old.read(NIFTI2_BYTES - NIFTI1_BYTES)
        new.write(_moved(start, affine, source))
        shutil.copyfileobj(old, new, _BLOCK_BYTES)


def _moved(start: bytes, affine: Affine, source: Path) -> bytes:
    """Return a header with another affine, in its own byte order."""
    from nibabel.nifti1 import Nifti1Header
    from nibabel.nifti2 import Nifti2Header

    is_second = len(start) == NIFTI2_BYTES
    kind: type[Nifti1Header] = Nifti2Header if is_second else Nifti1Header
    header = kind(start)
    if header["magic"].item() + b"\0" not in SINGLE_MAGIC:
        raise ImageFileError(f"{source}: its voxels are in another file; convert it")
    code = int(header["sform_code"]) or int(header["qform_code"]) or ALIGNED
    for row, name in enumerate(("srow_x", "srow_y", "srow_z")):
        header[name] = affine[row]
    header["sform_code"], header["qform_code"] = code, 0
    header["pixdim"][1:4] = zooms_of(affine)
    time_unit = int(header["xyzt_units"]) & 0b111000
    header["xyzt_units"] = time_unit | 2  # NIFTI_UNITS_MM, nifti1.h
    return bytes(header.binaryblock)


def reformat(volume: Volume, onto: Grid, *, is_nearest: bool = False) -> Volume:
    """Return an image cut on another grid.

    Parameters
    ----------
    volume : Volume
        Any image.
    onto : Grid
        Where voxels are wanted; what the image does not reach is 0.
    is_nearest : bool
        Take the nearest voxel, as masks and atlases need it, else interpolate.

    Returns
    -------
    Volume
        Of the same type where the nearest voxel is taken and for colors, else
        float32 (float64 for float64).
    """
    if not is_nearest and volume.header.components is not Components.COLORS:
        return volume.onto(onto)
    if is_nearest:
        data = resample_nearest(volume.data, volume.grid, onto)
    else:
        between = resample_linear(volume.data, volume.grid, onto)
        data = np.round(between).astype(volume.dtype)
    return Volume(data, onto, volume.header_elsewhere())
