"""NIfTI-1 and NIfTI-2: ``.nii``, ``.nii.gz`` and pairs of ``.hdr`` and ``.img``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nora_core.errors import ImageFileError
from nora_core.geometry.affine import affine_of
from nora_core.geometry.grid import Grid
from nora_core.images.components import Components
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
from nora_core.images.header import Form, ImageHeader
from nora_core.images.stored import StoredArray, with_axis_last
from nora_core.images.volume import Volume

if TYPE_CHECKING:
    from nibabel.nifti1 import Nifti1Header

SINGLE_MAGIC = (b"n+1\0", b"n+2\0")
PAIR_MAGIC = (b"ni1\0", b"ni2\0")
NIFTI1_BYTES = 348
NIFTI2_BYTES = 540
ALIGNED = 2
"""Code of an affine that the file did not bring: aligned to something else."""
_NIFTI1_MAX_SIZE = 32767
_CIFTI_INTENTS = range(3000, 3100)
_VECTOR_INTENTS = (1006, 1007)
"""Displacements and vectors, nifti1.h."""
_COLOR_COUNTS = {128: 3, 2304: 4}
"""RGB24 and RGBA32, nifti1.h."""
_COLOR_TYPES = {count: code for code, count in _COLOR_COUNTS.items()}
_MM_OF_UNIT = {"meter": 1000.0, "mm": 1.0, "micron": 0.001, "unknown": 1.0}
_SECONDS_OF_UNIT = {"sec": 1.0, "msec": 1e-3, "usec": 1e-6}


def read_nifti(path: Path) -> Volume:
    """Open a NIfTI image; voxels are read when they are asked for.

    The grid comes from the sform where its code is above 0, else from the qform,
    else from the voxel sizes alone. Meters and microns become mm.

    Raises
    ------
    ImageFileError
        Not NIfTI, truncated, surface data, or an affine that is no affine.
    """
    path = Path(path)
    with naming(path):
        header = _read_header(path)
        shape = _image_shape(header, path)
        mm = _MM_OF_UNIT.get(_units(header)[0], 1.0)
        sform, qform = _forms(header, mm)
        i, j, k = shape[:3]
        grid = Grid((i, j, k), _best_affine(header, sform, qform, mm))
        voxels = _voxels(path, header, shape)
    step = _time_step_s(header) if len(shape) == 4 else None
    components = _components(header, shape)
    more = ImageHeader(sform, qform, step, _description(header), components)
    return Volume(voxels, grid, more)


def _read_header(path: Path) -> Nifti1Header:
    from nibabel.nifti1 import Nifti1Header
    from nibabel.nifti2 import Nifti2Header

    with open_binary(path) as file:
        start = file.read(NIFTI2_BYTES)
        sizes = {int.from_bytes(start[:4], order) for order in ("little", "big")}
        is_second = NIFTI2_BYTES in sizes
        magic = start[4:8] if is_second else start[344:348]
        is_known = is_second or NIFTI1_BYTES in sizes
        if not is_known or magic not in SINGLE_MAGIC + PAIR_MAGIC:
            raise ImageFileError(
                f"{path}: not a NIfTI image: its header has the wrong magic bytes"
            )
        if is_second and len(start) < NIFTI2_BYTES:
            raise EOFError
    header = Nifti2Header(start) if is_second else Nifti1Header(start[:NIFTI1_BYTES])
    intent = int(header["intent_code"])
    if intent in _CIFTI_INTENTS:
        raise ImageFileError(f"{path}: holds surface data (CIFTI-2), not an image")
    return header


def _image_shape(header: Nifti1Header, path: Path) -> tuple[int, ...]:
    """Return (i, j, k) or (i, j, k, t); a vector's fifth axis counts as frames."""
    shape = tuple(int(size) for size in header.get_data_shape())
    if not shape or min(shape) < 1:
        raise ImageFileError(f"{path}: the header gives the sizes {shape}")
    shape += (1,) * (3 - len(shape))
    frames = [size for size in shape[3:] if size > 1]
    if len(frames) > 1:
        raise ImageFileError(f"{path}: has the shape {shape}; at most 4 axes can be")
    return (*shape[:3], *frames)


def _data_type(header: Nifti1Header, path: Path) -> np.dtype[Any]:
    dtype: np.dtype[Any] = header.get_data_dtype()
    if dtype.kind not in "iufc":
        raise ImageFileError(
            f"{path}: holds voxels of the type {header['datatype']}, which cannot be "
            "read; convert it to a common type"
        )
    return dtype


def _voxels(path: Path, header: Nifti1Header, shape: tuple[int, ...]) -> StoredArray:
    voxel_file = _voxel_file(path, header)
    offset = int(header.get_data_offset())
    packed_from = 0 if is_gzip(voxel_file) else None
    color_count = _color_count(header)
    if color_count:
        if len(shape) > 3:
            raise ImageFileError(
                f"{path}: holds {shape[3]} frames in color; only one can be read"
            )
        colors = (color_count, *shape)
        layout = RawLayout(np.dtype(np.uint8), colors, offset, packed_from)
        return with_axis_last(stored_voxels(voxel_file, layout), 0)
    layout = RawLayout(_data_type(header, path), shape, offset, packed_from)
    slope, intercept = header.get_slope_inter()
    return stored_voxels(
        voxel_file,
        layout,
        1.0 if slope is None else float(slope),
        0.0 if intercept is None else float(intercept),
    )


def _color_count(header: Nifti1Header) -> int:
    return _COLOR_COUNTS.get(int(header["datatype"]), 0)


def _components(header: Nifti1Header, shape: tuple[int, ...]) -> Components | None:
    if _color_count(header):
        return Components.COLORS
    is_vector = int(header["intent_code"]) in _VECTOR_INTENTS
    return Components.VECTORS if is_vector and shape[3:] == (3,) else None


