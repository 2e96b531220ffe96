"""Saving a drawn mask into its study, with a fake server."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from napari_nora.autoloaders.loading import autoloading_of
from napari_nora.opening.mask import add_empty_mask
from napari_nora.opening.placed import Placed, Source
from napari_nora.opening.plan import plan_volume
from napari_nora.opening.show import show_plan
from napari_nora.widgets.browser.panel import BrowserPanel
from nora_core.errors import Conflict
from nora_core.geometry.grid import Grid
from nora_core.images import Volume
from nora_core.wire.archive import StudyInfo
from tests.gui.fake_client import FakeArchive, file_row


def drawn_mask(viewer: Any) -> None:
    grid = Grid((3, 4, 5), np.eye(4))
    image = Volume(np.arange(60, dtype="float32").reshape(grid.shape), grid)
    source = Source("demo", 9, (1,), "s003")
    layer = show_plan(viewer, plan_volume(image, name="s003", source=source))
    mask = add_empty_mask(viewer, "lesion", layer)
    mask.data[1, 1, 1] = 1


def test_a_mask_is_saved_to_the_study_of_its_image(
    qtbot: Any, filled: BrowserPanel, archive: FakeArchive, viewer: Any
) -> None:
    drawn_mask(viewer)
    archive.client.upload.return_value = file_row(5, "masks/lesion.nii.gz")

    filled.page.save_mask.click()
    assert filled.page.save_form.name.text() == "masks/lesion.nii.gz"
    filled.page.save_form.save.click()

    qtbot.waitUntil(lambda: "Saved as masks/lesion.nii.gz" in filled.page.undo.text)
    call = archive.client.upload.call_args
    assert call.args[2:] == (9, "masks/lesion.nii.gz")
    assert call.kwargs["tags"] == ["mask"]


def test_strokes_drawn_while_a_mask_is_saved_are_not_taken_for_saved(
    qtbot: Any, filled: BrowserPanel, archive: FakeArchive, viewer: Any
) -> None:
    drawn_mask(viewer)
    mask, auto = viewer.layers["lesion"], autoloading_of(viewer)
    is_sent, is_drawn = threading.Event(), threading.Event()

    def upload(*_: Any, **__: Any) -> Any:
        is_sent.set()
        is_drawn.wait(5)
        return file_row(5, "masks/lesion.nii.gz")

    archive.client.upload.side_effect = upload
    filled.page.save_mask.click()
    filled.page.save_form.save.click()
    assert is_sent.wait(5)
    mask.data[2, 2, 2] = 1
    is_drawn.set()

    qtbot.waitUntil(lambda: "Saved as" in filled.page.undo.text)
    assert auto.unsaved.is_unsaved(mask)
    mask.data[2, 2, 2] = 0
    assert not auto.unsaved.is_unsaved(mask)


def test_a_layer_that_holds_another_case_by_now_is_not_said_to_be_saved(
    qtbot: Any, filled: BrowserPanel, archive: FakeArchive, viewer: Any
) -> None:
    drawn_mask(viewer)
    mask, auto = viewer.layers["lesion"], autoloading_of(viewer)
    saved: list[Any] = []
    filled.session.mask_saved.connect(saved.append)
    other = Placed(Grid((3, 4, 5), np.eye(4)), Source("demo", 10, (7,), "mask.nii"))

    def upload(*_: Any, **__: Any) -> Any:
        mask.metadata["nora"] = other  # the next case came
        return file_row(5, "masks/lesion.nii.gz")

    archive.client.upload.side_effect = upload
    filled.page.save_mask.click()
    filled.page.save_form.save.click()

    qtbot.waitUntil(lambda: "Saved as" in filled.page.undo.text)
    assert mask.metadata["nora"] is other
    assert saved == []
    del auto


def test_saving_says_into_whose_study(
    qtbot: Any, filled: BrowserPanel, archive: FakeArchive, viewer: Any
) -> None:
    drawn_mask(viewer)
    archive.client.study.return_value = StudyInfo(
        study_id=9,
        subject_id=3,
        patients_id="NORA-003",
        studies_id="20240205-MR",
        name="Cedar, Clara",
        date=None,
        description="",
        modality="MR",
    )

    filled.page.save_mask.click()

    label = filled.page.save_form.label
    qtbot.waitUntil(lambda: "Cedar, Clara · NORA-003 · 20240205-MR" in label.text())
    assert archive.client.study.call_args.args[1] == 9


def test_a_taken_name_asks_whether_to_replace(
    qtbot: Any, filled: BrowserPanel, archive: FakeArchive, viewer: Any
) -> None:
    drawn_mask(viewer)
    archive.client.upload.side_effect = Conflict("masks/lesion.nii.gz exists")
    filled.page.save_mask.click()
    filled.page.save_form.save.click()
    qtbot.waitUntil(lambda: filled.page.save_form.save.text() == "Replace")

    archive.client.upload.side_effect = None
    archive.client.upload.return_value = file_row(5, "masks/lesion.nii.gz")
    filled.page.save_form.save.click()

    qtbot.waitUntil(lambda: filled.page.undo.isVisible())
    assert archive.client.upload.call_args.kwargs["replace"] is True


def test_saving_without_a_mask_says_what_to_do(filled: BrowserPanel) -> None:
    filled.page.save_mask.click()

    assert "New mask" in filled.page.error.text
