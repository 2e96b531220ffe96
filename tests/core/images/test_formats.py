"""What is written is read again, in every format; broken files are named."""

from __future__ import annotations

import contextlib
import gzip
import shutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nora_core.errors import ImageFileError
from nora_core.geometry.grid import Grid
from nora_core.images import (
    Volume,
    kind_of,
    read_mask,
    read_volume,
    write_mask,
    write_volume,
)
from tests.strategies import masks, volumes

ENDINGS = (".nii", ".nii.gz", ".nrrd", ".mgh", ".mgz")
KEPT_BY_ALL = ("u1", "i2", "u2", "i4", "f4")
OBLIQUE = Grid(
    (5, 4, 3),
    np.array(
        [[-0.9, 0.3, 0.6, 12], [0.4, 0.8, 0.9, -30], [0.1, -0.5, 2.4, 8], [0, 0, 0, 1]]
    ),
)
IMAGE = Volume(np.arange(60, dtype=np.int16).reshape(5, 4, 3), OBLIQUE)
SERIES = Volume(np.arange(120, dtype=np.float32).reshape(5, 4, 3, 2), OBLIQUE)


@pytest.mark.parametrize("ending", ENDINGS)
@settings(max_examples=30)
@given(volume=volumes(dtypes=KEPT_BY_ALL))
def test_write_then_read_keeps_values_type_and_place(tmp_path_factory, volume, ending):
    path = tmp_path_factory.mktemp("image") / f"image{ending}"

    write_volume(path, volume)
    back = read_volume(path)

    assert back.dtype == back.data.dtype == volume.dtype
    np.testing.assert_array_equal(back.data, volume.data)
    assert back.grid.is_close(volume.grid)


@pytest.mark.parametrize("ending", ENDINGS)
@settings(max_examples=15)
@given(mask=masks())
def test_a_mask_comes_back_as_it_was(tmp_path_factory, mask, ending):
    path = tmp_path_factory.mktemp("mask") / f"mask{ending}"

    write_mask(path, mask)
    back = read_mask(path)

    np.testing.assert_array_equal(back.data, mask.data)
    assert back.volume_ml == pytest.approx(mask.volume_ml, rel=1e-5)


@pytest.mark.parametrize("ending", [".nii", ".nrrd"])
@pytest.mark.parametrize("dtype", ["i1", "u4", "i8", "u8", "f8"])
def test_rare_types_are_kept_where_the_format_has_them(tmp_path, ending, dtype):
    path = tmp_path / f"image{ending}"

    write_volume(path, Volume(IMAGE.data.astype(dtype), OBLIQUE))

    assert read_volume(path).data.dtype == dtype


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("dtype", [">i2", "<i2", ">f4"])
def test_the_byte_order_in_memory_does_not_matter(tmp_path, ending, dtype):
    data = np.arange(60).reshape(5, 4, 3).astype(dtype)
    path = tmp_path / f"image{ending}"

    write_volume(path, Volume(data, OBLIQUE))

    np.testing.assert_array_equal(read_volume(path).data, data)


@pytest.mark.parametrize(("dtype", "kept"), [("i1", "i2"), ("i8", "i4"), ("f8", "f4")])
def test_mgh_takes_the_nearest_type_it_has(tmp_path, dtype, kept):
    path = tmp_path / "image.mgz"

    write_volume(path, Volume(IMAGE.data.astype(dtype), OBLIQUE))
    back = read_volume(path)

    assert back.dtype == kept
    np.testing.assert_array_equal(back.data, IMAGE.data)


@pytest.mark.parametrize(
    ("ending", "data"),
    [
        (".mgz", IMAGE.data.astype("i8") + 2**40),
        (".mgz", IMAGE.data.astype("c8")),
        (".nrrd", IMAGE.data.astype("c8")),
    ],
)
def test_voxels_without_a_type_in_the_format_are_refused(tmp_path, ending, data):
    with pytest.raises(ImageFileError, match=r"cannot hold .* save as \.nii\.gz"):
        write_volume(tmp_path / f"image{ending}", Volume(data, OBLIQUE))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_time_step_is_kept(tmp_path, ending):
    header = type(SERIES.header)(time_step_s=2.5)
    path = tmp_path / f"image{ending}"

    write_volume(path, Volume(SERIES.data, OBLIQUE, header))

    assert read_volume(path).header.time_step_s == 2.5


@pytest.mark.parametrize("ending", ENDINGS)
def test_opening_reads_no_voxels(tmp_path, ending, monkeypatch):
    path = tmp_path / f"image{ending}"
    write_volume(path, IMAGE)
    volume = read_volume(path)
    assert not volume.is_loaded
    path.unlink()

    with pytest.raises(ImageFileError, match="no such file"):
        _ = volume.data


