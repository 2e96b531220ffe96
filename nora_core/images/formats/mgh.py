"""FreeSurfer's ``.mgh`` and ``.mgz``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nora_core.errors import ImageFileError
from nora_core.geometry.affine import affine_of
from nora_core.geometry.grid import Grid
from nora_core.images.formats.atomic import replacing
from nora_core.images.formats.raw import (
    RawLayout,
    compressing,
    is_gzip,
    naming,
    open_binary,
    stored_voxels,
    write_voxels,
)
from nora_core.images.header import ImageHeader
from nora_core.images.volume import Volume

if TYPE_CHECKING:
    from nibabel.freesurfer.mghformat import MGHHeader

DATA_OFFSET = 284
"""Bytes before the voxels, see FreeSurfer's wiki, MghFormat."""
_HEADER_BYTES = 90
_FOOTER_BYTES = 20
_KNOWN_TYPES = ("u1", "i2", "u2", "i4", "f4")
_WIDER_TYPE = {"i1": "i2", "f2": "f4", "f8": "f4", "b1": "u1"}
_INT32 = np.iinfo(np.int32)


def read_mgh(path: Path) -> Volume:
    """Open an MGH image; voxels are read when they are asked for.

    Raises
    ------
    ImageFileError
        Not MGH, truncated, or an affine that is no affine.
    """
    path = Path(path)
    with naming(path):
        header = _read_header(path)
        i, j, k, frames = (int(size) for size in header["dims"])
        if min(i, j, k, frames) < 1:
            raise ImageFileError(f"{path}: the header gives the sizes {i, j, k}")
        grid = Grid((i, j, k), _affine(header))
        layout = RawLayout(
            header.get_data_dtype(),
            (i, j, k, frames) if frames > 1 else (i, j, k),
            DATA_OFFSET,
            0 if is_gzip(path) else None,
        )
        voxels = stored_voxels(path, layout)
        step = _time_step_s(path, layout) if frames > 1 else None
    return Volume(voxels, grid, ImageHeader(time_step_s=step))


def _read_header(path: Path) -> MGHHeader:
    from nibabel.freesurfer.mghformat import MGHHeader

    with open_binary(path) as file:
        start = file.read(_HEADER_BYTES)
    if start[:4] != b"\0\0\0\1":
        raise ImageFileError(f"{path}: not an MGH image: its header is no version 1")
    if len(start) < _HEADER_BYTES:
        raise EOFError
    return MGHHeader(start)


def _affine(header: MGHHeader) -> NDArray[np.float64]:
    """Return voxel to RAS+ mm: MGH stores cosines, sizes and the center voxel."""
    axes = header["Mdc"].T.astype(np.float64) * header["delta"]
    middle = axes @ (header["dims"][:3] / 2)
    return affine_of(axes, header["Pxyz_c"] - middle)


def _time_step_s(path: Path, layout: RawLayout) -> float | None:
    with open_binary(path) as file:
        file.seek(layout.offset + layout.byte_count)
        footer = file.read(4)
    step_ms = float(np.frombuffer(footer, ">f4")[0]) if len(footer) == 4 else 0.0
    return step_ms / 1000 if np.isfinite(step_ms) and step_ms > 0 else None


def write_mgh(path: Path, volume: Volume) -> None:
    """Write an image as ``.mgh`` or ``.mgz``, whole or not at all.

    Raises
    ------
    ImageFileError
        The format has no type for these voxels: complex, or integers beyond 32 bit.
    """
    from nibabel.freesurfer.mghformat import MGHHeader

    path = Path(path)
    data = _fitting(volume.data, path)
    grid = volume.grid
    header = MGHHeader()
    header.set_data_dtype(data.dtype)
    header.set_data_shape(volume.shape)
    header["goodRASFlag"] = 1
    header["delta"] = grid.zooms_mm
    header["Mdc"] = (grid.affine[:3, :3] / grid.zooms_mm).T
    header["Pxyz_c"] = grid.to_world(np.array(grid.shape) / 2)
    header["tr"] = (volume.header.time_step_s or 0.0) * 1000
    block = header.binaryblock
    is_compressed = path.suffix.lower() in (".mgz", ".gz")
    with (
        naming(path, "written"),
        replacing(path) as plain,
        compressing(plain, is_compressed) as file,
    ):
        file.write(block[:_HEADER_BYTES].ljust(DATA_OFFSET, b"\0"))
        write_voxels(file, data.astype(data.dtype.newbyteorder(">"), copy=False))
        file.write(block[_HEADER_BYTES : _HEADER_BYTES + _FOOTER_BYTES])


def _fitting(data: NDArray[Any], path: Path) -> NDArray[Any]:
    """Return the voxels in a type of MGH: the next wider, float32 for float64."""
    name = data.dtype.str[1:]
    if name in _KNOWN_TYPES:
        return data
    if name in _WIDER_TYPE:
        return data.astype(_WIDER_TYPE[name])
    if data.dtype.kind in "iu" and _INT32.min <= data.min() <= data.max() <= _INT32.max:
        return data.astype(np.int32)
    raise ImageFileError(
        f"{path}: MGH cannot hold {data.dtype} voxels; save as .nii.gz or .nrrd"
    )
