"""What is special about NIfTI: two affines, scaling, units, odd shapes."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nora_core.errors import ImageFileError
from nora_core.geometry.grid import Grid
from nora_core.images import Form, ImageHeader, Volume, read_volume, write_volume
from tests.strategies import affines, volumes

SCANNER = np.diag([-2.0, 2.0, 3.0, 1.0])
TEMPLATE = np.array(
    [[-1.9, 0.1, 0.2, 40], [0.1, 2.1, 0.3, -60], [0, -0.2, 3.1, 9], [0, 0, 0, 1.0]]
)
DATA = np.arange(24, dtype=np.int16).reshape(2, 3, 4)


def by_nibabel(path, data=DATA, sform=(TEMPLATE, 4), qform=(SCANNER, 1), **fields):
    """Write with nibabel, then set header fields as they are."""
    image = nib.Nifti1Image(data, None)
    image.header.set_sform(*sform)
    image.header.set_qform(*qform)
    for name, value in fields.items():
        image.header[name] = value
    nib.save(image, path)
    return path


@pytest.mark.parametrize(
    ("sform_code", "qform_code", "expected"),
    [
        (4, 1, TEMPLATE),
        (1, 1, TEMPLATE),
        (0, 1, SCANNER),
        (4, 0, TEMPLATE),
        (0, 0, np.diag([2.0, 2.0, 3.0, 1.0])),
    ],
)
def test_the_sform_goes_before_the_qform(tmp_path, sform_code, qform_code, expected):
    path = by_nibabel(
        tmp_path / "a.nii", sform=(TEMPLATE, sform_code), qform=(SCANNER, qform_code)
    )

    np.testing.assert_allclose(read_volume(path).grid.affine, expected, atol=1e-5)


def test_a_broken_qform_is_left_out_beside_an_sform(tmp_path):
    path = by_nibabel(tmp_path / "a.nii", quatern_b=1.5)

    volume = read_volume(path)

    np.testing.assert_allclose(volume.grid.affine, TEMPLATE, atol=1e-5)
    assert volume.header.qform is None


def test_a_broken_qform_alone_is_refused(tmp_path):
    path = by_nibabel(tmp_path / "a.nii", sform=(TEMPLATE, 0), quatern_b=1.5)

    with pytest.raises(ImageFileError, match="qform"):
        read_volume(path)


@pytest.mark.parametrize("codes", [(4, 1), (0, 1), (2, 0), (1, 1)])
def test_both_affines_and_their_codes_survive_a_copy(tmp_path, codes):
    path = by_nibabel(
        tmp_path / "a.nii", sform=(TEMPLATE, codes[0]), qform=(SCANNER, codes[1])
    )

    write_volume(tmp_path / "b.nii.gz", read_volume(path))
    before, after = nib.load(path), nib.load(tmp_path / "b.nii.gz")

    for coded in ("get_sform", "get_qform"):
        old, old_code = getattr(before, coded)(coded=True)
        new, new_code = getattr(after, coded)(coded=True)
        assert new_code == old_code
        if old is not None:
            np.testing.assert_allclose(new, old, atol=1e-5)


@settings(max_examples=30)
@given(affine=affines())
def test_an_image_with_a_qform_alone_stays_in_its_place(tmp_path_factory, affine):
    folder = tmp_path_factory.mktemp("qform")
    path = by_nibabel(folder / "a.nii", sform=(None, 0), qform=(affine, 1))
    volume = read_volume(path)

    write_volume(folder / "b.nii", volume)

    assert read_volume(folder / "b.nii").grid.is_close(volume.grid)


def test_affines_of_another_place_are_not_written(tmp_path):
    volume = read_volume(by_nibabel(tmp_path / "a.nii"))
    moved = Volume(volume.data, Grid((2, 3, 4), SCANNER), volume.header)

    write_volume(tmp_path / "b.nii", moved)
    back = read_volume(tmp_path / "b.nii")

    np.testing.assert_array_equal(back.grid.affine, SCANNER)
    assert (back.header.sform.code, back.header.qform) == (2, None)


@given(volume=volumes())
@settings(max_examples=20)
def test_nibabel_reads_what_we_write(tmp_path_factory, volume):
    path = tmp_path_factory.mktemp("nib") / "a.nii.gz"
    write_volume(path, volume)

    image = nib.load(path)

    np.testing.assert_array_equal(np.asarray(image.dataobj), volume.data)
    np.testing.assert_allclose(image.affine, volume.grid.affine, atol=1e-4)


def test_scaled_voxels_stay_scaled_integers(tmp_path):
    path = rescale(by_nibabel(tmp_path / "a.nii"), 0.25, -3)
    volume = read_volume(path)

    write_volume(tmp_path / "b.nii", volume)
    image = nib.load(tmp_path / "b.nii")

    assert not volume.is_loaded
    np.testing.assert_array_equal(volume.data, DATA * np.float32(0.25) - 3)
    assert volume.data.dtype == np.float32
    assert image.get_data_dtype() == np.int16
    np.testing.assert_array_equal(image.get_fdata(), DATA * 0.25 - 3)


def test_values_changed_in_place_are_what_is_written(tmp_path):
    volume = read_volume(rescale(by_nibabel(tmp_path / "a.nii"), 0.25, -3))
    volume.data[:] = 77

    write_volume(tmp_path / "b.nii", volume)

    assert (read_volume(tmp_path / "b.nii").data == 77).all()


def rescale(path, slope, intercept):
    """Put a scaling into a finished file: nibabel resets it on saving."""
    content = bytearray(path.read_bytes())
    content[112:120] = np.array([slope, intercept], "<f4").tobytes()
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("slope", [0.0, 1.0, np.nan])
def test_a_slope_of_zero_one_or_nan_scales_nothing(tmp_path, slope):
    volume = read_volume(rescale(by_nibabel(tmp_path / "a.nii"), slope, 0.0))

    assert volume.dtype == np.int16
    np.testing.assert_array_equal(volume.data, DATA)


@pytest.mark.parametrize(("unit", "factor"), [("meter", 1000), ("micron", 0.001)])
def test_other_units_become_mm(tmp_path, unit, factor):
    image = nib.Nifti1Image(DATA, SCANNER)
    image.header.set_xyzt_units(unit, "msec")
    nib.save(image, tmp_path / "a.nii")

    grid = read_volume(tmp_path / "a.nii").grid

    np.testing.assert_allclose(grid.zooms_mm, np.array([2, 2, 3]) * factor, rtol=1e-6)


@pytest.mark.parametrize(
    ("shape", "ours"),
    [
        ((2, 3), (2, 3, 1)),
        ((2, 3, 4, 1), (2, 3, 4)),
        ((2, 3, 4, 5), (2, 3, 4, 5)),
        ((2, 3, 4, 1, 3), (2, 3, 4, 3)),
    ],
)
def test_shapes_become_three_axes_and_frames(tmp_path, shape, ours):
    path = by_nibabel(tmp_path / "a.nii", np.ones(shape, np.uint8))

    assert read_volume(path).data.shape == ours


def test_five_axes_are_refused(tmp_path):
    path = by_nibabel(tmp_path / "a.nii", np.ones((2, 2, 2, 2, 2), np.uint8))

    with pytest.raises(ImageFileError, match="at most 4 axes"):
        read_volume(path)


@pytest.mark.parametrize(
    ("row", "words"), [(np.nan, "NaN"), (np.inf, "infinite"), (0.0, "singular")]
)
def test_an_sform_that_is_no_affine_is_refused(tmp_path, row, words):
    path = by_nibabel(tmp_path / "a.nii")
    content = bytearray(path.read_bytes())
    content[280:296] = np.full(4, row, "<f4").tobytes()
    path.write_bytes(content)

    with pytest.raises(ImageFileError, match=words):
        read_volume(path)


def test_big_endian_files_and_pairs_are_read(tmp_path):
    image = nib.Nifti1Pair(DATA.astype(">i2"), SCANNER)
    image.header["magic"] = b"ni1"
    nib.save(image, tmp_path / "a.img")

    volume = read_volume(tmp_path / "a.hdr")

    np.testing.assert_array_equal(volume.data, DATA)
    assert volume.data.dtype.isnative


def test_a_pair_may_have_names_in_capitals(tmp_path):
    nib.save(nib.Nifti1Pair(DATA, SCANNER), tmp_path / "a.hdr")
    for ending in ("hdr", "img"):
        (tmp_path / f"a.{ending}").rename(tmp_path / f"A.{ending.upper()}")

    np.testing.assert_array_equal(read_volume(tmp_path / "A.HDR").data, DATA)


def test_nifti_2_is_read_and_written_for_long_axes(tmp_path):
    data = np.zeros((1, 1, 40_000), np.uint8)
    data[0, 0, -1] = 7

    write_volume(tmp_path / "a.nii", Volume(data, Grid(data.shape, SCANNER)))

    assert isinstance(nib.load(tmp_path / "a.nii"), nib.Nifti2Image)
    assert read_volume(tmp_path / "a.nii").data[0, 0, -1] == 7


def test_a_header_that_promises_more_than_the_disk_holds_is_refused(tmp_path):
    for name in ("a.nii", "a.nii.gz"):
        path = by_nibabel(tmp_path / name)
        opener = __import__("gzip").open if name.endswith("gz") else open
        with opener(path, "rb") as file:
            content = bytearray(file.read())
        content[42:48] = np.full(3, 30_000, "<i2").tobytes()
        with opener(path, "wb") as file:
            file.write(content)

        with pytest.raises(ImageFileError, match="promises 5400000"):
            read_volume(path)


@given(text=st.text(max_size=100))
@settings(max_examples=20)
def test_any_description_can_be_written(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("text") / "a.nii"
    volume = Volume(DATA, Grid((2, 3, 4), SCANNER), ImageHeader(description=text))

    write_volume(path, volume)

    np.testing.assert_array_equal(read_volume(path).data, DATA)


def test_forms_are_equal_by_code_and_affine():
    assert Form(1, SCANNER) == Form(1, SCANNER.copy())
    assert len({Form(1, SCANNER), Form(1, SCANNER.copy()), Form(2, SCANNER)}) == 2
