"""The 3D viewport on a screen: what is seen, and what the mouse does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from napari.layers import Image, Points
from qtpy.QtCore import QEvent, QPoint, QPointF, Qt
from qtpy.QtGui import QMouseEvent, QWheelEvent
from qtpy.QtWidgets import QApplication, QLabel

from napari_nora.parts.main_thread import MainThread
from napari_nora.tasks import Tasks
from napari_nora.viewports.three_d import canvas as canvas_module
from napari_nora.viewports.three_d.canvas import VolumeCanvas
from napari_nora.viewports.three_d.items import Item3D, PlanePicture, Shown
from napari_nora.viewports.three_d.views import View, turn_from
from nora_core.geometry.plane import Plane

pytestmark = pytest.mark.window

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
OBLIQUE = np.array(
    [[0, 0.5, -1.9, 60], [-2, 0, 0, 70], [0, 1.9, 0.5, -90], [0, 0, 0, 1]]
)


@pytest.fixture
def canvas(qtbot: Any) -> Iterator[VolumeCanvas]:
    """A 3D viewport on the screen."""
    tasks = Tasks(MainThread().deliver)
    canvas = VolumeCanvas(tasks)
    qtbot.addWidget(canvas)
    canvas.resize(300, 300)
    canvas.show()
    qtbot.waitExposed(canvas)
    yield canvas
    canvas.shut()
    tasks.close()


def phantom(*marks: tuple[float, float, float]) -> Image:
    """Return an oblique, flipped image that is bright at places in RAS+ mm."""
    voxels = np.zeros((70, 70, 70), dtype=np.uint8)
    for place in marks:
        i, j, k = np.rint(np.linalg.inv(OBLIQUE) @ (*place, 1)).astype(int)[:3]
        voxels[i - 4 : i + 5, j - 4 : j + 5, k - 4 : k + 5] = 255
    return Image(voxels, affine=OBLIQUE, contrast_limits=(0, 255))


def bright_middle(pixels: Any) -> tuple[float, float]:
    """Return where the bright pixels are: to the right and up, -1 to 1."""
    rows, cols = np.nonzero(pixels[:200, :, :3].min(axis=-1) > 100)
    assert len(rows), "nothing is to be seen"
    height, width = pixels.shape[:2]
    return cols.mean() / width * 2 - 1, 1 - rows.mean() / height * 2


def test_marks_are_where_the_anatomy_says(canvas: VolumeCanvas) -> None:
    for side, place, across, up in (
        ("A", (-40, 0, 0), 1, 0),
        ("A", (0, 0, 40), 0, 1),
        ("P", (-40, 0, 0), -1, 0),
        ("R", (0, 40, 0), 1, 0),
        ("L", (0, 40, 0), -1, 0),
        ("I", (-40, 0, 0), 1, 0),
    ):
        canvas.set_view(View(turn_from(side), (0, 0, 0), 0.6))
        canvas.show_scene([Item3D(phantom(place), Shown.VOLUME)])
        seen = bright_middle(canvas.screenshot())
        assert seen == pytest.approx((across * 0.444, up * 0.444), abs=0.04), side


def test_a_plane_shows_its_picture_the_right_way_round(canvas: VolumeCanvas) -> None:
    plane = Plane((0, 0, 0), (-1, 0, 0), (0, 0, -1), 1.0, (80, 100))
    rgba = np.full((80, 100, 4), 60, dtype=np.uint8)
    rgba[5:15, 70:80] = 255
    items = [Item3D(phantom(), Shown.HIDDEN)]
    canvas.set_view(View(turn_from("A"), (0, 0, 0), 0.6))
    canvas.show_scene(items, None, [PlanePicture("1", plane, rgba)])
    expected = (74.5 - 49.5) / 0.6 / 150, (39.5 - 9.5) / 0.6 / 150
    assert bright_middle(canvas.screenshot()) == pytest.approx(expected, abs=0.03)
    rgba = np.full((80, 100, 4), 60, dtype=np.uint8)
    rgba[5:15, 20:30] = 255
    canvas.show_scene(items, None, [PlanePicture("1", plane, rgba)])
    expected = (24.5 - 49.5) / 0.6 / 150, expected[1]
    assert bright_middle(canvas.screenshot()) == pytest.approx(expected, abs=0.03)


def test_another_size_keeps_what_is_looked_at(canvas: VolumeCanvas, qtbot: Any) -> None:
    views: list[View] = []
    canvas.view_changed.connect(views.append)
    canvas.show_scene([Item3D(phantom((0, 0, 0)), Shown.HIDDEN)], (0, 0, 0))
    zooms = []
    for size in (300, 150):
        canvas.resize(size, size)
        qtbot.wait(50)
        canvas.screenshot()
        qtbot.wait(50)
        zooms.append(canvas.stage.model.scene.camera.zoom)
    assert zooms[1] == pytest.approx(zooms[0] / 2, rel=0.05)
    canvas.set_view(View(turn_from("L"), (1, 2, 3), 0.5))
    for size in (150, 300):
        canvas.resize(size, size)
        qtbot.wait(50)
        canvas.screenshot()
        qtbot.wait(50)
        assert canvas.stage.model.scene.camera.zoom == pytest.approx(2)
    assert views == []


def test_layers_come_and_go_without_a_crash(canvas: VolumeCanvas, qtbot: Any) -> None:
    image, points = phantom((0, 0, 0)), Points(np.zeros((2, 3)), size=9)
    scenes = [
        [Item3D(image, Shown.VOLUME), Item3D(points, Shown.AS_IT_IS)],
        [Item3D(points, Shown.AS_IT_IS)],
        [Item3D(image, Shown.ISOSURFACE), Item3D(points, Shown.AS_IT_IS)],
        [],
    ]
    for items in scenes:
        canvas.show_scene(items, (0, 0, 0))
        qtbot.wait(100)
        canvas.screenshot()
    assert len(canvas.stage.model.layers) == 0


def test_a_hidden_view_costs_nothing_and_catches_up(
    canvas: VolumeCanvas, qtbot: Any
) -> None:
    items = [Item3D(phantom((0, 0, 0)), Shown.VOLUME)]
    canvas.hide()
    canvas.show_scene(items)
    qtbot.wait(300)
    assert len(canvas.stage.model.layers) == 0
    canvas.show()
    qtbot.waitUntil(lambda: len(canvas.stage.model.layers) == 1)


def test_many_changes_are_few_updates_and_the_last_one_comes(
    canvas: VolumeCanvas, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []
    show = canvas.stage.show
    monkeypatch.setattr(
        canvas.stage, "show", lambda *scene: (seen.append(scene[1]), show(*scene))
    )
    for step in range(30):
        canvas.show_scene([], (step, 0, 0))
        qtbot.wait(10)
    qtbot.waitUntil(lambda: bool(seen) and seen[-1] == (29, 0, 0))
    assert len(seen) <= 6


def drag(widget: Any, button: Qt.MouseButton, dx: int, dy: int) -> None:
    start = QPoint(150, 150)
    steps = [start, start + QPoint(dx // 2, dy // 2), start + QPoint(dx, dy)]
    _mouse(widget, QEvent.Type.MouseButtonPress, steps[0], button, button)
    for place in steps[1:]:
        _mouse(widget, QEvent.Type.MouseMove, place, Qt.MouseButton.NoButton, button)
    none = Qt.MouseButton.NoButton
    _mouse(widget, QEvent.Type.MouseButtonRelease, steps[-1], button, none)


def _mouse(widget: Any, kind: Any, place: QPoint, button: Any, held: Any) -> None:
    where = QPointF(place)
    none = Qt.KeyboardModifier.NoModifier
    event = QMouseEvent(kind, where, widget.mapToGlobal(where), button, held, none)
    QApplication.sendEvent(widget, event)
    QApplication.processEvents()


def test_the_mouse_turns_moves_and_zooms(
    canvas: VolumeCanvas, native: Callable[[], Any], qtbot: Any
) -> None:
    canvas.show_scene([Item3D(phantom((0, 0, 0)), Shown.VOLUME)])
    canvas.screenshot()
    views: list[View] = []
    canvas.view_changed.connect(views.append)
    x, y = bright_middle(canvas.screenshot())

    drag(native(), RIGHT, 60, -30)
    assert views[-1].turn == pytest.approx(View().turn)
    moved = bright_middle(canvas.screenshot())
    assert moved == pytest.approx((x + 60 / 150, y + 30 / 150), abs=0.03)

    drag(native(), LEFT, 40, 0)
    assert views[-1].turn != pytest.approx(View().turn, abs=0.05)
    assert views[-1].turn == canvas.view.turn

    before = canvas.view.mm_per_pixel
    none = Qt.KeyboardModifier.NoModifier
    wheel = QWheelEvent(
        QPointF(150, 150), QPointF(150, 150), QPoint(), QPoint(0, 120),
        Qt.MouseButton.NoButton, none, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(native(), wheel)
    QApplication.processEvents()
    assert before is not None
    assert canvas.view.mm_per_pixel is not None
    assert canvas.view.mm_per_pixel < before

    with qtbot.waitSignal(canvas.maximize_requested):
        none = Qt.MouseButton.NoButton
        place = QPoint(150, 150)
        _mouse(native(), QEvent.Type.MouseButtonDblClick, place, LEFT, LEFT)
        _mouse(native(), QEvent.Type.MouseButtonRelease, place, LEFT, none)


@pytest.fixture
def native(canvas: VolumeCanvas) -> Callable[[], Any]:
    """The widget that napari draws into."""
    from napari.qt import QtViewer

    return lambda: canvas.findChild(QtViewer).canvas.native


def test_without_opengl_a_sentence_stands_in_its_place(
    qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(canvas_module, "opengl_problem", lambda: "no OpenGL; do this")
    tasks = Tasks(MainThread().deliver)
    canvas = VolumeCanvas(tasks)
    qtbot.addWidget(canvas)
    canvas.resize(300, 200)
    canvas.show()
    qtbot.waitExposed(canvas)
    canvas.show_scene([Item3D(phantom(), Shown.VOLUME)])
    texts = [label.text() for label in canvas.findChildren(QLabel)]
    assert "no OpenGL; do this" in texts
    assert canvas.screenshot().shape == (200, 300, 4)
    canvas.shut()
    tasks.close()
