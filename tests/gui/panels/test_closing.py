"""No window closes over strokes that no file holds, unless the user says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from napari.components import ViewerModel
from qtpy.QtGui import QCloseEvent
from qtpy.QtWidgets import QApplication, QMainWindow

from napari_nora.autoloaders.loading import autoloading_of
from napari_nora.desktop.closing import ClosingGuard


class UsersClose(QCloseEvent):
    """A click on the window's cross."""

    def spontaneous(self) -> bool:
        return True


@pytest.fixture
def guarded(viewer: ViewerModel, qtbot: Any) -> Callable[[bool], Any]:
    def make(answer: bool) -> Any:
        main = QMainWindow()
        qtbot.addWidget(main)
        auto = autoloading_of(viewer)
        asked: list[list[str]] = []
        guard = ClosingGuard(
            main, viewer, auto, lambda _, names: asked.append(list(names)) or answer
        )
        main.show()
        return main, guard, asked

    return make


@pytest.mark.parametrize("answer", [True, False])
def test_the_user_is_asked_about_strokes(
    guarded: Callable[[bool], Any], viewer: ViewerModel, answer: bool
) -> None:
    main, _, asked = guarded(answer)
    mask = viewer.add_labels(np.zeros((4, 4, 4), np.uint8), name="lesion")
    mask.data[1, 1, 1] = 1
    event = UsersClose()
    QApplication.sendEvent(main, event)
    assert asked == [["lesion"]]
    assert event.isAccepted() is answer


def test_nothing_is_asked_without_strokes(
    guarded: Callable[[bool], Any], viewer: ViewerModel
) -> None:
    main, _, asked = guarded(False)
    viewer.add_labels(np.zeros((4, 4, 4), np.uint8))
    event = UsersClose()
    QApplication.sendEvent(main, event)
    assert asked == []
    assert event.isAccepted()


@pytest.mark.parametrize("answer", [True, False])
def test_napari_s_menus_ask_too_and_programs_do_not(
    viewer: ViewerModel, qtbot: Any, answer: bool
) -> None:
    class NapariWindow(QMainWindow):
        def close(self, quit_app: bool = False, confirm_need: bool = False) -> bool:
            return super().close()

    main = NapariWindow()
    qtbot.addWidget(main)
    auto, asked = autoloading_of(viewer), []
    guard = ClosingGuard(
        main, viewer, auto, lambda _, names: asked.append(names) or answer
    )
    viewer.add_labels(np.ones((4, 4, 4), np.uint8), name="lesion")
    auto.unsaved.forget(viewer.layers[0])
    main.show()
    main.close(quit_app=True, confirm_need=True)
    assert len(asked) == 1
    assert main.isVisible() is not answer
    main.close()
    assert len(asked) == 1
    assert not main.isVisible()
    del guard
