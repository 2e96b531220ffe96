"""Folders of DICOM slices become volumes at the right place."""

from __future__ import annotations

import shutil
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.uid import HTJ2KLossless

from nora_core.dicom import find_series
from nora_core.errors import ImageFileError
from nora_core.images import kind_of, read_volume
from tests.core.dicom.make_dicom import SeriesToMake
from tests.strategies import affines, voxels

OBLIQUE = np.array(
    [[-0.8, 0.3, 0.6, 12], [0.4, 0.7, 0.9, -30], [0.1, -0.5, 2.4, 8], [0, 0, 0, 1.0]]
)
VOXELS = np.arange(4 * 3 * 5, dtype=np.int16).reshape(4, 3, 5) - 7


def straight(**elements):
    """A series with slices 3 mm apart."""
    return SeriesToMake(VOXELS, np.diag([1.0, 2.0, 3.0, 1.0]), elements=elements)


@settings(max_examples=25)
@given(
    affine=affines(),
    data=st.data(),
    dtype=st.sampled_from(("u1", "i1", "u2", "i2")),
)
def test_slices_give_back_the_volume_they_were_made_of(
    tmp_path_factory, affine, data, dtype
):
    values = data.draw(voxels((3, 4, 3), dtype))
    folder = tmp_path_factory.mktemp("series")
    SeriesToMake(values, affine).write(folder)

    volume = read_volume(folder)
    is_with_normal = np.linalg.det(affine) > 0  # slices are sorted along the normal
    last = (0, 0, 0 if is_with_normal else 2)

    assert volume.dtype == values.dtype
    np.testing.assert_array_equal(
        volume.data, values if is_with_normal else values[:, :, ::-1]
    )
    np.testing.assert_allclose(volume.grid.to_world(last), affine[:3, 3], atol=1e-4)
    np.testing.assert_allclose(volume.grid.affine[:3, :2], affine[:3, :2], atol=1e-5)


def test_the_order_of_file_names_does_not_matter(tmp_path):
    paths = straight().write(tmp_path / "made")
    for n, path in enumerate(reversed(paths)):
        shutil.copy(path, tmp_path / f"{n}.ima")
    shutil.rmtree(tmp_path / "made")

    np.testing.assert_array_equal(read_volume(tmp_path).turned_to("RAS").data, VOXELS)


@pytest.mark.parametrize("sine", [0.0005, 0.0015, -0.0005])
def test_rounded_cosines_do_not_take_a_series_apart(tmp_path, sine):
    for n in range(VOXELS.shape[2]):
        noisy = sine + (-1) ** n * 1e-7
        cosine = np.sqrt(1 - noisy**2)
        made = straight(ImageOrientationPatient=[cosine, noisy, 0, -noisy, cosine, 0])
        made.series_uid = "1.2.3"
        made.slice(n, n).save_as(tmp_path / f"{n}.dcm", enforce_file_format=True)

    assert read_volume(tmp_path).shape == VOXELS.shape


@pytest.mark.parametrize("text", ["inf", "nan", "1e400"])
def test_a_number_that_is_none_is_left_out(tmp_path, text):
    straight().write(tmp_path)
    for path in tmp_path.iterdir():
        content = path.read_bytes()
        before = b"\x20\x00\x11\x00IS\x02\x007 "  # Series Number
        value = text.encode() + b" " * (len(text) % 2)
        after = before[:6] + len(value).to_bytes(2, "little") + value
        assert before in content
        path.write_bytes(content.replace(before, after))

    (series,) = find_series(tmp_path).series

    assert series.header.series_number is None
    np.testing.assert_array_equal(series.volume.turned_to("RAS").data, VOXELS)


def test_scaling_is_applied_and_stored_values_stay_at_hand(tmp_path):
    SeriesToMake(VOXELS, OBLIQUE, slope=2.0, intercept=-1024.0).write(tmp_path)

    volume = read_volume(tmp_path)

    assert volume.data.dtype == np.float32
    assert volume.stored.stored_dtype == np.int16
    assert sorted(volume.data.ravel()) == sorted(VOXELS.ravel() * 2.0 - 1024)


def test_each_slice_may_have_its_own_scaling(tmp_path):
    made = straight()
    for k, slope in enumerate((1.0, 2.0, 3.0, 4.0, 5.0)):
        made.slope = slope
        made.slice(k, k).save_as(tmp_path / f"{k}.dcm", enforce_file_format=True)

    volume = read_volume(tmp_path).turned_to("RAS")

    np.testing.assert_allclose(volume.data, VOXELS * np.array([1, 2, 3, 4, 5.0]))


def test_opening_reads_no_pixels(tmp_path):
    paths = straight().write(tmp_path)
    volume = read_volume(tmp_path)
    paths[2].unlink()

    assert not volume.is_loaded
    with pytest.raises(ImageFileError, match=paths[2].name):
        _ = volume.data


def test_slices_at_the_same_places_are_frames(tmp_path):
    made = straight(RepetitionTime="2000")
    made.write(tmp_path)
    made.voxels = VOXELS + 100
    made.write(tmp_path, first_number=50)

    volume = read_volume(tmp_path)

    assert volume.shape == (4, 3, 5, 2)
    assert volume.header.time_step_s == 2.0
    np.testing.assert_array_equal(volume.frame(1), volume.frame(0) + 100)
    assert not volume.is_loaded


