"""NRRD, the format of 3D Slicer: ``.nrrd``, and ``.nhdr`` with its data beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nora_core.errors import ImageFileError
from nora_core.geometry.affine import affine_of, lps_to_ras
from nora_core.geometry.grid import Grid
from nora_core.images.components import Components
from nora_core.images.formats.atomic import replacing
from nora_core.images.formats.raw import (
    RawLayout,
    compressing,
    naming,
    stored_voxels,
    write_voxels,
)
from nora_core.images.header import ImageHeader
from nora_core.images.stored import StoredArray, with_axis_last
from nora_core.images.volume import Volume

Fields = Mapping[str, Any]

MAGIC = b"NRRD000"
_SIGNS_OF_SPACE = {
    "right-anterior-superior": (1, 1, 1),
    "ras": (1, 1, 1),
    "left-anterior-superior": (-1, 1, 1),
    "las": (-1, 1, 1),
    "left-posterior-superior": (-1, -1, 1),
    "lps": (-1, -1, 1),
}
"""What turns the coordinates of a space into RAS+."""
_MM_OF_UNIT = {"m": 1000.0, "cm": 10.0, "um": 0.001}
_SECONDS_OF_UNIT = {"": 1.0, "s": 1.0, "sec": 1.0, "ms": 1e-3, "us": 1e-6}
_TYPE_NAMES = {
    "i1": "int8",
    "u1": "uint8",
    "i2": "int16",
    "u2": "uint16",
    "i4": "int32",
    "u4": "uint32",
    "i8": "int64",
    "u8": "uint64",
    "f4": "float",
    "f8": "double",
}


def read_nrrd(path: Path) -> Volume:
    """Open an NRRD image; voxels are read when they are asked for.

    Left-posterior-superior, left-anterior-superior and right-anterior-superior
    spaces become RAS+ mm; a header without a space is taken as RAS+. An axis
    without a direction becomes the last one.

    Raises
    ------
    ImageFileError
        Not NRRD, truncated, data outside the header's folder, a space that
        does not say where left is, or an affine that is no affine.
    """
    path = Path(path)
    with naming(path):
        fields, header_bytes = _read_fields(path)
        sizes = tuple(int(size) for size in fields["sizes"])
        axes = _directions(fields, len(sizes))
        spatial = [n for n, axis in enumerate(axes) if np.isfinite(axis).all()]
        others = [n for n in range(len(sizes)) if n not in spatial]
        if len(spatial) != 3 or len(others) > 1 or min(sizes) < 1:
            raise ImageFileError(
                f"{path}: has {len(spatial)} axes in space and {len(others)} others "
                f"(sizes {sizes}); three in space and at most one other can be read"
            )
        i, j, k = (sizes[n] for n in spatial)
        grid = Grid((i, j, k), _affine(fields, axes[spatial], path))
        voxels = _voxels(path, fields, header_bytes, sizes)
        step = _time_step_s(fields, others[0]) if others else None
        components = _components(fields, others[0], voxels) if others else None
    if others and others[0] != 3:
        voxels = with_axis_last(voxels, others[0])
    return Volume(voxels, grid, ImageHeader(time_step_s=step, components=components))


def _read_fields(path: Path) -> tuple[Fields, int]:
    """Return the header's fields by their names and how many bytes it takes."""
    import nrrd

    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise ImageFileError(f"{path}: not an NRRD image: wrong magic bytes")
        file.seek(0)
        fields = nrrd.read_header(file)
        header_bytes = file.tell()
    missing = {"type", "dimension", "sizes", "encoding"} - set(fields)
    if missing or len(fields["sizes"]) != fields["dimension"]:
        raise ImageFileError(f"{path}: the header is incomplete: {sorted(missing)}")
    return fields, header_bytes


def _directions(fields: Fields, dimension: int) -> NDArray[np.float64]:
    """Return a row per axis: its step in space, NaN for an axis outside space."""
    if "space directions" in fields:
        rows = fields["space directions"]
        none = np.full(3, np.nan)
        return np.array([none if row is None else row for row in rows], np.float64)
    axes = np.full((dimension, 3), np.nan)
    spacings = np.asarray(fields.get("spacings", np.ones(dimension)), np.float64)
    spacings = np.where(np.isfinite(spacings), spacings, 1.0)
    axes[:3] = np.diag(spacings[:3])[: len(axes)]
    return axes


def _affine(
    fields: Fields, axes: NDArray[np.float64], path: Path
) -> NDArray[np.float64]:
    space = str(fields.get("space", "right-anterior-superior")).lower()
    signs = _SIGNS_OF_SPACE.get(space)
    if signs is None:
        raise ImageFileError(
            f"{path}: the space {space!r} does not say where left is; "
            f"known: {', '.join(_SIGNS_OF_SPACE)}"
        )
    unit = str(next(iter(fields.get("space units", [])), "mm")).strip('"')
    origin = np.asarray(fields.get("space origin", np.zeros(3)), np.float64)
    scale = np.array(signs, np.float64) * _MM_OF_UNIT.get(unit, 1.0)
    return affine_of(scale[:, None] * axes.T, scale * origin)


