"""NIfTI files: what is written is read again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nora_core.images import (
    read_mask,
    read_volume,
    write_mask,
    write_volume,
)
from tests.strategies import masks, volumes


@given(volume=volumes(), ending=st.sampled_from((".nii", ".nii.gz")))
def test_write_then_read_keeps_values_type_and_place(tmp_path_factory, volume, ending):
    path = tmp_path_factory.mktemp("nifti") / f"image{ending}"

    write_volume(path, volume)
    back = read_volume(path)

    assert back.dtype == volume.dtype
    np.testing.assert_array_equal(back.data, volume.data)
    assert back.grid.is_close(volume.grid)
    assert back.data.dtype == volume.dtype


@given(mask=masks())
def test_a_mask_comes_back_as_it_was(tmp_path_factory, mask):
    path = tmp_path_factory.mktemp("mask") / "mask.nii.gz"

    write_mask(path, mask)
    back = read_mask(path)

    np.testing.assert_array_equal(back.data, mask.data)
    assert back.volume_ml == pytest.approx(mask.volume_ml, rel=1e-5)
