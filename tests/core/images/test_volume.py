"""Volumes and masks as values."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nora_core.errors import BadInput, GridMismatch
from nora_core.geometry.grid import Grid
from nora_core.geometry.orientation import all_orientation_codes
from nora_core.images import Form, ImageHeader, Mask, Surface, Volume
from nora_core.images.stored import StoredArray
from tests.strategies import grids, masks, volumes

GRID = Grid((2, 3, 4), np.diag([1.0, -2.0, 3.0, 1.0]))
CODES = st.sampled_from(all_orientation_codes())


def counting(shape=(2, 3, 4), slope=1.0, dtype=np.int16):
    """Stored voxels that write down each reading."""
    readings = []
    values = np.arange(np.prod(shape), dtype=dtype).reshape(shape, order="F")

    def read(frame):
        readings.append(frame)
        return values if frame is None else values[..., frame]

    return StoredArray(shape, np.dtype(dtype), read, slope), readings


def test_voxels_are_read_once_and_only_when_looked_at():
    stored, readings = counting()
    volume = Volume(stored, GRID)
    assert (volume.shape, volume.dtype, repr(volume)) == (
        (2, 3, 4),
        np.int16,
        "Volume((2, 3, 4), int16, RPS)",
    )
    assert readings == []
    assert not volume.is_loaded

    first, second = volume.data, volume.data

    assert readings == [None]
    assert first.base is second.base or first is second


def test_one_frame_is_read_alone():
    stored, readings = counting((2, 3, 4, 5))
    volume = Volume(stored, GRID)

    frame = volume.frame(3)

    assert readings == [3]
    np.testing.assert_array_equal(frame, volume.data[..., 3])


@pytest.mark.parametrize("index", [-1, 5])
def test_a_frame_that_is_not_there_is_refused(index):
    with pytest.raises(BadInput, match="has 5"):
        Volume(counting((2, 3, 4, 5))[0], GRID).frame(index)


@pytest.mark.parametrize(
    ("stored", "values"), [("i2", "f4"), ("u1", "f4"), ("f4", "f4"), ("f8", "f8")]
)
def test_scaled_values_are_float32_unless_the_file_has_more(stored, values):
    volume = Volume(counting(slope=0.5, dtype=stored)[0], GRID)

    assert volume.dtype == values
    assert volume.data.dtype == values
    assert volume.data[1, 0, 0] == 0.5


def test_a_single_frame_is_a_3d_image():
    assert Volume(np.zeros((2, 3, 4, 1)), GRID).data.shape == (2, 3, 4)


@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 5), (2, 3, 4, 2, 2), (2, 3, 4, 0)])
def test_voxels_that_do_not_fit_the_grid_are_refused(shape):
    with pytest.raises(GridMismatch, match="do not fit"):
        Volume(np.zeros(shape), GRID)


def test_new_values_keep_the_header():
    header = ImageHeader(sform=Form(1, GRID.affine), description="before")
    volume = Volume(np.zeros((2, 3, 4)), GRID, header)

    assert volume.with_data(volume.data + 1).header is header


@given(volumes(), CODES)
def test_turning_a_volume_there_and_back_is_identity(volume, code):
    back = volume.turned_to(code).turned_to(volume.grid.orientation)

    np.testing.assert_array_equal(back.data, volume.data)
    assert back.grid.is_close(volume.grid)


@given(masks(), CODES)
def test_the_volume_of_a_mask_does_not_depend_on_its_orientation(mask, code):
    assert mask.turned_to(code).volume_ml == pytest.approx(mask.volume_ml)


@given(masks())
def test_a_mask_is_as_large_as_its_voxels(mask):
    assert mask.volume_ml == pytest.approx(
        mask.data.sum() * np.prod(mask.grid.zooms_mm) / 1000
    )
    assert 0 <= mask.voxel_count <= mask.grid.voxel_count


@given(masks(max_size=5), CODES)
def test_a_mask_onto_its_turned_grid_and_back_is_identity(mask, code):
    turned = mask.onto(mask.turned_to(code).grid)

    np.testing.assert_array_equal(turned.onto(mask.grid).data, mask.data)


@given(volumes(), grids())
def test_resampling_gives_the_wanted_grid_and_keeps_the_frames(volume, onto):
    result = volume.onto(onto)

    assert result.grid == onto
    assert result.frame_count == volume.frame_count


@pytest.mark.parametrize("dtype", ["u1", "f4"])
def test_a_mask_of_numbers_is_refused_with_the_way_out(dtype):
    with pytest.raises(BadInput, match="data > 0"):
        Mask(np.zeros((2, 3, 4), dtype), GRID)


def test_a_mask_of_another_shape_is_refused():
    with pytest.raises(GridMismatch):
        Mask(np.zeros((4, 3, 2), bool), GRID)


@pytest.mark.parametrize("triangle", [(0, 1, 3), (-1, 0, 1)])
def test_a_triangle_without_corner_is_refused(triangle):
    corners = np.zeros((3, 3), np.float32)

    with pytest.raises(BadInput, match="there are 3"):
        Surface(corners, np.array([triangle], np.int32))


def test_importing_images_loads_no_readers_of_other_projects():
    code = (
        "import sys, nora_core.images, nora_core.dicom;"
        "heavy = {'nibabel', 'nrrd', 'pydicom', 'scipy'} & set(sys.modules);"
        "sys.exit(str(heavy) if heavy else 0)"
    )

    subprocess.run([sys.executable, "-c", code], check=True)
