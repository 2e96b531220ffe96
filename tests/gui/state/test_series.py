"""DICOM files of one folder are one row; everything else stays."""

from __future__ import annotations

import pytest

from napari_nora.opening.series import Series, group_files
from napari_nora.widgets.browser.sizes import size_in_words
from tests.gui.fake_client import file_row


def test_slices_of_a_folder_become_one_row() -> None:
    names = ["ct/I10.dcm", "ct/I20.dcm", "t1.nii.gz", "mr/1.ima", "ct/notes.txt"]
    files = [file_row(number, name) for number, name in enumerate(names)]

    items = group_files(files)

    assert [item.relative_name for item in items] == [
        "ct/",
        "ct/notes.txt",
        "mr/1.ima",
        "t1.nii.gz",
    ]
    assert isinstance(items[0], Series)
    assert len(items[0].files) == 2


def test_files_without_an_ending_are_slices_only_with_a_number() -> None:
    names = ["a/IM0001", "a/IM0002", "b/README", "b/LICENSE"]

    items = group_files([file_row(n, name) for n, name in enumerate(names)])

    assert [item.relative_name for item in items] == ["a/", "b/LICENSE", "b/README"]


def test_a_series_has_the_tags_that_all_slices_have() -> None:
    files = [
        file_row(1, "ct/1.dcm", tags=["a", "b"]),
        file_row(2, "ct/2.dcm", tags=["b"]),
    ]

    (series,) = group_files(files)

    assert series.tags == ["b"]


@pytest.mark.parametrize(
    ("size", "words"), [(0, "0 B"), (1500, "1.5 kB"), (2_340_000, "2.3 MB")]
)
def test_sizes_in_words(size: int, words: str) -> None:
    assert size_in_words(size) == words
