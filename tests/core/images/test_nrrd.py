"""What is special about NRRD: spaces, axes out of order, data beside the header."""

from __future__ import annotations

import gzip

import nrrd
import numpy as np
import pytest
from hypothesis import given, settings

from nora_core.errors import ImageFileError
from nora_core.images import read_volume, write_volume
from tests.strategies import volumes

DATA = np.arange(24, dtype=np.int16).reshape(2, 3, 4)
FIELDS = {
    "type": "int16",
    "dimension": "3",
    "space": "left-posterior-superior",
    "sizes": "2 3 4",
    "space directions": "(1,0,0) (0,2,0) (0,0,3)",
    "endian": "little",
    "encoding": "raw",
    "space origin": "(10,20,30)",
}
PLAIN = DATA.tobytes(order="F")


def write_text(path, payload=PLAIN, **changes):
    """Write a header by hand; ``None`` leaves a field out."""
    fields = FIELDS | {key.replace("_", " "): value for key, value in changes.items()}
    lines = [f"{key}: {value}" for key, value in fields.items() if value is not None]
    path.write_bytes(("\n".join(["NRRD0005", *lines]) + "\n\n").encode() + payload)
    return path


@pytest.mark.parametrize(
    ("space", "signs"),
    [
        ("left-posterior-superior", (-1, -1, 1)),
        ("LPS", (-1, -1, 1)),
        ("right-anterior-superior", (1, 1, 1)),
        ("RAS", (1, 1, 1)),
        ("left-anterior-superior", (-1, 1, 1)),
    ],
)
def test_every_space_becomes_ras(tmp_path, space, signs):
    volume = read_volume(write_text(tmp_path / "a.nrrd", space=space))

    np.testing.assert_array_equal(volume.data, DATA)
    np.testing.assert_array_equal(
        volume.grid.affine[:3, 3], np.array([10, 20, 30]) * signs
    )
    np.testing.assert_array_equal(
        volume.grid.affine[:3, :3], np.diag([1.0, 2.0, 3.0]) * np.array(signs)[:, None]
    )


def test_a_header_without_space_is_taken_as_ras(tmp_path):
    path = write_text(
        tmp_path / "a.nrrd",
        space=None,
        space_directions=None,
        space_origin=None,
        spacings="1 2 3",
    )

    np.testing.assert_array_equal(
        read_volume(path).grid.affine, np.diag([1.0, 2.0, 3.0, 1.0])
    )


@pytest.mark.parametrize("unit", ['"cm" "cm" "cm"', '"um" "um" "um"'])
def test_other_units_become_mm(tmp_path, unit):
    volume = read_volume(write_text(tmp_path / "a.nrrd", space_units=unit))

    factor = {"c": 10, "u": 0.001}[unit[1]]
    np.testing.assert_allclose(volume.grid.zooms_mm, np.array([1, 2, 3]) * factor)


def test_an_axis_outside_space_becomes_the_last(tmp_path):
    series = np.arange(48, dtype=np.int16).reshape(2, 2, 3, 4)
    path = write_text(
        tmp_path / "a.nrrd",
        series.tobytes(order="F"),
        dimension="4",
        sizes="2 2 3 4",
        space_directions="none (1,0,0) (0,2,0) (0,0,3)",
        kinds="list domain domain domain",
    )

    volume = read_volume(path)

    np.testing.assert_array_equal(volume.frame(1), series[1])
    np.testing.assert_array_equal(volume.data, np.moveaxis(series, 0, 3))


@pytest.mark.parametrize("encoding", ["gzip", "gz"])
def test_data_beside_the_header_is_found(tmp_path, encoding):
    (tmp_path / "a.raw.gz").write_bytes(gzip.compress(PLAIN))
    path = write_text(tmp_path / "a.nhdr", b"", encoding=encoding, data_file="a.raw.gz")

    np.testing.assert_array_equal(read_volume(path).data, DATA)


@pytest.mark.parametrize("name", ["/etc/passwd", "../a.raw", "sub/a.raw", "LIST"])
def test_data_outside_the_folder_is_refused(tmp_path, name):
    path = write_text(tmp_path / "a.nhdr", b"", data_file=name)

    with pytest.raises(ImageFileError, match="same folder"):
        read_volume(path)


@pytest.mark.parametrize("skip", ["5", "-1"])
def test_bytes_before_the_voxels_are_skipped(tmp_path, skip):
    path = write_text(tmp_path / "a.nrrd", b"hello" + PLAIN, byte_skip=skip)

    np.testing.assert_array_equal(read_volume(path).data, DATA)


def test_big_endian_voxels_are_turned(tmp_path):
    swapped = DATA.astype(">i2").tobytes(order="F")
    path = write_text(tmp_path / "a.nrrd", swapped, endian="big")

    np.testing.assert_array_equal(read_volume(path).data, DATA)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"space": "scanner-xyz"}, "where left is"),
        ({"encoding": "hex"}, "gzip or raw"),
        ({"encoding": None}, "incomplete"),
        ({"type": "block"}, "voxel type"),
        ({"endian": None}, "byte order"),
        ({"dimension": "4"}, "incomplete"),
        ({"sizes": "2 3 0"}, "sizes"),
        ({"sizes": "2 3 9"}, "promises"),
        ({"space_directions": "(1,0,0) (1,0,0) (0,0,1)"}, "singular"),
        ({"space_directions": "(1,0,0) none (0,0,1)"}, "2 axes in space"),
        ({"space_origin": "(nan,0,0)"}, "NaN"),
        ({"line_skip": "2"}, "line skip"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path, changes, words):
    path = write_text(tmp_path / "a.nrrd", **changes)

    with pytest.raises(ImageFileError, match=words):
        read_volume(path)


@given(volume=volumes())
@settings(max_examples=20)
def test_pynrrd_reads_what_we_write(tmp_path_factory, volume):
    path = tmp_path_factory.mktemp("nrrd") / "a.nrrd"
    write_volume(path, volume)

    data, header = nrrd.read(str(path))

    np.testing.assert_array_equal(data, volume.data)
    lps = np.array(header["space directions"][:3], float)
    np.testing.assert_allclose(
        lps * (-1, -1, 1), volume.grid.affine[:3, :3].T, atol=1e-12
    )
