"""Windows: presets for CT, automatic ones, and what an image is opened with."""

from __future__ import annotations

import numpy as np
import pytest

from napari_nora.opening.windows import (
    SAMPLE_VOXELS,
    WINDOW_PRESETS,
    auto_limits,
    auto_limits_from_zero,
    default_limits,
    range_of,
    sample_of,
)

RAMP = np.linspace(-1024, 2000, 1000).reshape(10, 10, 10)


def preset(key: str):
    return next(preset for preset in WINDOW_PRESETS if preset.key == key)


@pytest.mark.parametrize(
    ("key", "center", "width"),
    [
        ("2", 50, 100),
        ("3", 500, 2000),
        ("4", 50, 350),
        ("5", 100, 200),
        ("6", -500, 1440),
    ],
)
def test_a_fixed_preset_goes_half_its_width_to_both_sides(key, center, width) -> None:
    limits = preset(key).limits(RAMP)

    assert limits == (center - width / 2, center + width / 2)


def test_each_key_chooses_one_preset() -> None:
    assert [preset.key for preset in WINDOW_PRESETS] == list("0123456")


def test_the_automatic_window_holds_nearly_everything() -> None:
    low, high = preset("1").limits(RAMP)

    assert (low, high) == auto_limits(RAMP)
    assert 0.98 < np.mean((low <= RAMP) & (high >= RAMP)) < 1


@pytest.mark.parametrize(
    ("data", "limits"),
    [([0, 5, 9], (0.0, 9.0)), ([-3, -2], (-3.0, 0.0)), ([0, 0], (0.0, 1.0))],
)
def test_the_window_from_zero_touches_zero(data, limits) -> None:
    found = auto_limits_from_zero(np.array(data, dtype=np.float32))

    assert found == pytest.approx(limits, abs=0.1)
    assert preset("0").limits(np.array(data)) == pytest.approx(limits, abs=0.1)


def test_hounsfield_units_get_the_window_of_soft_tissue() -> None:
    assert default_limits(RAMP) == (-160.0, 240.0)


@pytest.mark.parametrize("value", [np.nan, np.inf, 3.0])
def test_an_image_of_one_value_has_a_window(value) -> None:
    for limits in (default_limits, auto_limits_from_zero, range_of):
        low, high = limits(np.full((3, 3, 3), value))
        assert low < high


@pytest.mark.parametrize(
    "shape", [(4000, 300, 1), (90, 90, 90, 40), (2, 3), (700,) * 2]
)
def test_a_sample_is_small_and_covers_the_image(shape) -> None:
    data = np.broadcast_to(
        np.arange(shape[0]).reshape(-1, *[1] * (len(shape) - 1)), shape
    )

    sample = sample_of(data)

    assert min(data.size, SAMPLE_VOXELS / 8) <= sample.size <= SAMPLE_VOXELS
    assert np.ptp(sample) >= 0.9 * np.ptp(data)
