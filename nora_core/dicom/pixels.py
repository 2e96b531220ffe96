"""Decode the pixels of slices into voxels."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nora_core.dicom.slices import Slice
from nora_core.dicom.stack import Stack
from nora_core.errors import ImageFileError
from nora_core.images.stored import StoredArray


def check_decoder(transfer_syntax_uid: str) -> None:
    """Refuse pixels that no installed package can decode.

    Raises
    ------
    ImageFileError
        Names the coding and the way out.
    """
    from pydicom.pixels.decoders.base import get_decoder
    from pydicom.uid import UID

    syntax = UID(transfer_syntax_uid)
    if not syntax or (syntax.is_transfer_syntax and not syntax.is_compressed):
        return
    try:
        is_known = get_decoder(syntax).is_available
    except NotImplementedError:
        is_known = False
    if not is_known:
        raise ImageFileError(
            f"pixels are coded as {syntax.name} ({syntax}), which no installed package "
            "decodes; run 'pip install napari-nora[dicom]' or convert with dcm2niix"
        )


def stored_stack(stack: Stack) -> StoredArray:
    """Return the voxels of a stack, decoded when they are asked for.

    Slices that are scaled differently (PET) are scaled one by one to float32.
    """
    first = stack.frames[0][0]
    scalings = {(one.slope, one.intercept) for frame in stack.frames for one in frame}
    is_uniform = len(scalings) == 1
    dtype = first.dtype if is_uniform else np.dtype(np.float32)

    def read(frame: int | None) -> NDArray[Any]:
        shape = _shape_of(stack, frame)
        voxels = np.empty(math.prod(shape), dtype=dtype)
        fill(frame, voxels)
        return voxels.reshape(shape, order="F")

    def fill(frame: int | None, target: NDArray[Any]) -> None:
        frames = stack.frames if frame is None else stack.frames[frame : frame + 1]
        voxels = target.reshape((*stack.grid.shape, len(frames)), order="F")
        _fill(voxels, frames, is_scaling=not is_uniform)

    shape = _shape_of(stack, None)
    slope, intercept = scalings.pop() if is_uniform else (1.0, 0.0)
    return StoredArray(shape, dtype, read, slope, intercept, fill)


def _shape_of(stack: Stack, frame: int | None) -> tuple[int, ...]:
    is_series = frame is None and len(stack.frames) > 1
    return (*stack.grid.shape, len(stack.frames)) if is_series else stack.grid.shape


def _fill(
    voxels: NDArray[Any], frames: tuple[tuple[Slice, ...], ...], is_scaling: bool
) -> None:
    """Decode each file once and put its slices at their places in ``voxels``."""
    wanted: dict[Any, list[tuple[Slice, int, int]]] = {}
    for t, frame in enumerate(frames):
        for k, one in enumerate(frame):
            wanted.setdefault(one.path, []).append((one, k, t))
    for places in wanted.values():
        pictures = _decode(places[0][0])
        for one, k, t in places:
            picture = pictures if one.frame is None else pictures[one.frame]
            if picture.shape != one.shape:
                raise ImageFileError(
                    f"{one.path}: has pixels of shape {picture.shape}, "
                    f"its header says {one.shape}"
                )
            values = picture * one.slope + one.intercept if is_scaling else picture
            voxels[:, :, k, t] = values.T


def _decode(one: Slice) -> NDArray[Any]:
    """Return the pixels of a file: (rows, columns), or (frames, rows, columns)."""
    import pydicom

    try:
        dataset = pydicom.dcmread(one.path, force=True)
        pixels = dataset.pixel_array
    except Exception as error:
        text = str(error).split("\n")[0]
        raise ImageFileError(
            f"{one.path}: pixels cannot be decoded: {text}; copy the file again"
        ) from error
    is_single_frame = one.frame is not None and pixels.ndim == 2
    return pixels[np.newaxis] if is_single_frame else pixels
