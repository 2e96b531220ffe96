"""Which layer the browser's buttons mean."""

from __future__ import annotations

from typing import Any

import numpy as np
from napari.layers import Image, Labels
from napari.utils._proxies import PublicOnlyProxy

from napari_nora.widgets.browser.layers import labels_layer

VOXELS = np.zeros((2, 2, 2), dtype=np.uint8)


def test_the_active_labels_layer_is_meant(viewer: Any) -> None:
    viewer.add_layer(Labels(VOXELS, name="first"))
    viewer.add_layer(Labels(VOXELS, name="active"))

    assert labels_layer(viewer).name == "active"


def test_the_only_labels_layer_is_meant_while_an_image_is_active(viewer: Any) -> None:
    viewer.add_layer(Labels(VOXELS, name="only"))
    viewer.add_layer(Image(VOXELS))

    assert labels_layer(viewer).name == "only"


def test_it_is_found_through_the_proxy_that_napari_hands_to_plugins(
    viewer: Any,
) -> None:
    viewer.add_layer(Labels(VOXELS, name="first"))
    viewer.add_layer(Labels(VOXELS, name="active"))

    found = labels_layer(PublicOnlyProxy(viewer))

    assert found is not None
    assert found.name == "active"