@pytest.mark.parametrize("ending", ENDINGS)
def test_each_frame_is_found(tmp_path, ending):
    path = tmp_path / f"image{ending}"
    write_volume(path, SERIES)
    volume = read_volume(path)

    for t in range(2):
        np.testing.assert_array_equal(volume.frame(t), SERIES.data[..., t])
    assert not volume.is_loaded


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_truncated_file_raises_an_image_file_error(tmp_path, ending):
    path = tmp_path / f"image{ending}"
    write_volume(path, IMAGE)
    content = path.read_bytes()
    # MGH keeps facts after its voxels that may be missing
    last = len(content) - (20 if ending == ".mgh" else 0)

    for length in range(0, last, max(1, last // 60)):
        path.write_bytes(content[:length])
        with pytest.raises(ImageFileError, match="image"):
            _ = read_volume(path).data


@pytest.mark.parametrize("ending", ENDINGS)
@settings(max_examples=60)
@given(data=st.data())
def test_damaged_files_raise_image_file_errors_only(tmp_path_factory, ending, data):
    path = tmp_path_factory.mktemp("damaged") / f"image{ending}"
    write_volume(path, IMAGE)
    content = bytearray(path.read_bytes())
    places = st.integers(0, min(len(content) - 1, 400))
    for place, byte in data.draw(
        st.lists(st.tuples(places, st.integers(0, 255)), min_size=1, max_size=4)
    ):
        content[place] = byte
    path.write_bytes(content)

    with contextlib.suppress(ImageFileError):
        _ = read_volume(path).data


@pytest.mark.parametrize("ending", [".nii.gz", ".nrrd", ".mgz"])
def test_a_damaged_checksum_is_found(tmp_path, ending):
    path = tmp_path / f"image{ending}"
    write_volume(path, IMAGE)
    content = bytearray(path.read_bytes())
    content[-6] ^= 0xFF
    path.write_bytes(content)

    with pytest.raises(ImageFileError, match="CRC"):
        _ = read_volume(path).data


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("content", [b"", b"{}", b"hello\n" * 200, bytes(1000)])
def test_what_is_no_image_is_named(tmp_path, ending, content):
    path = tmp_path / f"image{ending}"
    path.write_bytes(content)

    with pytest.raises(ImageFileError, match="image"):
        read_volume(path)


def test_a_missing_file_and_an_unknown_ending_are_named(tmp_path):
    with pytest.raises(ImageFileError, match="no such file"):
        read_volume(tmp_path / "a.nii.gz")
    with pytest.raises(ImageFileError, match=r"known: \.nii, \.nii\.gz"):
        read_volume(tmp_path / "a.docx")
    with pytest.raises(ImageFileError, match=r"known: \.nii, \.nii\.gz"):
        write_volume(tmp_path / "a.docx", IMAGE)


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_cannot_be_written_says_so(tmp_path, ending):
    with pytest.raises(ImageFileError) as missing:
        write_volume(tmp_path / "nowhere" / f"image{ending}", IMAGE)
    assert "cannot be written: there is no folder" in missing.value.message
    (tmp_path / f"folder{ending}").mkdir()
    with pytest.raises(ImageFileError) as refused:
        write_volume(tmp_path / f"folder{ending}", IMAGE)
    assert "cannot be written: " in refused.value.message


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "image.nii.gz"
    write_volume(path, IMAGE)
    old = path.read_bytes()

    def no_space(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("nora_core.images.formats.nifti.write_voxels", no_space)
    with pytest.raises(ImageFileError, match="No space left"):
        write_volume(path, SERIES)

    assert path.read_bytes() == old
    assert list(tmp_path.iterdir()) == [path]


def test_the_same_image_gives_the_same_bytes(tmp_path):
    for ending in ENDINGS:
        one, two = tmp_path / f"1{ending}", tmp_path / f"2{ending}"
        write_volume(one, IMAGE)
        write_volume(two, IMAGE)

        assert one.read_bytes() == two.read_bytes()


def test_a_mask_is_what_is_neither_zero_nor_nan(tmp_path):
    data = np.zeros((5, 4, 3), np.float32)
    data[0, 0, 0], data[1, 0, 0], data[2, 0, 0] = np.nan, -3, 0.5
    write_volume(tmp_path / "a.nii", Volume(data, OBLIQUE))

    assert read_mask(tmp_path / "a.nii").voxel_count == 2


def test_a_mask_over_time_is_refused(tmp_path):
    write_volume(tmp_path / "a.nii", SERIES)

    with pytest.raises(ImageFileError, match="2 frames"):
        read_mask(tmp_path / "a.nii")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("t1.nii.gz", "image"),
        ("T1.NII", "image"),
        ("s.nrrd", "image"),
        ("aseg.mgz", "image"),
        ("lh.surf.gii", "surface"),
        ("liver.stl", "surface"),
        ("cst.tck", "streamlines"),
        ("cst.trk", "streamlines"),
        ("info.json", "json"),
        ("values.tsv", "table"),
        ("IM0001.dcm", "dicom"),
        ("report.pdf", "other"),
        ("noending", "other"),
    ],
)
def test_names_tell_the_kind_of_a_file(tmp_path, name, kind):
    assert kind_of(tmp_path / name) == kind


@pytest.mark.parametrize("ending", [".nii", ".nii.gz", ".nrrd"])
def test_first_bytes_tell_the_kind_where_the_name_does_not(tmp_path, ending):
    write_volume(tmp_path / f"image{ending}", IMAGE)
    shutil.move(tmp_path / f"image{ending}", tmp_path / "image")

    assert kind_of(tmp_path / "image") == "image"


def test_a_broken_gzip_file_is_of_no_kind(tmp_path):
    (tmp_path / "x").write_bytes(gzip.compress(b"n" * 1000)[:14])

    assert kind_of(tmp_path / "x") == "other"
    assert kind_of(tmp_path) == "other"
