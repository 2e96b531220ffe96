"""Real series of many scanners lie where dcm2niix puts them, with the same values."""

from __future__ import annotations

import hashlib
import json
import zipfile

import numpy as np
import pytest

from nora_core.dicom import find_series
from nora_core.geometry.orientation import orientation_code
from tests.data.folder import data_folder

VOLUMES = {
    "ct_5mm_jpegls": ["201_STD_BRAIN_5MM"],
    "ct_localizer": ["100_"],
    "d2n_small": ["10_", "10_a", "4_", "4_a", "801_"],
    "d2n_unhappy": ["202_", "4_", "501_"],
    "mprage_multifragment_jpeg": ["5001_anat-T1w_acq-tfl"],
    "ph_dti_2d": ["601_dti_ax_ADC"],
    "ph_enhanced_b0map": ["801_B0_NS_e1", "801_B0_NS_e2_fieldmaphz"],
    "ph_epi_2d": ["201_EPI_asc"],
    "seg_dcmqi": ["2_"],
    "si_xa30_gre_mag_enhanced": ["8_gre_field_mapping_e1", "8_gre_field_mapping_e2"],
    "si_xa30_gre_phase_enhanced": ["9_gre_field_mapping_e2_ph"],
    "si_xa30_t1_enhanced": ["5_anat-T1w_acq-tfl"],
    "t1_mprage_3d": ["5_SAG_MPRAGE_220_FOV"],
}
"""Sets and their images as dcm2niix names them; without mosaics and segmentations."""


def series_of(name, folder):
    place = data_folder("dicom", name)
    if (place / "dicom.zip").exists():
        zipfile.ZipFile(place / "dicom.zip").extractall(folder)
        place = folder
    return find_series(place)


def stored_hash(volume, code, dtype):
    turned = volume.turned_to(code)
    stored = volume.stored.read(None)
    same = type(volume)(stored, volume.grid).turned_to(code).data
    assert same.shape == turned.shape
    return hashlib.sha256(same.astype(dtype).tobytes(order="F")).hexdigest()


@pytest.mark.parametrize("name", VOLUMES)
def test_series_match_what_dcm2niix_makes_of_them(name, tmp_path):
    expected = json.loads(data_folder("dicom", "expected.json").read_text())
    found = series_of(name, tmp_path)
    ours = {
        stored_hash(one.volume, orientation_code(affine), image["dtype"]): one.volume
        for image in (expected[name]["images"][key] for key in VOLUMES[name])
        for affine in [np.array(image["affine"])]
        for one in found.series
    }

    for key in VOLUMES[name]:
        image = expected[name]["images"][key]
        affine = np.array(image["affine"])
        volume = ours[image["sha256"]].turned_to(orientation_code(affine))

        assert volume.shape == tuple(image["shape"])
        np.testing.assert_allclose(volume.grid.affine, affine, atol=2e-4)


@pytest.mark.parametrize("name", ["si_epi_mosaic_AP", "si_dti_mosaic"])
def test_mosaics_are_refused_with_the_way_out(name, tmp_path):
    found = series_of(name, tmp_path)

    assert not found.series
    assert "dcm2niix" in found.skipped[0].reason


def test_a_series_of_many_directions_has_a_frame_for_each(tmp_path):
    (series,) = series_of("ph_dti_2d", tmp_path).series

    assert series.volume.shape == (80, 80, 40, 17)
    assert len(series.paths) == 680
