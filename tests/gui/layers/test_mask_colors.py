"""Masks that are open together have colors of their own."""

import numpy as np
from napari.components import ViewerModel

from napari_nora.opening.show import MASK_COLORS, color_few_labels


def add_mask(viewer, highest_label=1):
    data = np.zeros((4, 5, 6), dtype=np.uint8)
    data[0, 0, 0] = highest_label
    layer = viewer.add_labels(data)
    color_few_labels(layer, viewer)
    return layer


def colors_of(layers):
    return {tuple(np.round(layer.get_color(1), 3)) for layer in layers}


def test_each_mask_begins_with_a_color_of_its_own():
    viewer = ViewerModel()

    masks = [add_mask(viewer) for _ in MASK_COLORS]

    assert len(colors_of(masks)) == len(MASK_COLORS)


def test_a_color_is_free_again_when_its_mask_is_gone():
    viewer = ViewerModel()
    first, second = add_mask(viewer), add_mask(viewer)
    color = tuple(np.round(first.get_color(1), 3))
    viewer.layers.remove(first)

    third = add_mask(viewer)

    assert colors_of([third]) == {color}
    assert colors_of([second]) != {color}


def test_an_atlas_keeps_the_colors_of_napari():
    viewer = ViewerModel()

    atlas = add_mask(viewer, highest_label=len(MASK_COLORS) + 1)

    assert len(atlas.colormap.colors) > len(MASK_COLORS) + 1
