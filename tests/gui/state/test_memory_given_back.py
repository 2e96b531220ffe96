"""Memory is given back soon after layers are closed, once for all of them."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np
from napari.layers import Image

from napari_nora.opening.memory import close_all, give_back_when_changed
from napari_nora.session import session_of


def test_closed_layers_are_freed_without_another_image_being_opened(
    viewer: Any, qtbot: Any
) -> None:
    give_back_when_changed(viewer, session_of(viewer))
    layers = [viewer.add_layer(Image(np.ones((4, 5, 6)))) for _ in range(3)]
    remembered = [weakref.ref(layer) for layer in layers]
    del layers

    viewer.layers.clear()

    qtbot.waitUntil(lambda: not any(layer() for layer in remembered), timeout=5000)


def test_closing_all_frees_at_once(viewer: Any) -> None:
    layer = weakref.ref(viewer.add_layer(Image(np.ones((4, 5, 6)))))

    close_all(viewer)

    assert layer() is None