def _voxels(
    path: Path, fields: Fields, header_bytes: int, sizes: tuple[int, ...]
) -> StoredArray:
    data_path, start = path, header_bytes
    name = fields.get("data file", fields.get("datafile"))
    if name is not None:
        if Path(name).name != name or "%" in name or name == "LIST":
            raise ImageFileError(
                f"{path}: names the data file {name!r}; it must be one file "
                "in the same folder"
            )
        data_path, start = path.with_name(name), 0
    if int(fields.get("line skip", fields.get("lineskip", 0))):
        raise ImageFileError(f"{path}: 'line skip' cannot be read; save it again")
    skip = int(fields.get("byte skip", fields.get("byteskip", 0)))
    dtype = _data_type(fields, path)
    encoding = str(fields["encoding"]).lower()
    if encoding in ("gz", "gzip"):
        layout = RawLayout(dtype, sizes, max(skip, 0), packed_from=start)
    elif encoding == "raw":
        layout = RawLayout(dtype, sizes, start + max(skip, 0))
        if skip < 0:  # counted from the end
            at_end = data_path.stat().st_size - layout.byte_count
            layout = RawLayout(dtype, sizes, max(at_end, start))
    else:
        raise ImageFileError(
            f"{path}: the encoding {encoding!r} cannot be read; save it as gzip or raw"
        )
    return stored_voxels(data_path, layout)


def _data_type(fields: Fields, path: Path) -> np.dtype[Any]:
    from nrrd.reader import _TYPEMAP_NRRD2NUMPY as TYPES

    if fields["type"] not in TYPES or TYPES[fields["type"]] == "V":
        raise ImageFileError(f"{path}: unknown voxel type {fields['type']!r}")
    dtype: np.dtype[Any] = np.dtype(TYPES[fields["type"]])
    if dtype.itemsize == 1:
        return dtype
    if fields.get("endian") not in ("little", "big"):
        raise ImageFileError(f"{path}: the header does not name its byte order")
    return dtype.newbyteorder("<" if fields["endian"] == "little" else ">")


def _components(fields: Fields, axis: int, voxels: StoredArray) -> Components | None:
    """Return what an axis outside space holds, by its kind."""
    kinds = fields.get("kinds", [])
    kind = str(kinds[axis]).casefold() if axis < len(kinds) else ""
    count = voxels.shape[axis]
    if "color" in kind:
        is_picture = voxels.dtype == np.uint8 and count in (3, 4)
        return Components.COLORS if is_picture else None
    return Components.VECTORS if "vector" in kind and count == 3 else None


def _time_step_s(fields: Fields, axis: int) -> float | None:
    units = [str(unit).strip('"') for unit in fields.get("units", [])]
    unit = units[axis] if axis < len(units) else ""
    spacings = fields.get("spacings")
    if spacings is None or unit not in _SECONDS_OF_UNIT:
        return None
    step = float(spacings[axis])
    return step * _SECONDS_OF_UNIT[unit] if np.isfinite(step) and step > 0 else None


def write_nrrd(path: Path, volume: Volume) -> None:
    """Write an image as ``.nrrd`` in the left-posterior-superior space, gzip-packed.

    Raises
    ------
    ImageFileError
        The format has no type for these voxels.
    """
    path = Path(path)
    data = volume.data
    if data.dtype == np.bool_:
        data = data.view(np.uint8)
    if data.dtype.str[1:] not in _TYPE_NAMES:
        raise ImageFileError(
            f"{path}: NRRD cannot hold {data.dtype} voxels; save as .nii.gz"
        )
    with naming(path, "written"), replacing(path) as file:
        file.write(_header_text(volume, data).encode("ascii"))
        with compressing(file, is_compressed=True) as packed:
            write_voxels(packed, data.astype(data.dtype.newbyteorder("<"), copy=False))


def _header_text(volume: Volume, data: NDArray[Any]) -> str:
    affine = lps_to_ras(volume.grid.affine)
    directions = [_vector(affine[:3, n]) for n in range(3)]
    has_frames = data.ndim == 4
    step = volume.header.time_step_s
    kinds = ["domain"] * 3 + [_kind_of_frames(volume)] * has_frames
    lines = [
        "NRRD0005",
        f"type: {_TYPE_NAMES[data.dtype.str[1:]]}",
        f"dimension: {data.ndim}",
        "space: left-posterior-superior",
        f"sizes: {' '.join(map(str, data.shape))}",
        f"space directions: {' '.join(directions + ['none'] * has_frames)}",
        f"kinds: {' '.join(kinds)}",
        "endian: little",
        "encoding: gzip",
        f"space origin: {_vector(affine[:3, 3])}",
    ]
    if has_frames and step:
        lines[7:7] = [f"spacings: nan nan nan {step!r}", 'units: "" "" "" "s"']
    return "\n".join(lines) + "\n\n"


def _kind_of_frames(volume: Volume) -> str:
    components = volume.header.components
    if components is Components.COLORS:
        return "RGB-color" if volume.frame_count == 3 else "RGBA-color"
    if components is Components.VECTORS:
        return "vector"
    return "time" if volume.header.time_step_s else "list"


def _vector(numbers: NDArray[np.float64]) -> str:
    return "(" + ",".join(repr(float(number)) for number in numbers) + ")"
