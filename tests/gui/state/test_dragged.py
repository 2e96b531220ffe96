"""What dragged rows carry, and that other programs' texts are refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_nora.opening.dragged import (
    MAX_BYTES,
    Dragged,
    DraggedFiles,
    DraggedKind,
    dragged_files,
    dragged_kind,
    format_dragged,
    parse_dragged,
)
from nora_core.errors import BadInput
from tests.gui.fake_client import file_row

GOOD: dict[str, Any] = {
    "project": "demo",
    "study_id": 3,
    "file_ids": [7],
    "relative_name": "t1/s003.nii.gz",
    "tags": [],
    "kind": "image",
}


@given(
    st.lists(
        st.builds(
            DraggedFiles,
            project=st.sampled_from(["demo", "Größe 1"]),
            study_id=st.integers(1, 2**31 - 1),
            file_ids=st.lists(st.integers(1, 2**31 - 1), min_size=1, max_size=5),
            relative_name=st.text("aäß/._ ", max_size=30),
            tags=st.lists(st.text("aäß", max_size=5), max_size=3),
            kind=st.sampled_from(DraggedKind),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_what_was_dragged_arrives(files: list[DraggedFiles]) -> None:
    dragged = Dragged(session="k", files=tuple(files))

    assert parse_dragged(format_dragged(dragged)) == dragged


@pytest.mark.parametrize(
    "change",
    [
        {"study_id": 0},
        {"study_id": 2**31},
        {"file_ids": []},
        {"file_ids": ["1; drop table"]},
        {"project": "../other"},
        {"relative_name": "a\nb"},
        {"relative_name": "x" * 801},
        {"kind": "program"},
    ],
)
def test_wrong_values_are_refused(change: dict[str, Any]) -> None:
    text = json.dumps({"session": "k", "files": [GOOD | change]})

    with pytest.raises(BadInput, match="drag rows"):
        parse_dragged(text.encode())


@given(st.binary(max_size=200))
def test_texts_of_other_programs_are_refused(data: bytes) -> None:
    with pytest.raises(BadInput):
        parse_dragged(data)


def test_deep_and_endless_texts_are_refused() -> None:
    for data in (b"[" * 100_000, b" " * (MAX_BYTES + 1)):
        with pytest.raises(BadInput):
            parse_dragged(data)


@pytest.mark.parametrize(
    ("name", "tags", "kind"),
    [
        ("t1/s003.nii.gz", [], DraggedKind.IMAGE),
        ("masks/liver.nii.gz", ["Mask"], DraggedKind.LABELS),
        ("ct/IM0001", [], DraggedKind.IMAGE),
        ("ct/1.dcm", [], DraggedKind.IMAGE),
        ("surf/lh.gii", ["mask"], DraggedKind.SURFACE),
        ("dwi/tracts.tck", [], DraggedKind.STREAMLINES),
        ("report.json", [], DraggedKind.OTHER),
        ("notes.pdf", [], DraggedKind.OTHER),
    ],
)
def test_the_kind_comes_from_name_and_tags(
    name: str, tags: list[str], kind: DraggedKind
) -> None:
    assert dragged_kind(name, tags) is kind


def test_a_series_is_one_row_with_all_its_files() -> None:
    files = [file_row(n, f"ct/{n}.dcm", tags=["venous"]) for n in (1, 2, 3)]

    row = dragged_files("demo", files, "ct/")

    assert (row.file_ids, row.relative_name) == ((1, 2, 3), "ct/")
    assert (row.tags, row.kind) == (("venous",), DraggedKind.IMAGE)
