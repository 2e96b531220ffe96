"""Real DICOM files that come with pydicom and nibabel."""

from __future__ import annotations

import pydicom.data
import pytest

from nora_core.dicom import find_series
from nora_core.errors import ImageFileError
from nora_core.images import read_volume


def packaged(name):
    path = pydicom.data.get_testdata_file(name, download=False)
    assert path is not None
    return path


@pytest.mark.parametrize(
    ("name", "shape", "dtype"),
    [
        ("CT_small.dcm", (128, 128, 1), "float32"),
        ("MR_small.dcm", (64, 64, 1), "int16"),
        ("MR_small_RLE.dcm", (64, 64, 1), "int16"),
        ("MR_small_bigendian.dcm", (64, 64, 1), "int16"),
        ("MR_small_implicit.dcm", (64, 64, 1), "int16"),
        ("693_J2KI.dcm", (512, 512, 1), "float32"),
    ],
)
def test_pictures_with_a_place_are_read(name, shape, dtype):
    volume = read_volume(packaged(name))

    assert (volume.shape, str(volume.data.dtype)) == (shape, dtype)


def test_all_codings_of_one_picture_hold_the_same_values():
    plain = read_volume(packaged("MR_small.dcm"))
    for name in ("MR_small_RLE.dcm", "MR_small_jpeg_ls_lossless.dcm"):
        coded = read_volume(packaged(name))

        assert (coded.data == plain.data).all()
        assert coded.grid == plain.grid


@pytest.mark.parametrize("name", ["rtplan.dcm", "reportsi.dcm"])
def test_files_without_pictures_are_left_out(name):
    found = find_series([packaged(name)])

    assert (found.series, found.skipped, found.broken) == ((), (), ())


@pytest.mark.parametrize(
    "name",
    [
        "ExplVR_BigEnd.dcm",
        "rtdose.dcm",
        "liver_1frame.dcm",
        "MR_truncated.dcm",
        "no_meta.dcm",
        "badVR.dcm",
        "image_dfl.dcm",
    ],
)
def test_what_is_no_volume_raises_an_image_file_error(name):
    with pytest.raises(ImageFileError):
        _ = read_volume(packaged(name)).data
