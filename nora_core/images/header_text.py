"""What an image says about itself, as lines to read; nothing about the patient."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nora_core.geometry.affine import Affine
from nora_core.images.components import Components
from nora_core.images.formats.dispatch import read_volume
from nora_core.images.header import Form
from nora_core.images.volume import Volume

_FORM_CODES = {
    0: "unknown",
    1: "scanner",
    2: "aligned to another image",
    3: "Talairach",
    4: "MNI 152",
}
"""nifti1.h."""


@dataclass(frozen=True)
class HeaderLine:
    """One line of a table: a name, a value and the value's unit, which may be empty."""

    name: str
    value: str
    unit: str = ""


def header_lines(image: Volume | Path | str) -> list[HeaderLine]:
    """Return what an image's header says, in words.

    Free text of the file is left out, since programs put patients' names there: give
    the volume to :func:`description_line` for it.

    Parameters
    ----------
    image : Volume, or path
        A path is opened; no voxels are read.

    Raises
    ------
    ImageFileError
        The file is broken, or no image.
    """
    volume = image if isinstance(image, Volume) else read_volume(image)
    grid = volume.grid
    extent_mm = np.multiply(grid.shape, grid.zooms_mm)
    lines = [
        HeaderLine("Size", _times(grid.shape), "voxels"),
        HeaderLine("Voxel size", _times(grid.zooms_mm), "mm"),
        HeaderLine("Field of view", _times(extent_mm), "mm"),
        *_frame_lines(volume),
        *_value_lines(volume),
        HeaderLine("Orientation", grid.orientation),
        HeaderLine("Center", _numbers(grid.center_mm), "mm (R, A, S)"),
        HeaderLine("First voxel", _numbers(grid.to_world((0, 0, 0))), "mm (R, A, S)"),
        *_affine_lines("Affine", grid.affine),
    ]
    header = volume.header
    for name, form in (("sform", header.sform), ("qform", header.qform)):
        if form is not None:
            lines += _form_lines(name, form)
    return lines


def description_line(volume: Volume) -> HeaderLine:
    """Return the free text of a file, which may name the patient."""
    return HeaderLine("Description", volume.header.description)


def _frame_lines(volume: Volume) -> list[HeaderLine]:
    components = volume.header.components
    if volume.frame_count == 1:
        return []
    if components is not None:
        what = "Colors" if components is Components.COLORS else "Components"
        return [HeaderLine(what, str(volume.frame_count))]
    lines = [HeaderLine("Frames", str(volume.frame_count))]
    step = volume.header.time_step_s
    if step is not None:
        lines.append(HeaderLine("Time step", _number(step), "s"))
    return lines


def _value_lines(volume: Volume) -> list[HeaderLine]:
    stored = volume.stored
    lines = [HeaderLine("Values", str(volume.dtype))]
    if stored is not None and stored.is_scaled:
        lines += [
            HeaderLine("Stored as", str(stored.stored_dtype)),
            HeaderLine("Slope", _number(stored.slope)),
            HeaderLine("Intercept", _number(stored.intercept)),
        ]
    return lines


def _form_lines(name: str, form: Form) -> list[HeaderLine]:
    meaning = _FORM_CODES.get(form.code, "unknown")
    code = HeaderLine(f"{name} code", f"{form.code} ({meaning})")
    return [code, *_affine_lines(name, form.affine)]


def _affine_lines(name: str, affine: Affine) -> list[HeaderLine]:
    rows = zip("xyz", affine[:3], strict=True)
    return [HeaderLine(f"{name} {axis}", _numbers(row), "mm") for axis, row in rows]


def _times(numbers: object) -> str:
    return " × ".join(_number(float(number)) for number in np.asarray(numbers))


def _numbers(numbers: object) -> str:
    return "  ".join(_number(float(number)) for number in np.asarray(numbers))


def _number(number: float) -> str:
    return f"{number + 0.0:.6g}"
