"""Images stand upright where they belong, oblique and flipped ones too."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from napari.components import ViewerModel

from napari_nora.opening.placed import is_oblique, placed_of, shown_affine_of
from napari_nora.opening.plan import LayerKind, plan_file, plan_volume
from napari_nora.opening.show import show_plan
from nora_core.errors import ImageFileError
from nora_core.geometry.grid import Grid
from nora_core.images import Volume, write_volume
from tests.strategies import grids

OBLIQUE = np.array(
    [
        [-1.8, 0.3, 0.2, 40.0],
        [0.31, 1.9, -0.4, -20.0],
        [0.25, 0.35, 3.9, 5.0],
        [0.0, 0.0, 0.0, 1.0],
    ]
)


def ramp(shape: tuple[int, ...], dtype: str = "float32") -> np.ndarray:
    return np.arange(np.prod(shape), dtype=dtype).reshape(shape)


def volume_on(affine: np.ndarray, shape: tuple[int, int, int] = (6, 7, 5)) -> Volume:
    return Volume(ramp(shape), Grid(shape, affine))


@given(grids())
def test_a_layer_holds_the_files_own_voxels(grid: Grid) -> None:
    image = Volume(ramp(grid.shape), grid)

    plan = plan_volume(image, name="t1")

    assert np.shares_memory(plan.data, image.data)
    assert plan.data.dtype == image.data.dtype


@given(grids())
def test_the_viewer_shows_each_voxel_at_its_place_in_the_scanner(grid: Grid) -> None:
    image = Volume(ramp(grid.shape), grid)

    layer = show_plan(ViewerModel(), plan_volume(image, name="t1"))

    for voxel in ((0, 0, 0), tuple(np.array(grid.shape) - 1)):
        world = image.grid.to_world(voxel)
        shown = layer.world_to_data(world)
        index = tuple(np.round(shown).astype(int))
        assert np.allclose(shown, index, atol=1e-4)
        assert layer.data[index] == image.data[voxel]


@given(grids())
def test_a_layers_voxel_size_and_directions_are_the_files(grid: Grid) -> None:
    layer = show_plan(
        ViewerModel(), plan_volume(Volume(ramp(grid.shape), grid), name="t1")
    )

    turned = Volume(ramp(grid.shape), grid).turned_to("RAS").grid
    assert np.allclose(shown_affine_of(layer), turned.affine, atol=1e-5)
    assert np.allclose(layer.scale, turned.zooms_mm, atol=1e-5)


def test_an_axial_slice_is_shown_with_anterior_up_and_right_on_the_left() -> None:
    viewer = ViewerModel()

    show_plan(viewer, plan_volume(volume_on(np.diag([2.0, 2.0, 3.0, 1.0])), name="t1"))

    assert viewer.dims.order == (2, 1, 0)
    vertical, horizontal = viewer.scene.camera.orientation2d
    assert (str(vertical), str(horizontal)) == ("up", "left")
    assert viewer.dims.current_step[2] == 2


def test_oblique_layers_are_told_from_upright_ones_and_nobody_is_warned() -> None:
    viewer = ViewerModel()

    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        upright = show_plan(
            viewer, plan_volume(volume_on(np.diag([-2.0, 2.0, 3.0, 1.0])), name="a")
        )
        oblique = show_plan(viewer, plan_volume(volume_on(OBLIQUE), name="b"))
        viewer.dims.current_step = (1, 1, 1)

    assert not is_oblique(upright)
    assert is_oblique(oblique)
    assert not is_oblique(viewer.add_points(np.zeros((2, 3))))


def test_a_time_series_gets_a_time_slider_before_the_space() -> None:
    shape = (4, 5, 6)
    image = Volume(ramp((*shape, 3)), Grid(shape, np.diag([2.0, 2.0, 3.0, 1.0])))
    viewer = ViewerModel()

    layer = show_plan(viewer, plan_volume(image, name="bold"))

    assert layer.data.shape == (3, *shape)
    assert viewer.dims.order == (0, 3, 2, 1)


def test_three_slices_are_no_colors() -> None:
    image = volume_on(np.diag([1.0, 1.0, 1.0, 1.0]), (6, 7, 3))

    layer = show_plan(ViewerModel(), plan_volume(image, name="ct"))

    assert not layer.rgb


@pytest.mark.parametrize(
    ("tags", "dtype", "kind"),
    [
        (("mask",), "float32", LayerKind.LABELS),
        (("Atlas",), "int16", LayerKind.LABELS),
        ((), "float32", LayerKind.IMAGE),
        ((), "int16", LayerKind.IMAGE),
    ],
)
def test_masks_and_atlases_become_labels(
    tags: tuple[str, ...], dtype: str, kind: LayerKind
) -> None:
    shape = (6, 7, 5)
    image = Volume(ramp(shape, dtype), Grid(shape, np.eye(4)))

    assert plan_volume(image, name="x", tags=tags).kind is kind


def test_integers_with_few_values_are_labels() -> None:
    shape = (6, 7, 5)
    image = Volume((ramp(shape) % 3).astype("uint8"), Grid(shape, np.eye(4)))

    assert plan_volume(image, name="seg").kind is LayerKind.LABELS


def test_a_file_keeps_its_grid_in_the_layers_metadata(tmp_path: Path) -> None:
    image = volume_on(OBLIQUE)
    write_volume(tmp_path / "t1.nii.gz", image)

    layer = show_plan(ViewerModel(), plan_file(tmp_path / "t1.nii.gz", name="t1"))

    assert placed_of(layer).grid.is_close(image.grid)


def test_a_file_that_is_no_image_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("hello")

    with pytest.raises(ImageFileError, match="notes"):
        plan_file(path, name="notes.txt")
