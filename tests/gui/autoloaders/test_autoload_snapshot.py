"""A snapshot of one case shows the same of another, with other series' numbers."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_nora.autoloaders.case import Case
from napari_nora.autoloaders.resolve import resolve
from napari_nora.autoloaders.snapshot import (
    OpenFile,
    SnapshotKind,
    autoloaders_of,
    pattern_of,
)
from nora_core.patterns import (
    CaseFacts,
    Mode,
    bind_pattern,
    matches_file,
    parse_pattern,
)
from nora_core.wire.scene import (
    FileRef,
    LayerKind,
    Look,
    Orientation,
    Scene,
    SceneLayer,
    SceneViewport,
)
from tests.gui.fake_client import file_row
from tests.strategies import relative_names

words = st.sampled_from(
    ["t1", "T2_FLAIR", "ep2d diff", "brain&neck", "!x", 'a"b', "OR"]
)
numbers = st.integers(0, 99999).map(lambda number: f"{number:03}")


def finds(pattern: str, name: str, tags: tuple[str, ...] = ()) -> bool:
    return matches_file(parse_pattern(pattern, Mode.AUTOLOADER), name, tags=tags)


@given(words, numbers, numbers, st.sampled_from([".nii", ".nii.gz", ""]))
def test_other_series_numbers_are_found(word, one, other, ending) -> None:
    for name in ("{w}_s{n}/s{n}", "{w}/s{n}", "s{n}", "{w}_s{n}", "{w}-s{n}/{w}"):
        first, second = (name.format(w=word, n=n) + ending for n in (one, other))
        assert finds(pattern_of(first), first)
        assert finds(pattern_of(first), second)


@given(relative_names(), st.sampled_from(SnapshotKind), st.booleans())
def test_a_pattern_finds_the_file_that_it_is_of(name, kind, is_series) -> None:
    file = OpenFile(("mask", "a_b"), is_series)
    assert finds(pattern_of(name, file, kind), name, file.tags)


@pytest.mark.parametrize(
    "other", ["t2_s003/s003.nii", "t1_s003/mask.nii", "t1_s003/s003.json", "s003.nii"]
)
def test_other_kinds_of_files_are_not_found(other: str) -> None:
    assert not finds(pattern_of("t1_s003/s003.nii"), other)


def test_words_that_only_begin_like_a_number_stay() -> None:
    assert pattern_of("bias100.nii") == "bias100.nii"
    assert pattern_of("t1_s12/a.nii") == "t1_s12*/a.nii"


def test_an_atlas_of_another_patient_stays_that_atlas() -> None:
    pattern = pattern_of("mni_s001.nii", OpenFile(patients_id="atlas 1"))
    bound = bind_pattern(pattern, "P1", "S1")
    tree = parse_pattern(bound, Mode.AUTOLOADER)
    atlas = CaseFacts(patients_id="atlas 1", studies_ids=("x",))
    assert matches_file(tree, "mni_s001.nii", case=atlas)
    assert not matches_file(tree, "mni_s001.nii", case=CaseFacts(patients_id="P1"))


def scene(*names: str) -> Scene:
    """T1 in two viewports, an overlay and a mask on the second, a 4D volume alone."""
    kinds = (LayerKind.IMAGE, LayerKind.IMAGE, LayerKind.LABELS, LayerKind.IMAGE)
    looks = (
        Look(colormap="gray", opacity=1.0),
        Look(colormap="hot", opacity=0.5, clips_below=True),
        Look(color="#ff0000", colormap="one color", opacity=0.4),
        Look(colormap="gray", time=2),
    )
    layers = tuple(
        SceneLayer(
            kind=kind,
            files=FileRef(
                project="p", study_id=1, file_ids=(number + 1,), relative_name=name
            ),
            look=look,
        )
        for number, (name, kind, look) in enumerate(
            zip(names, kinds, looks, strict=True)
        )
    )
    viewports = (
        SceneViewport(number="0", items=(0,)),
        SceneViewport(number="1", items=(0, 1, 2), orientation=Orientation.CORONAL),
        SceneViewport(number="b0", items=(3,)),
        SceneViewport(number="2"),
    )
    return Scene(layers=layers, viewports=viewports)


def test_a_snapshot_shows_the_same_kinds_in_the_same_places_of_another_case() -> None:
    first = ["t1_s003/s003.nii", "pet_s004/s004.nii", "masks/les.nii", "dwi_s9/d.nii"]
    other = ["t1_s013/s013.nii", "pet_s002/s002.nii", "masks/les.nii", "dwi_s9/d.nii"]
    loaders = autoloaders_of(scene(*first))
    files = [file_row(n, name) for n, name in enumerate(["z/other.nii", *other])]
    found = {
        index: [row for row in files if finds(loader.pattern, row.relative_name)]
        for index, loader in enumerate(loaders)
    }
    case = Case("p", 2, 2, "P2", "S2")
    shown = resolve(case, loaders, found, (), ("0", "1", "2", "b0"))
    assert [match.files[0].relative_name for match in shown.matches] == [
        other[0],
        other[3],
        other[1],
        other[2],
    ]
    intents = [loader.intent for loader in loaders]
    assert loaders[0].viewports == ("0", "1")
    assert intents[0].slicing == (Orientation.AXIAL, Orientation.CORONAL)
    assert intents[1].overlay
    assert (intents[1].cmap, intents[1].transparent) == (("hot",), 0.5)
    assert (intents[2].roi, intents[2].color) == (True, ("#ff0000",))
    assert intents[3].select == (2,)


@given(relative_names())
def test_patterns_are_short_enough_to_read(name: str) -> None:
    assert len(pattern_of(name)) <= 2 * len(name) + 2
    assert not re.search(r"\\_", pattern_of(name))
