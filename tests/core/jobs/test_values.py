"""Files become what tools get, and what tools return becomes files."""

import json
from dataclasses import dataclass

import numpy as np
import pytest

from nora_core.errors import ArgumentError, ToolFailed
from nora_core.images import Mask, Volume, read_mask, read_volume
from nora_core.jobs.values import plain_json, read_argument, write_result
from nora_core.testing import phantom_mask, phantom_volume
from nora_core.wire.tool import (
    ArgumentDescription,
    ArgumentKind,
    ResultDescription,
    ResultKind,
)

IMAGE = ResultDescription(name="result", kind=ResultKind.IMAGE, suffix=".nii.gz")
MASK = ResultDescription(name="result", kind=ResultKind.MASK, suffix=".nii.gz")
TABLE = ResultDescription(name="result", kind=ResultKind.TABLE, suffix=".json")
FILE = ResultDescription(name="result", kind=ResultKind.FILE, suffix="")


def argument(kind: ArgumentKind, **more: bool) -> ArgumentDescription:
    return ArgumentDescription(name="image", kind=kind, title="Image", **more)


def test_an_image_written_is_the_image_read(tmp_path):
    image = phantom_volume()

    path = write_result(IMAGE, image, tmp_path / "new", "smooth")
    read = read_argument(argument(ArgumentKind.IMAGE), [path])

    assert path.name == "smooth.nii.gz"
    assert isinstance(read, Volume)
    assert read.grid.is_close(image.grid)
    np.testing.assert_array_equal(read.data, image.data)


def test_a_mask_written_is_the_mask_read(tmp_path):
    path = write_result(MASK, phantom_mask(), tmp_path, "brain")

    read = read_argument(argument(ArgumentKind.MASK), [path])

    assert isinstance(read, Mask)
    np.testing.assert_array_equal(read.data, phantom_mask().data)


def test_many_files_come_as_a_list(tmp_path):
    paths = [tmp_path / "a.txt", tmp_path / "b.txt"]
    for path in paths:
        path.write_text("x")

    assert read_argument(argument(ArgumentKind.FILE, many=True), paths) == paths


def test_too_many_and_too_few_files_are_refused(tmp_path):
    with pytest.raises(ArgumentError, match="image matches 2 files, but takes one"):
        read_argument(argument(ArgumentKind.FILE), [tmp_path, tmp_path])
    with pytest.raises(ArgumentError, match="image matches no file"):
        read_argument(argument(ArgumentKind.FILE), [])


def test_an_optional_file_may_be_missing():
    assert read_argument(argument(ArgumentKind.IMAGE, required=False), []) is None


def test_a_table_holds_numpy_and_drops_nan(tmp_path):
    @dataclass
    class Row:
        mean: float

    value = [{"n": np.int64(3), "mean": np.float32(0.5), "bad": np.nan}, Row(1.0)]

    path = write_result(TABLE, value, tmp_path, "statistics")

    assert json.loads(path.read_text()) == [
        {"n": 3, "mean": 0.5, "bad": None},
        {"mean": 1.0},
    ]


def test_a_table_refuses_what_json_has_not():
    with pytest.raises(ToolFailed, match="a table cannot hold"):
        plain_json({"key": object()})


def test_a_file_result_keeps_its_ending(tmp_path):
    made = tmp_path / "tracts.tck"
    made.write_bytes(b"tck")

    path = write_result(FILE, made, tmp_path / "out", "fibers")

    assert path.name == "fibers.tck"
    assert path.read_bytes() == b"tck"


def test_an_image_result_may_be_a_file_of_another_format(tmp_path):
    made = write_result(FILE.model_copy(), _as_nrrd(tmp_path), tmp_path, "x")

    path = write_result(MASK, made, tmp_path / "out", "mask")

    np.testing.assert_array_equal(read_mask(path).data, phantom_mask().data)


def _as_nrrd(folder):
    from nora_core.images import write_mask

    path = folder / "mask.nrrd"
    write_mask(path, phantom_mask())
    return path


@pytest.mark.parametrize("result", [IMAGE, MASK, FILE])
def test_a_broken_promise_is_named_and_leaves_nothing(result, tmp_path):
    with pytest.raises(ToolFailed, match="returned dict as 'result'"):
        write_result(result, {"a": 1}, tmp_path, "stem")

    assert list(tmp_path.iterdir()) == []


def test_writing_again_replaces(tmp_path):
    write_result(TABLE, {"n": 1}, tmp_path, "t")
    path = write_result(TABLE, {"n": 2}, tmp_path, "t")

    assert json.loads(path.read_text()) == {"n": 2}
    assert list(tmp_path.iterdir()) == [path]


def test_a_four_dimensional_image_survives(tmp_path):
    image = phantom_volume(frame_count=3)

    path = write_result(IMAGE, image, tmp_path, "dwi")

    assert read_volume(path).shape == image.shape
