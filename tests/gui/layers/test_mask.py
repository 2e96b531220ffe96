"""A drawn mask is saved on exactly the grid of its image."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from napari.components import ViewerModel

from napari_nora.opening.mask import (
    add_empty_mask,
    mask_volume,
    reference_of,
    write_mask_file,
)
from napari_nora.opening.placed import placed_of, shown_affine_of
from napari_nora.opening.plan import plan_volume
from napari_nora.opening.show import show_plan
from nora_core.errors import BadInput
from nora_core.geometry.grid import Grid
from nora_core.images import Volume, read_volume
from tests.strategies import grids


def image_on(grid: Grid) -> Volume:
    return Volume(
        np.arange(grid.voxel_count, dtype="float32").reshape(grid.shape), grid
    )


@given(grids())
def test_a_mask_of_bright_voxels_comes_back_on_the_grid_of_its_image(
    grid: Grid,
) -> None:
    image, viewer = image_on(grid), ViewerModel()
    layer = show_plan(viewer, plan_volume(image, name="t1"))
    mask = add_empty_mask(viewer, "mask", layer)

    mask.data[layer.data > grid.voxel_count / 2] = 1
    if not mask.data.any():
        return
    saved = mask_volume(mask.data, shown_affine_of(mask), placed_of(mask))

    assert saved.grid.is_close(grid)
    assert np.array_equal(saved.data == 1, image.data > grid.voxel_count / 2)


def test_naparis_own_labels_layer_finds_its_image() -> None:
    grid = Grid((5, 6, 7), np.diag([-2.0, 2.0, 3.0, 1.0]))
    viewer = ViewerModel()
    image = show_plan(viewer, plan_volume(image_on(grid), name="t1"))
    labels = viewer.add_labels(
        np.zeros(image.data.shape, dtype="uint8"),
        scale=image.scale,
        affine=image.affine.affine_matrix,
    )
    labels.data[1, 2, 3] = 5

    place = reference_of(viewer, labels)
    saved = mask_volume(labels.data, shown_affine_of(labels), place)

    world = saved.grid.to_world(np.argwhere(saved.data == 5)[0])
    assert np.allclose(world, image.data_to_world((1, 2, 3)))
    assert saved.data.dtype == np.uint8


def test_a_mask_is_written_with_as_few_bytes_as_its_labels_need(
    tmp_path: Path,
) -> None:
    grid = Grid((3, 3, 3), np.eye(4))
    viewer = ViewerModel()
    mask = add_empty_mask(
        viewer, "m", show_plan(viewer, plan_volume(image_on(grid), name="i"))
    )
    labels = np.zeros(grid.shape, dtype="int64")
    labels[0, 0, 0] = 300

    write_mask_file(
        tmp_path / "m.nii.gz", labels, shown_affine_of(mask), placed_of(mask)
    )

    saved = read_volume(tmp_path / "m.nii.gz")
    assert saved.dtype == np.uint16
    assert int(saved.data[0, 0, 0]) == 300


def test_an_empty_mask_is_refused() -> None:
    grid = Grid((3, 3, 3), np.eye(4))
    viewer = ViewerModel()
    mask = add_empty_mask(
        viewer, "m", show_plan(viewer, plan_volume(image_on(grid), name="i"))
    )

    with pytest.raises(BadInput, match="empty"):
        mask_volume(mask.data, shown_affine_of(mask), placed_of(mask))


def test_a_mask_needs_an_image() -> None:
    with pytest.raises(BadInput, match="open"):
        add_empty_mask(ViewerModel(), "m")


def test_a_mask_over_a_time_series_is_three_dimensional() -> None:
    shape = (4, 5, 6)
    data = np.zeros((*shape, 3), dtype="float32")
    viewer = ViewerModel()
    show_plan(viewer, plan_volume(Volume(data, Grid(shape, np.eye(4))), name="bold"))

    mask = add_empty_mask(viewer, "m")

    assert mask.data.shape == shape
