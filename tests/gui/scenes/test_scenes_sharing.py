"""Sharing sends what is shown, and the link opens the same again."""

from __future__ import annotations

from typing import Any
from unittest.mock import create_autospec

import numpy as np
import pytest

from napari_nora.opening.mask import add_empty_mask
from napari_nora.opening.placed import Source, shown_affine_of
from napari_nora.opening.plan import plan_volume
from napari_nora.opening.show import show_plan
from napari_nora.scenes.collecting import scene_of
from napari_nora.scenes.fetching import plan_of_attachment
from napari_nora.scenes.share import ShareDialog, png_of
from napari_nora.scenes.sharing import ShareRequest, masks_of, share, travels_in_words
from napari_nora.session import Connection, session_of
from nora_core.client import Client
from nora_core.errors import Conflict
from nora_core.geometry.grid import Grid
from nora_core.images import Volume
from nora_core.wire.link import LinkInfo, LinkSave
from tests.gui.autoloaders.conftest import AFFINE
from tests.gui.fake_client import NOW, PROJECT


def link_info(version: int = 1, **changes: Any) -> LinkInfo:
    fields: dict[str, Any] = {
        "id": "A" * 32,
        "project": "demo",
        "owner": "anna",
        "version": version,
        "created_at": NOW,
        "changed_at": NOW,
        "changed_by": "anna",
        "comment": "look",
        "has_preview": True,
        "may_change": True,
    }
    return LinkInfo(**{**fields, **changes})


class Links:
    """Answers the calls about links; remembers what was saved."""

    def __init__(self) -> None:
        self.saves: list[LinkSave] = []
        self.client: Any = create_autospec(Client, instance=True)
        self.client.url = "https://nora.test"
        self.client.link_url.side_effect = lambda link_id: f"https://x/l/{link_id}"
        self.client.save_link.side_effect = self._save
        self.client.overwrite_link.side_effect = self._save

    def _save(self, _: str, save: LinkSave) -> LinkInfo:
        self.saves.append(LinkSave.model_validate_json(save.model_dump_json()))
        return link_info(len(self.saves), comment=save.scene.comment)


@pytest.fixture
def links() -> Links:
    return Links()


@pytest.fixture
def shown(viewer: Any, links: Links) -> Any:
    """An oblique image with a painted mask over it, in viewport 0."""
    session = session_of(viewer)
    session.connect(Connection(links.client, "https://nora.test", "anna", "1"))
    session.choose_project(PROJECT)
    data = np.arange(210, dtype="f4").reshape(5, 6, 7)
    source = Source("demo", 3, (7,), "t1.nii")
    volume = Volume(data, Grid((5, 6, 7), AFFINE))
    image = show_plan(viewer, plan_volume(volume, name="t1", source=source))
    mask = add_empty_mask(viewer, "les", image)
    mask.data[1:3, 2, 3] = 2
    items = (str(image.unique_id), str(mask.unique_id))
    session.desk.change("0", items=items)
    return mask


class Nobody:
    def cancelled(self) -> bool:
        return False

    def check(self) -> None:
        pass

    def progress(self, *_: Any) -> None:
        pass


def test_an_unsaved_mask_is_the_same_voxels_at_the_same_place(
    viewer: Any, links: Links, shown: Any
) -> None:
    collected = scene_of(viewer, session_of(viewer).desk)
    request = ShareRequest(collected.scene, masks_of(collected))
    share(links.client, "demo", request, Nobody())
    (save,) = links.saves
    (attachment,) = save.attachments
    plan = plan_of_attachment(attachment.content, None)
    again = show_plan(viewer, plan)
    assert np.array_equal(again.data, shown.data)
    assert np.allclose(shown_affine_of(again), shown_affine_of(shown), atol=1e-4)


def test_overwriting_says_which_version_it_is_based_on(
    viewer: Any, links: Links, shown: Any
) -> None:
    collected = scene_of(viewer, session_of(viewer).desk)
    request = ShareRequest(collected.scene, masks_of(collected), over=link_info(4))
    share(links.client, "demo", request, Nobody())
    assert links.saves[0].based_on == 4
    assert links.client.save_link.call_count == 0


def test_what_travels_is_said_before(viewer: Any, shown: Any) -> None:
    collected = scene_of(viewer, session_of(viewer).desk)
    assert travels_in_words(collected) == (
        "1 image and 1 unsaved mask, with planes, windows and crosshair"
    )


@pytest.fixture
def dialog(viewer: Any, shown: Any, qtbot: Any) -> ShareDialog:
    from qtpy.QtGui import QColor, QPixmap

    def picture() -> QPixmap:
        pixmap = QPixmap(800, 600)
        pixmap.fill(QColor("#203040"))
        return pixmap

    dialog = ShareDialog(viewer, session_of(viewer), picture, lambda layer: False)
    qtbot.addWidget(dialog)
    return dialog


def test_a_new_link_is_copied_and_can_be_overwritten(
    dialog: ShareDialog, links: Links, qtbot: Any
) -> None:
    from qtpy.QtGui import QGuiApplication

    dialog.open_for()
    assert dialog.overwrite.isHidden()
    dialog.comment.setPlainText("here?")
    dialog.new.click()
    qtbot.waitUntil(lambda: bool(dialog.url.text()), timeout=3000)
    assert dialog.url.text() == QGuiApplication.clipboard().text()
    assert links.saves[0].scene.comment == "here?"
    assert links.saves[0].preview.startswith(b"\x89PNG")
    assert not dialog.overwrite.isHidden()
    dialog.overwrite.click()
    qtbot.waitUntil(lambda: len(links.saves) == 2, timeout=3000)
    assert links.saves[1].based_on == 1


def test_a_conflict_stands_in_the_dialog(
    dialog: ShareDialog, links: Links, qtbot: Any
) -> None:
    links.client.save_link.side_effect = Conflict("somebody was faster")
    dialog.open_for()
    dialog.new.click()
    qtbot.waitUntil(lambda: "faster" in dialog.error.text, timeout=3000)
    assert dialog.new.isEnabled()


def test_without_an_image_there_is_nothing_to_share(
    dialog: ShareDialog, viewer: Any
) -> None:
    viewer.layers.clear()
    dialog.open_for()
    assert not dialog.new.isEnabled()
    assert "open a case first" in dialog.what.text()


def test_a_preview_is_small_enough(qtbot: Any) -> None:
    from qtpy.QtGui import QImage, QPixmap

    noise = np.random.default_rng(1).integers(0, 255, (900, 900, 4), dtype="u1")
    image = QImage(noise.data, 900, 900, QImage.Format.Format_RGB32)
    content = png_of(QPixmap.fromImage(image), width=900)
    assert content is not None
    assert len(content) <= 512 * 1024
