"""The right files go into the right viewports, in the same order every time."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_nora.autoloaders.case import NO_STUDY, Case, questions_for
from napari_nora.autoloaders.new_mask import name_of_new_mask
from napari_nora.autoloaders.resolve import Resolution, images_among, resolve
from nora_core.patterns import CaseFacts, Mode, matches_file, parse_pattern
from nora_core.wire.archive import FileRow
from nora_core.wire.preset import Autoloader, AutoloaderLevel
from tests.gui.fake_client import file_row
from tests.strategies import relative_names

CASE = Case("demo", 1, 11, "P1", "S1", "anna")
VIEWPORTS = ("0", "1", "2", "3", "b0")


def loader(pattern: str = "*", viewports: str = "0", **intent: Any) -> Autoloader:
    return Autoloader.model_validate(
        {"pattern": pattern, "viewports": viewports, "intent": intent}
    )


def files(*names: str, study_id: int = 11) -> list[FileRow]:
    return [
        file_row(100 + number, name, study_id=study_id)
        for number, name in enumerate(names)
    ]


def resolved(loaders: list[Autoloader], *found: list[FileRow]) -> Resolution:
    return resolve(CASE, loaders, dict(enumerate(found)), (), VIEWPORTS)


def shown(resolution: Resolution) -> list[tuple[str, list[str]]]:
    return [
        (match.files[0].relative_name, [place.viewport for place in match.placements])
        for match in resolution.matches
    ]


def test_the_first_by_path_goes_into_all_viewports_of_its_loader() -> None:
    found = resolved([loader(viewports="0,1,b0")], files("t1/s004.nii", "t1/S003.nii"))
    assert shown(found) == [("t1/S003.nii", ["0", "1", "b0"])]
    assert found.counts == ((0, 2),)


@given(st.permutations(["a/x.nii", "a/y.nii.gz", "b.mgz", "B/z.nrrd"]))
def test_the_choice_does_not_depend_on_the_order_of_the_answer(names) -> None:
    assert shown(resolved([loader()], files(*names))) == [("a/x.nii", ["0"])]


def test_all_matches_go_into_successive_viewports() -> None:
    loaders = [loader(viewports="3,1", onmultimatches="loadall")]
    found = resolved(loaders, files("a.nii", "b.nii", "c.nii", "d.nii", "e.nii"))
    assert shown(found) == [
        ("a.nii", ["3"]),
        ("b.nii", ["1"]),
        ("c.nii", ["2"]),
        ("d.nii", ["3"]),
    ]


def test_backgrounds_come_before_overlays_and_rois() -> None:
    loaders = [loader(roi=True), loader(overlay=True), loader(), loader(overlay=True)]
    found = resolved(loaders, *(files(f"{name}.nii") for name in "robs"))
    assert [match.slot[0] for match in found.matches] == [2, 1, 3, 0]


def test_slices_of_a_series_are_one_image_and_texts_are_none() -> None:
    names = ["ct/2.dcm", "ct/1.dcm", "a.json", "readme.txt", "surface.gii"]
    images = images_among(files(*names))
    assert [[file.relative_name for file in image] for image in images] == [
        ["ct/1.dcm", "ct/2.dcm"],
        ["surface.gii"],
    ]


def test_series_of_two_studies_stay_apart() -> None:
    both = files("ct/1.dcm", "ct/2.dcm") + files("ct/1.dcm", "ct/2.dcm", study_id=12)
    assert [len(image) for image in images_among(both)] == [2, 2]


def test_volumes_of_a_4d_image_are_layers_of_their_own() -> None:
    found = resolved([loader(viewports="0,1,2", select="0,5,0")], files("dwi.nii"))
    assert [match.slot for match in found.matches] == [(0, 0, 0), (0, 0, 5)]
    assert shown(found) == [("dwi.nii", ["0", "2"]), ("dwi.nii", ["1"])]


def test_what_is_missing_is_said_in_its_viewports() -> None:
    found = resolved([loader("t1*", "1,7"), loader("t2*")], [], files("notes.json"))
    assert [(one.viewports, one.sentence) for one in found.missing] == [
        (("1",), "no file t1*"),
        (("0",), "no image among the files t2*"),
    ]


def test_a_missing_roi_is_made_on_the_grid_of_its_reference() -> None:
    loaders = [loader("t1*"), loader("masks/$USER.nii.gz", roi=True, autocreateroi=0)]
    (missing,) = resolved(loaders, files("t1.nii"), []).missing
    mask = missing.new_mask
    assert mask is not None
    assert (mask.study_id, mask.relative_name, mask.reference) == (
        11,
        "masks/anna.nii.gz",
        0,
    )
    (missing,) = resolved(loaders, [], []).missing[1:]
    assert missing.new_mask is None
    assert "no image 1 to draw on" in missing.sentence


def test_a_saved_roi_is_loaded_instead_of_a_new_one() -> None:
    loaders = [loader("t1*"), loader("masks/$USER*", roi=True, autocreateroi=0)]
    found = resolved(loaders, files("t1.nii"), files("masks/anna.nii.gz"))
    assert not found.missing


@given(relative_names(), st.sampled_from(["", "*", "_x"]), st.booleans())
def test_a_new_mask_is_found_again_by_its_pattern(name, end, has_folder) -> None:
    pattern = ("masks/" if has_folder else "") + name.rpartition("/")[2] + end
    autoloader = loader(pattern, roi=True, auto_tag="lesion")
    made = name_of_new_mask(autoloader, "anna")
    if made is not None:
        assert matches_file(parse_pattern(pattern, Mode.AUTOLOADER), made)
    else:
        assert "_" in pattern or not pattern.endswith(("*", ".nii", ".nii.gz"))


def test_a_new_mask_can_be_found_by_its_tag() -> None:
    assert name_of_new_mask(loader("FTAG:lesion", auto_tag="lesion"), "anna") == (
        "masks/roi.nii.gz"
    )


@pytest.mark.parametrize(
    ("level", "study_id", "bound"),
    [
        (AutoloaderLevel.PATIENT_OR_STUDY, 11, "t1* PPIZ:P1 SStudyID:S1"),
        (AutoloaderLevel.PATIENT_OR_STUDY, None, "t1* PPIZ:P1"),
        (AutoloaderLevel.PATIENT, 11, "t1* PPIZ:P1"),
        (AutoloaderLevel.STUDY, 11, "t1* PPIZ:P1 SStudyID:S1"),
    ],
)
def test_the_level_says_whose_files_are_meant(level, study_id, bound) -> None:
    case = Case("demo", 1, study_id, "P1", "S1" if study_id else None)
    assert questions_for(case, [loader("t1*")], level).patterns == (bound,)


def test_loaders_of_studies_say_so_when_a_patient_is_chosen() -> None:
    case = Case("demo", 1, None, "P1", None)
    asked = questions_for(case, [loader("t1*")], AutoloaderLevel.STUDY)
    assert asked.problems == ((0, NO_STUDY),)


def test_a_wrong_pattern_does_not_hold_up_the_others() -> None:
    off = loader("z").model_copy(update={"enabled": False})
    loaders = [loader("t1*"), loader('a "b'), off, loader("t2*")]
    asked = questions_for(CASE, loaders, AutoloaderLevel.STUDY)
    assert asked.indices == (0, 3)
    ((index, sentence),) = asked.problems
    assert index == 1
    assert "not closed" in sentence


def test_an_atlas_of_another_patient_is_the_same_for_all() -> None:
    atlas = loader("PPIZ:atlas & mni*")
    cases = [Case("demo", n, n, f"P{n}", "S1") for n in (1, 2)]
    patterns = {
        questions_for(case, [atlas], AutoloaderLevel.STUDY).patterns for case in cases
    }
    ((text,),) = patterns
    facts = CaseFacts(patients_id="atlas", studies_ids=("mni",))
    assert matches_file(parse_pattern(text, Mode.AUTOLOADER), "mni.nii", case=facts)
