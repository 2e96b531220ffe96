"""Images stand upright where they belong, oblique and flipped ones too."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from napari.components import ViewerModel

from napari_nora.opening.frame import SCANNER_FRAME, frame_of, is_aligned
from napari_nora.opening.plan import LayerKind, plan_file, plan_volume, window_of
from napari_nora.opening.show import placed_of, show_plan
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
def test_the_first_image_is_never_resampled(grid: Grid) -> None:
    image = Volume(ramp(grid.shape), grid)
    if grid.inverse is None or not _is_rigid(grid):
        return

    plan = plan_volume(image, name="t1")

    assert sorted(plan.data.ravel()) == sorted(image.data.ravel())


def _is_rigid(grid: Grid) -> bool:
    axes = grid.affine[:3, :3] / np.array(grid.zooms_mm)
    return bool(np.allclose(axes.T @ axes, np.eye(3), atol=1e-6))


@given(grids())
def test_the_frame_of_an_image_makes_it_upright_and_keeps_its_center(
    grid: Grid,
) -> None:
    if not _is_rigid(grid):
        return
    frame = frame_of(grid)
    center = frame.turn[:3, :3] @ grid.center_mm + frame.turn[:3, 3]

    turned = Volume(ramp(grid.shape), grid).turned_to("RAS").grid

    assert is_aligned(frame.shown_affine(turned.affine), turned.shape)
    assert np.allclose(center, grid.center_mm, atol=1e-6)


def test_an_aligned_image_keeps_the_scanners_axes() -> None:
    plan = plan_volume(volume_on(np.diag([-2.0, 2.0, 3.0, 1.0])), name="t1")

    assert plan.placed.frame is SCANNER_FRAME
    assert plan.options["scale"] == (2.0, 2.0, 3.0)


def test_the_viewer_shows_each_voxel_at_its_place() -> None:
    image = volume_on(np.diag([-2.0, 2.0, 3.0, 1.0]))
    viewer = ViewerModel()

    layer = show_plan(viewer, plan_volume(image, name="t1"))

    for voxel in ((0, 0, 0), (3, 2, 1)):
        world = image.grid.to_world(voxel)
        shown = np.round(layer.world_to_data(world)).astype(int)
        assert layer.data[tuple(shown)] == image.data[voxel]


def test_an_axial_slice_is_shown_with_anterior_up_and_right_on_the_left() -> None:
    viewer = ViewerModel()

    show_plan(viewer, plan_volume(volume_on(np.diag([2.0, 2.0, 3.0, 1.0])), name="t1"))

    assert viewer.dims.order == (2, 1, 0)
    vertical, horizontal = viewer.scene.camera.orientation2d
    assert (str(vertical), str(horizontal)) == ("up", "left")
    assert viewer.dims.current_step[2] == 2


def test_an_oblique_image_over_an_upright_one_is_resampled_to_its_place() -> None:
    viewer = ViewerModel()
    first = plan_volume(volume_on(np.diag([2.0, 2.0, 2.0, 1.0])), name="first")
    show_plan(viewer, first)
    flat = Volume(
        np.full((20, 20, 10), 7.0, dtype="float32"), Grid((20, 20, 10), OBLIQUE)
    )

    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        layer = show_plan(
            viewer, plan_volume(flat, name="over", frame=first.placed.frame)
        )

    inside = layer.world_to_data(flat.grid.center_mm)
    assert layer.data[tuple(np.round(inside).astype(int))] == 7.0
    assert is_aligned(np.diag([*layer.scale, 1.0]) + np.zeros((4, 4)), layer.data.shape)


def test_oblique_images_share_the_frame_of_the_first() -> None:
    first = plan_volume(volume_on(OBLIQUE), name="a")

    second = plan_volume(volume_on(OBLIQUE), name="b", frame=first.placed.frame)

    assert np.array_equal(first.data, second.data)
    assert np.allclose(first.options["affine"], second.options["affine"])


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


def test_hounsfield_units_get_the_window_of_soft_tissue() -> None:
    assert window_of(np.linspace(-1024, 2000, 1000).reshape(10, 10, 10)) == (
        -160.0,
        240.0,
    )


def test_an_image_of_nothing_but_nan_has_a_window() -> None:
    low, high = window_of(np.full((3, 3, 3), np.nan))

    assert low < high


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
