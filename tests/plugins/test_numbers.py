"""The shipped tools are right, on oblique and anisotropic grids."""

from functools import cache

import numpy as np
import pytest

from nora_core import Grid, Mask, Tool, ToolContext, Volume
from nora_core.errors import ToolFailed
from nora_core.plugins.sources import load
from nora_core.testing import oblique_grid, phantom_mask, phantom_volume


@cache
def shipped(name: str) -> Tool:
    return load(folders=[]).tool(name)


def run(name: str, **arguments):
    return shipped(name).run(arguments, ToolContext())


def test_the_head_mask_is_the_ball():
    found = run("otsu_mask", image=phantom_volume(), closing_mm=0.0)["result"]

    ball = phantom_mask(radius_mm=6.0)
    overlap = 2 * (found.data & ball.data).sum() / (found.data.sum() + ball.data.sum())
    assert overlap > 0.9


def test_the_head_mask_fills_holes_and_drops_specks():
    image = phantom_volume()
    data = image.data.copy()
    data[7, 6, 5] = 0
    data[0, 0, 0] = 100

    found = run("otsu_mask", image=image.with_data(data), closing_mm=0.0)["result"]

    assert found.data[7, 6, 5]
    assert not found.data[0, 0, 0]


@pytest.mark.parametrize(("closing_mm", "is_closed"), [(1.0, False), (4.0, True)])
def test_the_head_mask_closes_slits_up_to_the_width(closing_mm, is_closed):
    grid = Grid((15, 12, 12), np.diag([2.0, 1.0, 1.0, 1.0]))
    data = np.zeros(grid.shape, np.float32)
    data[2:13, 2:10, 2:10] = 1
    data[7, 2:7] = 0  # a slit of 2 mm, open on one side

    found = run("otsu_mask", image=Volume(data, grid), closing_mm=closing_mm)["result"]

    assert found.data[7, 5, 5] == is_closed
    assert not found.data[:2].any()


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_the_head_mask_refuses_an_image_without_contrast(value):
    grid = oblique_grid()

    with pytest.raises(ToolFailed, match="one value only"):
        run("otsu_mask", image=Volume(np.full(grid.shape, value), grid), closing_mm=4.0)


def test_smoothing_has_the_same_width_in_every_direction():
    grid = Grid((41, 31, 25), np.diag([1.0, 1.5, 2.0, 1.0]))
    data = np.zeros(grid.shape, np.float32)
    data[20, 15, 12] = 1.0

    smoothed = run("smooth", image=Volume(data, grid), fwhm_mm=8.0)["result"].data

    half = smoothed.max() / 2
    for axis, zoom in enumerate((1.0, 1.5, 2.0)):
        line = np.moveaxis(smoothed, axis, 0)
        center = [size // 2 for size in line.shape[1:]]
        profile = line[:, center[0], center[1]]
        assert _width(profile, half) * zoom == pytest.approx(8.0, rel=0.02)
    assert smoothed.sum() == pytest.approx(1.0, rel=1e-3)


def _width(profile: np.ndarray, half: float) -> float:
    """Full width at half maximum in voxels, from a Gaussian through two points."""
    top = int(profile.argmax())
    ratio = profile[top + 1] / profile[top]
    sigma = np.sqrt(-1 / (2 * np.log(ratio)))
    assert profile.min() < half
    return float(sigma * np.sqrt(8 * np.log(2)))


def test_smoothing_keeps_a_constant_and_smooths_each_frame_alone():
    grid = oblique_grid()
    data = np.stack([np.full(grid.shape, level) for level in (1.0, 5.0)], axis=3)

    smoothed = run("smooth", image=Volume(data, grid), fwhm_mm=6.0)["result"].data

    np.testing.assert_allclose(smoothed, data, rtol=1e-6)


def test_statistics_agree_with_numpy():
    image, mask = phantom_volume(), phantom_mask()

    row = run("roi_statistics", image=image, mask=mask)["result"]

    values = image.data[mask.data].astype(np.float64)
    assert row["voxel_count"] == values.size
    assert row["volume_ml"] == pytest.approx(values.size * 1.2 * 1.5 * 2.5 / 1000)
    assert row["mean"] == pytest.approx(values.mean())
    assert row["std"] == pytest.approx(values.std(ddof=1))
    assert row["p25"] == pytest.approx(np.percentile(values, 25))
    assert row["maximum"] == values.max()


def test_statistics_do_not_depend_on_how_the_mask_is_stored():
    image, mask = phantom_volume(), phantom_mask()

    turned = run("roi_statistics", image=image, mask=mask.turned_to("LPI"))["result"]

    assert turned == run("roi_statistics", image=image, mask=mask)["result"]


def test_statistics_count_not_a_number_for_the_volume_only():
    image, mask = phantom_volume(), phantom_mask()
    data = image.data.copy()
    data[7, 6, 5] = np.nan

    row = run("roi_statistics", image=image.with_data(data), mask=mask)["result"]

    assert row["voxel_count"] == row["finite_voxel_count"] + 1
    assert np.isfinite(row["mean"])


def test_statistics_of_nothing_are_refused():
    grid = oblique_grid()

    with pytest.raises(ToolFailed, match="do they overlap"):
        run(
            "roi_statistics",
            image=phantom_volume(),
            mask=Mask(np.zeros(grid.shape, bool), grid),
        )


def test_the_brain_mask_names_its_extra_where_dipy_is_missing(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "dipy.segment.mask", None)

    with pytest.raises(ToolFailed, match=r"napari-nora\[diffusion\]"):
        run("brain_mask", image=phantom_volume())


def test_tissue_masks_split_a_brain_of_four_shades_and_never_overlap():
    grid = oblique_grid()
    shades = np.random.default_rng(1).integers(0, 4, grid.shape)

    noise = np.random.default_rng(2).normal(0, 0.05, grid.shape)

    found = run("tissue_masks", image=Volume(np.float32(shades + noise), grid))

    for index, name in enumerate(("fluid", "gray", "white"), start=1):
        assert (found[name].data == (shades == index)).mean() > 0.995
    layers = [found[name].data for name in ("fluid", "gray", "white")]
    assert np.sum(layers, axis=0).max() == 1


def test_tissue_masks_refuse_an_image_with_too_few_shades():
    grid = oblique_grid()
    with pytest.raises(ToolFailed, match="too few shades"):
        run("tissue_masks", image=Volume(np.ones(grid.shape, np.float32), grid))