def test_a_tilted_gantry_gives_a_sheared_grid(tmp_path):
    affine = np.diag([1.0, 1.0, 3.0, 1.0])
    affine[1, 2] = 1.0
    SeriesToMake(VOXELS, affine).write(tmp_path)

    volume = read_volume(tmp_path).turned_to("RAS")

    np.testing.assert_allclose(volume.grid.affine, affine, atol=1e-6)


def test_one_slice_is_as_thick_as_it_says(tmp_path):
    SeriesToMake(VOXELS[:, :, :1], np.diag([1.0, 2.0, 3.5, 1.0])).write(tmp_path)

    assert read_volume(tmp_path).grid.zooms_mm == pytest.approx((1.0, 2.0, 3.5))


def test_a_missing_slice_is_named_with_its_gap(tmp_path):
    straight().write(tmp_path)[2].unlink()

    with pytest.raises(ImageFileError, match=r"3\.00 mm apart, but 6\.00 mm .*0002"):
        read_volume(tmp_path)


def test_a_missing_slice_of_a_later_frame_is_named(tmp_path):
    straight().write(tmp_path)
    straight().write(tmp_path, first_number=50)
    made = straight()
    made.write(tmp_path / "a")
    made.write(tmp_path / "a", first_number=50)[3].unlink()

    with pytest.raises(ImageFileError, match="missing or come twice"):
        read_volume(tmp_path / "a")


def test_a_file_that_lies_there_twice_counts_once(tmp_path):
    shutil.copy(straight().write(tmp_path)[0], tmp_path / "copy.dcm")

    assert read_volume(tmp_path).shape == (4, 3, 5)


def test_two_series_in_one_folder_are_two_volumes(tmp_path):
    straight().write(tmp_path / "a")
    straight(SeriesNumber=3).write(tmp_path / "b")

    found = find_series(tmp_path)

    assert [one.header.series_number for one in found.series] == [3, 7]
    with pytest.raises(ImageFileError, match="holds 2 volumes"):
        read_volume(tmp_path)


def test_the_header_tells_who_and_what(tmp_path):
    straight(PatientName="Doe^Jane").write(tmp_path)

    header = find_series(tmp_path).series[0].header

    assert header.study_date == date(2024, 2, 29)
    assert (header.patient_id, header.patient_name) == ("P1", "Doe^Jane")
    assert header.title == "series 7 (phantom)"


@pytest.mark.parametrize(
    ("elements", "words"),
    [
        ({"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB"}, "colors"),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "M", "MOSAIC"]}, "dcm2niix"),
        ({"BitsAllocated": 1}, "1 bits"),
        ({"ImageOrientationPatient": ["1", "0", "0", "1", "1", "0"]}, "unit vectors"),
        ({"PixelSpacing": None}, "Pixel Spacing"),
        ({"PixelSpacing": ["0", "0"]}, "singular"),
        ({"NumberOfFrames": 4}, "several frames"),
    ],
)
def test_what_is_no_volume_is_refused_with_the_reason(tmp_path, elements, words):
    straight(**elements).write(tmp_path)

    with pytest.raises(ImageFileError, match=words):
        read_volume(tmp_path)


def test_a_coding_without_decoder_is_named_with_the_way_out(tmp_path):
    for path in straight().write(tmp_path):
        content = path.read_bytes()
        old, new = b"1.2.840.10008.1.2.1\0", HTJ2KLossless.encode() + b"\0"
        assert old in content
        head, tail = content.split(old, 1)
        # the element and the group before it grow with the longer identifier
        grown = len(new) - len(old) + len(new) % 2
        head = head[:-2] + (len(old) + grown).to_bytes(2, "little")
        length = int.from_bytes(head[140:144], "little") + grown
        head = head[:140] + length.to_bytes(4, "little") + head[144:]
        path.write_bytes(head + new.ljust(len(old) + grown, b"\0") + tail)

    with pytest.raises(ImageFileError, match=r"High-Throughput.*napari-nora\[dicom\]"):
        read_volume(tmp_path)


@settings(max_examples=20, deadline=None)
@given(cut=st.floats(0, 0.999))
def test_a_truncated_slice_raises_only_image_file_errors(tmp_path_factory, cut):
    folder = tmp_path_factory.mktemp("cut")
    path = straight().write(folder)[4]
    content = path.read_bytes()
    path.write_bytes(content[: int(cut * len(content))])

    with pytest.raises(ImageFileError):
        _ = read_volume(folder).data


def test_a_malformed_element_is_a_reason_not_a_crash(tmp_path):
    for path in straight().write(tmp_path, first_number=12340):
        path.write_bytes(path.read_bytes().replace(b"1234", b"A234"))

    with pytest.raises(ImageFileError, match="malformed"):
        read_volume(tmp_path)


def test_an_empty_folder_is_no_image(tmp_path):
    (tmp_path / "notes.txt").write_text("nothing")

    with pytest.raises(ImageFileError, match="no DICOM files"):
        read_volume(tmp_path)


def test_a_folder_of_slices_is_recognized(tmp_path):
    straight().write(tmp_path)

    assert kind_of(tmp_path) == "dicom"
