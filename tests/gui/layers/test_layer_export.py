"""Layers become images again: in the order of their file, where they lie now."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from napari.components import ViewerModel

from napari_nora.opening.export import file_affine_of, reformatting, volume_of
from napari_nora.opening.plan import plan_file, plan_volume
from napari_nora.opening.show import show_plan
from nora_core.errors import BadInput
from nora_core.geometry.grid import Grid
from nora_core.images import Components, ImageHeader, Volume, read_volume, write_volume
from nora_core.images.export import burn_affine
from tests.strategies import grids

SHIFT_MM = np.array([5.0, -7.0, 11.0])


def ramp(shape: tuple[int, ...], dtype: str = "f4") -> np.ndarray:
    return np.arange(np.prod(shape)).reshape(shape).astype(dtype)


@given(grids())
def test_an_untouched_layer_has_the_affine_of_its_file(grid: Grid) -> None:
    image = Volume(ramp(grid.shape), grid)
    layer = show_plan(ViewerModel(), plan_volume(image, name="t1"))

    assert np.allclose(file_affine_of(layer), grid.affine, atol=1e-4)


def test_a_moved_layer_is_burnt_into_a_file_where_it_lies(tmp_path: Path) -> None:
    grid = Grid((4, 5, 6), np.diag([-1.0, 2.0, 3.0, 1.0]))
    write_volume(tmp_path / "a.nii.gz", Volume(ramp(grid.shape), grid))
    layer = show_plan(ViewerModel(), plan_file(tmp_path / "a.nii.gz", name="a"))
    moved = np.eye(4)
    moved[:3, 3] = SHIFT_MM
    layer.affine = moved @ layer.affine.affine_matrix

    burn_affine(tmp_path / "a.nii.gz", tmp_path / "b.nii.gz", file_affine_of(layer))

    new = read_volume(tmp_path / "b.nii.gz")
    assert np.array_equal(new.data, ramp(grid.shape))
    assert np.allclose(
        new.grid.to_world((1, 2, 3)) - grid.to_world((1, 2, 3)), SHIFT_MM
    )


def test_a_layer_of_another_program_has_no_file() -> None:
    layer = ViewerModel().add_image(ramp((3, 4, 5)))

    with pytest.raises(BadInput, match="save it"):
        file_affine_of(layer)


@pytest.mark.parametrize(
    ("channels", "dtype", "components"),
    [(3, "u1", Components.COLORS), (3, "f4", Components.VECTORS), (5, "f4", None)],
)
def test_frames_and_colors_are_last_in_an_image_again(channels, dtype, components):
    grid = Grid((4, 5, 6), np.diag([-1.0, 2.0, 3.0, 1.0]))
    data = ramp((*grid.shape, channels), dtype)
    image = Volume(data, grid, ImageHeader(components=components))
    layer = show_plan(ViewerModel(), plan_volume(image, name="a"))

    back = volume_of(layer).turned_to(grid.orientation)

    assert np.array_equal(back.data, data)
    assert back.grid.is_close(grid)
    assert back.header.components is components


@given(grids())
def test_a_mask_is_cut_on_the_grid_of_another_image(onto: Grid) -> None:
    grid = Grid((4, 5, 6), np.diag([-1.0, 2.0, 3.0, 1.0]))
    mask = Volume((ramp(grid.shape, "u1") % 3).astype("u1"), grid)
    layer = show_plan(ViewerModel(), plan_volume(mask, name="m", tags=("mask",)))

    work = reformatting(layer, onto)
    layer.data = np.full(grid.shape, 9, "u1")  # the next case
    cut = work()

    assert cut.grid == onto
    assert set(np.unique(cut.data)) <= {0, 1, 2}
