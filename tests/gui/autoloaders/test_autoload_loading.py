"""Choosing a case shows its images in the same viewports, and loses nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from napari_nora.autoloaders.loading import Autoloading
from napari_nora.autoloaders.unsaved import fingerprint
from napari_nora.desktop.closed_masks import ClosedMasks
from napari_nora.opening.mask import add_empty_mask
from napari_nora.opening.placed import Source, placed_of
from napari_nora.opening.plan import plan_volume
from napari_nora.opening.show import show_plan
from napari_nora.session import Connection, Neighbors, Session
from napari_nora.viewports.sources import affine_of
from napari_nora.viewports.state import Kind, Orientation
from napari_nora.widgets.browser.layers import file_name_for, tags_for
from nora_core.geometry.grid import Grid
from nora_core.images import Volume
from nora_core.wire.preset import AutoloaderLevel
from tests.gui.autoloaders.conftest import AFFINE, loader
from tests.gui.fake_client import PROJECT, case_row


def settle(auto: Autoloading, qtbot: Any) -> None:
    qtbot.waitUntil(lambda: not auto.feedback.is_loading, timeout=5000)


def names_in(viewer: Any, session: Session, key: str) -> list[str]:
    by_id = {str(layer.unique_id): layer for layer in viewer.layers}
    shown = [placed_of(by_id[item]) for item in session.desk[key].items]
    return [
        f"{placed.source.study_id}:{placed.source.relative_name}" for placed in shown
    ]


def layer_named(viewer: Any, name: str) -> Any:
    return next(layer for layer in viewer.layers if layer.name == name)


def test_the_next_case_is_shown_in_the_same_places(
    viewer, session, auto, case_files, go
) -> None:
    for study in (1, 2):
        case_files.add(study, f"t1/s00{study}.nii.gz", value=study)
        case_files.add(study, "flair.nii", value=study)
        case_files.add(study, "masks/lesion.nii.gz", tags=("mask",))
    auto.book.set(
        autoloaders=[
            loader("masks/*", "0,1", roi=True),
            loader("t1/*", "0,1,b0", slicing="sagittal,coronal,axial"),
            loader("flair*", "1", overlay=True),
        ]
    )
    go(1)
    assert names_in(viewer, session, "0") == [
        "1:t1/s001.nii.gz",
        "1:masks/lesion.nii.gz",
    ]
    assert names_in(viewer, session, "1") == [
        "1:t1/s001.nii.gz",
        "1:flair.nii",
        "1:masks/lesion.nii.gz",
    ]
    ids = [layer.unique_id for layer in viewer.layers]
    go(2)
    assert names_in(viewer, session, "0") == [
        "2:t1/s002.nii.gz",
        "2:masks/lesion.nii.gz",
    ]
    assert names_in(viewer, session, "b0") == ["2:t1/s002.nii.gz"]
    assert session.desk["0"].orientation is Orientation.SAGITTAL
    assert [layer.unique_id for layer in viewer.layers] == ids
    assert layer_named(viewer, "t1 s002").data.max() == pytest.approx(102)


def test_a_case_that_lacks_a_file_says_so_and_shows_nothing_of_the_one_before(
    viewer, session, auto, case_files, go
) -> None:
    case_files.add(1, "t1.nii")
    case_files.add(2, "other.nii")
    auto.book.set(autoloaders=[loader("t1*", slicing="coronal", gl=False)])
    session.desk.change("0", kind=Kind.VOLUME)
    go(1)
    session.desk.change("0", kind=Kind.VOLUME, orientation=Orientation.AXIAL)
    go(2)
    assert session.desk["0"].kind is Kind.PLANE  # a 3D view has no room for the note
    assert session.desk["0"].orientation is Orientation.CORONAL
    assert len(viewer.layers) == 0
    assert session.desk["0"].items == ()
    assert session.desk["0"].note == "no file t1*"
    assert auto.feedback.sentences == {0: "no file t1*"}


def test_a_broken_file_leaves_the_others(viewer, session, auto, case_files, go) -> None:
    case_files.add(1, "t1.nii")
    row = case_files.add(1, "t2.nii")
    case_files.files[row.id][1].write_bytes(b"no image")
    auto.book.set(autoloaders=[loader("t1*"), loader("t2*", "1")])
    go(1)
    assert [layer.name for layer in viewer.layers] == ["t1"]
    assert "t2" in session.desk["1"].note


def test_only_the_last_of_many_quick_choices_is_shown(
    viewer, session, auto, case_files, choose, go
) -> None:
    for study in range(1, 6):
        case_files.add(study, "t1.nii", value=study)
    auto.book.set(autoloaders=[loader("t1*")])
    shown: list[Any] = []
    auto.shown.connect(shown.append)
    for study in range(1, 5):
        choose(study)
    go(5)
    assert names_in(viewer, session, "0") == ["5:t1.nii"]
    assert shown[-1].study_id == 5


def test_zoom_and_crosshair_stay_where_grids_agree_and_are_reset_where_not(
    session, auto, case_files, go
) -> None:
    moved = AFFINE.copy()
    moved[:3, 3] += 30
    case_files.add(1, "t1.nii")
    case_files.add(2, "t1.nii", value=3)
    case_files.add(3, "t1.nii", affine=moved)
    auto.book.set(autoloaders=[loader("t1*")])
    go(1)
    session.desk.change("0", mm_per_pixel=0.3, focus_mm=(1.0, 2.0, 3.0))
    session.desk.move_crosshair((4, 5, 6))
    go(2)
    assert session.desk["0"].mm_per_pixel == 0.3
    assert session.desk.crosshair_mm == (4, 5, 6)
    go(3)
    assert session.desk["0"].mm_per_pixel is None
    assert session.desk.crosshair_mm != (4, 5, 6)


def test_an_unsaved_mask_waits_until_its_case_is_shown_again(
    viewer, session, auto, case_files, go, qtbot
) -> None:
    for study in (1, 2):
        case_files.add(study, "t1.nii")
        case_files.add(study, "mask.nii", tags=("mask",))
    auto.book.set(autoloaders=[loader("t1*"), loader("mask*", roi=True)])
    notices: list[str] = []
    session.noticed.connect(notices.append)
    go(1)
    painted = viewer.layers[1]
    painted.data[3, 3, 2] = 1
    painted.refresh()
    go(2)
    assert painted not in viewer.layers
    assert [mask.layer for mask in auto.kept] == [painted]
    assert notices == ["1 unsaved mask is kept and comes back with its case"]
    assert viewer.layers[1].data[3, 3, 2] == 0
    go(1)
    assert painted in viewer.layers
    assert auto.kept == []
    assert session.desk["0"].items[-1] == str(painted.unique_id)
    auto.reload()
    settle(auto, qtbot)
    assert painted.data[3, 3, 2] == 1


def test_a_mask_without_changes_leaves_with_its_case_without_a_word(
    viewer, auto, case_files, go
) -> None:
    case_files.add(1, "t1.nii")
    case_files.add(1, "mask.nii", tags=("mask",))
    case_files.add(2, "t1.nii")
    auto.book.set(autoloaders=[loader("t1*"), loader("mask*", roi=True)])
    offers: list[str] = []
    closed = ClosedMasks(viewer, auto, lambda sentence, _: offers.append(sentence))
    go(1)
    go(2)
    assert len(viewer.layers) == 1
    assert offers == []
    del closed


def test_a_mask_on_an_image_that_was_opened_by_hand_is_kept_too(
    viewer, session, auto, case_files, go
) -> None:
    for study in (1, 2):
        case_files.add(study, "t1.nii")
    source = Source("demo", 2, (99,), "other.nii")
    volume = Volume(np.ones((3, 4, 5), dtype="f4"), Grid((3, 4, 5), AFFINE))
    image = show_plan(viewer, plan_volume(volume, name="other", source=source))
    drawn = add_empty_mask(viewer, "drawn", image)
    drawn.data[1, 1, 1] = 1
    auto.book.set(autoloaders=[loader("t1*")])
    go(1)
    assert [layer.name for layer in viewer.layers] == ["t1"]
    assert [mask.layer for mask in auto.kept] == [drawn]
    go(2)
    assert drawn in viewer.layers
    assert auto.kept == []


def test_painting_never_changes_what_is_in_memory(viewer, auto, case_files, go) -> None:
    for study in (1, 2):
        case_files.add(study, "mask.nii", tags=("mask",))
    auto.book.set(autoloaders=[loader("mask*", roi=True)])
    go(1)
    viewer.layers[0].data[:] = 1
    auto.unsaved.note_stored(viewer.layers[0])  # as if it was saved elsewhere
    go(2)
    go(1)
    assert viewer.layers[0].data.min() == 0
    assert case_files.downloads == [1, 2]


def test_a_mask_that_is_missing_is_made_and_the_saved_one_comes_next_time(
    viewer, session, auto, case_files, go
) -> None:
    case_files.add(1, "t1.nii")
    case_files.add(2, "t1.nii")
    loaders = [
        loader("t1*"),
        loader("masks/$USER*", roi=True, autocreateroi=0, auto_tag="lesion"),
    ]
    auto.book.set(autoloaders=loaders)
    go(1)
    made = viewer.layers[1]
    assert made.data.shape == viewer.layers[0].data.shape
    assert not made.data.any()
    new = made.metadata["nora new file"]
    assert (new.study_id, new.relative_name) == (1, "masks/anna.nii.gz")
    assert new.tags == ("lesion", "mask")
    assert file_name_for(made) == new.relative_name
    assert tags_for(made) == ["lesion", "mask"]
    made.data[1, 1, 1] = 1
    row = case_files.add(1, new.relative_name, tags=new.tags)
    session.mask_saved.emit(made, row, fingerprint(made.data))
    go(2)
    assert auto.kept == []
    go(1)
    assert names_in(viewer, session, "0") == ["1:t1.nii", "1:masks/anna.nii.gz"]
    assert viewer.layers[1].data.sum() > 1


def test_a_new_mask_that_was_painted_on_survives_a_reload(
    viewer, session, auto, case_files, go, qtbot
) -> None:
    case_files.add(1, "t1.nii")
    auto.book.set(
        autoloaders=[loader("t1*"), loader("m/x*", roi=True, autocreateroi=0)]
    )
    go(1)
    viewer.layers[1].data[2, 2, 2] = 1
    auto.book.set(level=AutoloaderLevel.STUDY)
    settle(auto, qtbot)
    assert len(viewer.layers) == 2
    assert viewer.layers[1].data[2, 2, 2] == 1


def test_a_withdrawn_right_shows_nothing_though_it_was_fetched_ahead(
    viewer, session, auto, case_files, go, qtbot
) -> None:
    for study in (1, 2):
        case_files.add(study, "t1.nii")
    session.neighbor_source = lambda count: Neighbors(
        next=(case_row(2, patients_id="P2", studies_id="S2"),)
    )
    auto.book.set(autoloaders=[loader("t1*")])
    go(1)
    qtbot.waitUntil(lambda: len(auto.cache) == 2, timeout=5000)
    case_files.is_readable = False
    go(2)
    assert len(viewer.layers) == 0
    assert len(auto.cache) == 0
    assert "no right" in session.desk["0"].note


def test_the_next_case_needs_one_request_and_no_download(
    session, auto, case_files, go, qtbot
) -> None:
    for study in (1, 2):
        case_files.add(study, "t1.nii")
        case_files.add(study, "t2.nii")
    session.neighbor_source = lambda count: Neighbors(
        next=(case_row(2, patients_id="P2", studies_id="S2"),)
    )
    auto.book.set(autoloaders=[loader("t1*"), loader("t2*", "1")])
    go(1)
    qtbot.waitUntil(lambda: len(auto.cache) == 4, timeout=5000)
    session.neighbor_source = None
    calls, downloads = (
        case_files.client.select_many.call_count,
        len(case_files.downloads),
    )
    go(2)
    assert case_files.client.select_many.call_count == calls + 1
    assert len(case_files.downloads) == downloads == 4


def test_leaving_the_project_leaves_nothing_behind(
    viewer, session, auto, case_files, go
) -> None:
    case_files.add(1, "t1.nii")
    auto.book.set(autoloaders=[loader("t1*")])
    go(1)
    session.choose_project(None)
    assert len(viewer.layers) == 0
    assert len(auto.cache) == 0


def test_another_server_closes_what_is_open_and_gets_no_masks_of_this_one(
    viewer, session, auto, case_files, go
) -> None:
    case_files.add(1, "t1.nii")
    source = Source("demo", 1, (99,), "t1.nii")
    volume = Volume(np.ones((3, 4, 5), dtype="f4"), Grid((3, 4, 5), AFFINE))
    image = show_plan(viewer, plan_volume(volume, name="by hand", source=source))
    drawn = add_empty_mask(viewer, "drawn", image)
    drawn.data[1, 1, 1] = 1
    here = session.connection

    def enter(connection: Connection) -> None:
        session.connect(connection)
        session.choose_project(PROJECT)
        auto.book.set(autoloaders=[])  # of that server
        auto.book.set(autoloaders=[loader("t1*")])

    enter(Connection(case_files.client, "https://other.test", "anna", "1"))
    assert len(viewer.layers) == 0
    go(1)
    assert [layer.name for layer in viewer.layers] == ["t1"]

    enter(here)
    go(1)
    assert drawn in viewer.layers


def test_a_layer_that_was_moved_by_hand_lies_right_in_the_next_case(
    viewer, auto, case_files, go
) -> None:
    for study in (1, 2):
        case_files.add(study, "t1.nii", value=study)
    auto.book.set(autoloaders=[loader("t1*")])
    go(1)
    layer = viewer.layers[0]
    before = affine_of(layer)
    layer.translate, layer.shear = (1, 2, 3), (0.1, 0, 0)
    layer.rotate = np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]])
    assert not np.allclose(affine_of(layer), before)
    go(2)
    assert viewer.layers[0] is layer
    assert np.allclose(affine_of(layer), before)


def test_switched_off_a_choice_loads_nothing(viewer, auto, case_files, go) -> None:
    case_files.add(1, "t1.nii")
    auto.book.set(autoloaders=[loader("t1*")], is_enabled=False)
    go(1)
    assert not case_files.client.select_many.called
    assert len(viewer.layers) == 0