def _voxel_file(path: Path, header: Nifti1Header) -> Path:
    is_pair = header["magic"].item() + b"\0" in PAIR_MAGIC
    if not is_pair or path.suffix.lower() != ".hdr":
        return path
    return path.with_suffix(".IMG" if path.suffix.isupper() else ".img")


def _units(header: Nifti1Header) -> tuple[str, str]:
    try:
        space, time = header.get_xyzt_units()
    except KeyError:  # an unused code
        return "unknown", "unknown"
    return str(space), str(time)


def _time_step_s(header: Nifti1Header) -> float | None:
    seconds = _SECONDS_OF_UNIT.get(_units(header)[1])
    step = float(header["pixdim"][4])
    if seconds is None or not np.isfinite(step) or step <= 0:
        return None
    return step * seconds


def _description(header: Nifti1Header) -> str:
    return bytes(header["descrip"].item()).decode("utf-8", "replace").strip("\0 ")


def _forms(header: Nifti1Header, mm: float) -> tuple[Form | None, Form | None]:
    """Return sform and qform in mm; ``None`` for what the file does not have.

    A qform that is no rotation counts as missing where an sform tells the place.
    """
    sform = qform = None
    if header["sform_code"] > 0:
        sform = _form(int(header["sform_code"]), header.get_sform(), mm)
    if header["qform_code"] > 0:
        try:
            qform = _form(int(header["qform_code"]), header.get_qform(), mm)
        except ValueError as error:
            if sform is None:
                raise ValueError(f"its qform is no rotation: {error}") from error
    return sform, qform


def _form(code: int, affine: NDArray[Any], mm: float) -> Form:
    in_mm = np.asarray(affine, np.float64) * np.array([[mm], [mm], [mm], [1.0]])
    return Form(code, in_mm)


def _best_affine(
    header: Nifti1Header, sform: Form | None, qform: Form | None, mm: float
) -> NDArray[np.float64]:
    form = sform or qform
    if form is not None:
        return form.affine
    return affine_of(
        np.diag(header["pixdim"][1:4].astype(np.float64) * mm), np.zeros(3)
    )


def write_nifti(path: Path, volume: Volume) -> None:
    """Write an image as ``.nii`` or ``.nii.gz``, whole or not at all.

    Both affines that the image came with are kept, as far as they still say where
    it lies; scaled voxels that nobody has looked at stay scaled integers.
    """
    path = Path(path)
    data, slope, intercept = _stored_values(volume)
    header = _new_header(volume, data.dtype)
    if int(header["datatype"]) in _COLOR_COUNTS:
        data = np.moveaxis(data, 3, 0)
    header["scl_slope"], header["scl_inter"] = slope, intercept
    with (
        naming(path, "written"),
        replacing(path) as plain,
        compressing(plain, path.suffix.lower() == ".gz") as file,
    ):
        file.write(header.binaryblock + b"\0\0\0\0")  # no extensions
        write_voxels(file, data)


def _stored_values(volume: Volume) -> tuple[NDArray[Any], float, float]:
    stored = volume.stored
    if stored is not None and stored.is_scaled and not volume.is_loaded:
        return stored.read(None).reshape(volume.shape), stored.slope, stored.intercept
    data = volume.data
    if data.dtype == np.bool_:
        data = data.view(np.uint8)
    if data.dtype == np.float16:
        data = data.astype(np.float32)
    return data.astype(data.dtype.newbyteorder("="), copy=False), 1.0, 0.0


def _new_header(volume: Volume, dtype: np.dtype[Any]) -> Nifti1Header:
    from nibabel.nifti1 import Nifti1Header
    from nibabel.nifti2 import Nifti2Header

    is_large = max(volume.shape) > _NIFTI1_MAX_SIZE
    header = Nifti2Header() if is_large else Nifti1Header()
    _set_kind(header, volume, dtype)
    header["magic"] = b"n+2" if is_large else b"n+1"
    header["vox_offset"] = header.sizeof_hdr + 4
    sform, qform = _forms_to_write(volume)
    header["pixdim"][1:4] = volume.grid.zooms_mm
    if qform is not None:
        header.set_qform(qform.affine, qform.code)
    if sform is not None:
        header.set_sform(sform.affine, sform.code)
    header.set_xyzt_units("mm", "sec")
    header["pixdim"][4] = volume.header.time_step_s or 0.0
    header["descrip"] = volume.header.description.encode()[:79]
    return header


def _set_kind(header: Nifti1Header, volume: Volume, dtype: np.dtype[Any]) -> None:
    """Set shape and type, and say what the fourth axis is where it is not time."""
    components, shape = volume.header.components, volume.shape
    if components is Components.COLORS and dtype == np.uint8 and len(shape) == 4:
        header.set_data_shape(shape[:3])
        header["datatype"], header["bitpix"] = _COLOR_TYPES[shape[3]], 8 * shape[3]
        return
    header.set_data_dtype(dtype)
    header.set_data_shape(shape)
    if components is Components.VECTORS and shape[3:] == (3,):
        header.set_data_shape((*shape[:3], 1, 3))
        header["intent_code"] = _VECTOR_INTENTS[-1]


def _forms_to_write(volume: Volume) -> tuple[Form | None, Form | None]:
    """Return the sform and qform that the image came with, if they still hold."""
    sform, qform = volume.header.sform, volume.header.qform
    kept = sform or qform
    shape = volume.grid.shape
    if kept is not None and Grid(shape, kept.affine).is_close(volume.grid):
        return sform, qform
    return Form(ALIGNED, volume.grid.affine), None
