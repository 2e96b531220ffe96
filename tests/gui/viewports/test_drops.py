"""What a viewport offers for what is dragged over it, and what a drop does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
from napari.layers import Labels
from qtpy.QtCore import QMimeData, QPoint, Qt, QUrl
from qtpy.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from qtpy.QtWidgets import QApplication

from napari_nora.desktop.dropping import Dropping
from napari_nora.opening.dragged import DRAGGED_MIME, Dragged, DraggedFiles
from napari_nora.viewports.drops.targets import Target
from napari_nora.viewports.viewbars.dragging import mime_of_layer
from tests.gui.viewports.board import Board

ACTIONS = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


class Drag:
    """A drag over a viewport, with the events that Qt would send."""

    def __init__(self, board: Board, key: str, mime: QMimeData) -> None:
        self.viewport, self.mime = board.viewport(key), mime
        self.area = self.viewport.drops
        at = QPoint(5, 5)
        event = QDragEnterEvent(at, ACTIONS, mime, LEFT, NONE)
        event.ignore()
        QApplication.sendEvent(self.viewport, event)
        self.is_taken = event.isAccepted()

    def move(self, at: QPoint) -> bool:
        event = QDragMoveEvent(at, ACTIONS, self.mime, LEFT, NONE)
        QApplication.sendEvent(self.viewport, event)
        return event.isAccepted()

    def leave(self) -> None:
        QApplication.sendEvent(self.viewport, QDragLeaveEvent())

    def drop(self, target: Target) -> None:
        at = self.area.place_of(target).center()
        assert self.move(at)
        event = QDropEvent(at.toPointF(), ACTIONS, self.mime, LEFT, NONE)
        QApplication.sendEvent(self.viewport, event)
        assert event.isAccepted()


@pytest.fixture
def dropping(board: Board) -> Dropping:
    """Answer drops as the window does."""
    dropping = Dropping(board.viewer, board.session)
    board.grid.dropped.connect(dropping.drop)
    return dropping


def rows(session: str, name: str, kind: str) -> QMimeData:
    file = DraggedFiles(
        project="demo", study_id=1, file_ids=(3,), relative_name=name, kind=kind
    )
    mime = QMimeData()
    text = Dragged(session=session, files=(file,)).model_dump_json()
    mime.setData(DRAGGED_MIME, text.encode())
    return mime


def files(*paths: Path) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return mime


def stored(folder: Path, name: str, value: int = 7) -> Path:
    voxels = np.full((6, 5, 4), value, np.uint8)
    path = folder / name
    nibabel.save(nibabel.Nifti1Image(voxels, np.diag([2.0, 2, 3, 1])), path)
    return path


def wait_for_layers(board: Board, qtbot: Any, count: int) -> None:
    qtbot.waitUntil(lambda: len(board.viewer.layers) == count, timeout=15000)
    board.settle()


@pytest.mark.parametrize(
    ("name", "kind", "targets"),
    [
        ("t1.nii.gz", "image", ["everywhere", "background", "overlay", "roi"]),
        ("mask.nii.gz", "labels", ["roi", "background", "overlay"]),
        ("lh.pial.gii", "surface", ["surface"]),
        ("tracts.tck", "streamlines", []),
        ("notes.txt", "other", []),
    ],
)
def test_targets_depend_on_the_type(
    board: Board, name: str, kind: str, targets: list[str]
) -> None:
    drag = Drag(board, "0", rows(board.session.key, name, kind))
    assert [target.value for target in drag.area.targets] == targets
    assert drag.area.isVisible()
    assert drag.move(QPoint(50, 90)) is bool(targets)
    drag.leave()
    assert not drag.area.isVisible()


def test_a_drag_that_finds_no_target_is_taken_so_that_its_end_is_told(
    board: Board,
) -> None:
    drag = Drag(board, "0", rows(board.session.key, "tracts.tck", "streamlines"))
    assert drag.is_taken  # Qt tells only those who took it that it left
    shown = drag.area.grab().toImage()
    assert shown.pixelColor(drag.area.rect().center()).alpha() > 0
    drag.leave()
    assert not drag.area.isVisible()


def test_rows_of_another_window_are_refused(board: Board) -> None:
    drag = Drag(board, "0", rows("another session", "t1.nii.gz", "image"))
    assert not drag.is_taken
    assert not drag.area.isVisible()


def test_layers_of_another_window_are_refused(board: Board) -> None:
    drag = Drag(board, "0", mime_of_layer("7b1c3c1e-0000-0000-0000-000000000000"))
    assert not drag.is_taken


def test_what_is_no_drag_of_ours_is_refused(board: Board) -> None:
    for data in (b"", b"{", b'{"session": 1}'):
        mime = QMimeData()
        mime.setData(DRAGGED_MIME, data)
        assert not Drag(board, "0", mime).is_taken
    text = QMimeData()
    text.setText("hello")
    assert not Drag(board, "0", text).is_taken


def test_a_layer_is_moved_or_shown_in_another_viewport_too(
    board: Board, dropping: Dropping
) -> None:
    with board.desk.placing(["0"]):
        layer = board.viewer.add_image(np.ones((9, 9, 9)))
    key = str(layer.unique_id)
    Drag(board, "1", mime_of_layer(key)).drop(Target.HERE)
    assert board.desk.showing(key) == ("0", "1")
    Drag(board, "2", mime_of_layer(key)).drop(Target.MOVE)
    assert board.desk.showing(key) == ("2",)
    assert layer in board.viewer.layers
    assert board.picture("2").any()
    assert not board.picture("0").any()


def test_local_files_are_shown_where_they_are_dropped_and_go_nowhere(
    board: Board, dropping: Dropping, tmp_path: Path, qtbot: Any
) -> None:
    assert board.session.connection is None  # asking for a client would raise
    path = stored(tmp_path, "t1.nii.gz")
    Drag(board, "1", files(path)).drop(Target.BACKGROUND)
    wait_for_layers(board, qtbot, 1)
    layer = board.viewer.layers[0]
    assert board.desk.showing(str(layer.unique_id)) == ("1",)
    other = stored(tmp_path, "over.nii")
    Drag(board, "1", files(other)).drop(Target.OVERLAY)
    wait_for_layers(board, qtbot, 2)
    assert board.viewer.layers[1].opacity < 1
    assert board.viewer.layers[1].colormap.name != "gray"
    mask = stored(tmp_path, "mask.nii.gz", 1)
    Drag(board, "1", files(mask)).drop(Target.ROI)
    wait_for_layers(board, qtbot, 3)
    assert isinstance(board.viewer.layers[2], Labels)


def test_two_files_replace_the_background_together(
    board: Board, dropping: Dropping, tmp_path: Path, qtbot: Any
) -> None:
    with board.desk.placing(["1"]):
        old = board.viewer.add_image(np.ones((9, 9, 9)), name="old")
    both = files(stored(tmp_path, "a.nii"), stored(tmp_path, "b.nii"))
    Drag(board, "1", both).drop(Target.BACKGROUND)
    qtbot.waitUntil(lambda: len(board.desk["1"].items) == 2, timeout=15000)
    assert old not in board.viewer.layers
    assert [layer.name for layer in board.viewer.layers] == ["a", "b"]


def test_a_background_that_others_show_stays_there(
    board: Board, dropping: Dropping, tmp_path: Path, qtbot: Any
) -> None:
    old = board.viewer.add_image(np.ones((9, 9, 9)), name="old")
    Drag(board, "1", files(stored(tmp_path, "a.nii"))).drop(Target.BACKGROUND)
    wait_for_layers(board, qtbot, 2)
    assert "1" not in board.desk.showing(str(old.unique_id))
    assert "0" in board.desk.showing(str(old.unique_id))


def test_a_broken_file_is_told(
    board: Board, dropping: Dropping, tmp_path: Path, qtbot: Any
) -> None:
    broken = tmp_path / "broken.nii"
    broken.write_bytes(b"no image")
    said: list[str] = []
    board.session.noticed.connect(said.append)
    Drag(board, "1", files(broken)).drop(Target.BACKGROUND)
    qtbot.waitUntil(lambda: bool(said), timeout=15000)
    assert "broken.nii" in said[-1]
    assert not len(board.viewer.layers)
